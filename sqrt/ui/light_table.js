// Photos side by side: what is pinned and what is walked past it lives here; decisions are made here and told on.
// Names are the visitor's: they are set as text, never as HTML. Words come with `data`, in the visitor's language.

const SIGNS = { keep: "✓", undecided: "?", reject: "✕" };
const TYPED_INTO = "input:not([type=radio], [type=checkbox], [type=file]), textarea, select, [contenteditable], "
  + "[role=combobox], [role=listbox], [role=grid], [role=dialog]";
const STEERED = `${TYPED_INTO}, [role=tab], [role=radio], [type=radio]`;

// Runs at every change of `data`; what must last stands on the element.
export default function ({ parentElement, data, setStateValue, setTriggerValue }) {
  const table = (parentElement.table ??= new Table(parentElement.querySelector("section")));
  table.tell = told => setStateValue("told", told);
  table.turn = scene => setTriggerValue("turn", scene);
  table.take(data);
  table.root.hidden = false; // before it has its words, nobody could tell its controls
  return () => table.leave();
}

class Table {
  constructor(root) {
    this.root = root;
    this.revision = 0;
    this.made = new Map(); // decisions of which the server has not said that it knows them
    this.shots = [];
    this.faces = true;
    this.find = selector => root.querySelector(selector);
    this.acts = {
      before: () => this.turn(this.data.before),
      after: () => this.turn(this.data.after),
      back: () => this.walk(-1),
      on: () => this.walk(1),
      pin: () => this.pin(),
      faces: () => this.toggleFaces(),
    };
    root.addEventListener("click", event => this.clicked(event));
    this.pressed = event => this.key(event);
    document.addEventListener("keydown", this.pressed);
  }

  leave() {
    document.removeEventListener("keydown", this.pressed);
  }

  // Take what the server says; decisions that it does not know yet are newer than what it says of them.
  take(data) {
    if (data.revision >= this.revision) {
      this.revision = data.revision;
      this.made.clear();
    }
    const shown = data.show !== this.data?.show;
    this.data = data;
    this.shots = data.shots.map(shot => ({ ...shot, decision: this.made.get(shot.place) ?? shot.decision }));
    if (shown && data.show !== null) this.current = data.show;
    this.draw();
  }

  get visible() {
    return this.shots.filter(shot => !this.data.wanted || shot.decision === this.data.wanted);
  }

  shot(place) {
    return this.shots.find(shot => shot.place === place);
  }

  decide(decision) {
    const shot = this.shot(this.current);
    if (!shot || shot.decision === decision) return;
    const at = this.visible.indexOf(shot);
    shot.decision = decision;
    this.made.set(shot.place, decision);
    this.revision += 1;
    this.tell({ revision: this.revision, made: Object.fromEntries(this.made) });
    const left = this.visible;
    if (!left.includes(shot)) this.current = left[Math.min(at, left.length - 1)]?.place;
    this.draw();
    this.say(this.words("decided", { mark: this.words(decision), number: shot.number }));
  }

  walk(by) {
    const row = this.visible;
    const next = row[row.findIndex(shot => shot.place === this.current) + by];
    if (next) this.look(next.place);
  }

  look(place) {
    this.current = place;
    this.draw();
    const shot = this.shot(place);
    this.say(this.words("looked_at", { ...shot, mark: this.words(shot.decision) }));
  }

  pin() {
    this.pinned = this.current;
    this.draw();
    this.say(this.words("pinned", { number: this.shot(this.pinned)?.number }));
  }

  toggleFaces() {
    this.faces = !this.faces;
    this.draw();
  }

  // The words of a name of `data.words`, with values in the places of their names in braces.
  words(name, values = {}) {
    return this.data.words[name].replace(/{(\w+)}/g, (_, value) => values[value] ?? "");
  }

  say(words) {
    this.find(".said").textContent = words;
  }

  clicked(event) {
    const button = event.target.closest("button");
    if (!button) return this.root.focus({ preventScroll: true });
    if (button.dataset.decision) this.decide(button.dataset.decision);
    else if (button.dataset.place) this.look(Number(button.dataset.place));
    else this.acts[button.dataset.act]();
  }

  // Keys work on the whole page, except where they have another use; they can be switched off.
  key(event) {
    const arrow = { ArrowLeft: "back", ArrowRight: "on" }[event.key];
    if (event.ctrlKey || event.metaKey || event.altKey || !this.root.offsetParent) return;
    if (!this.find("input").checked || event.target.closest(arrow ? STEERED : TYPED_INTO)) return;
    const button = arrow
      ? this.find(`[data-act=${arrow}]`)
      : [...this.root.querySelectorAll("[data-key]")].find(one => one.dataset.key === event.key.toUpperCase());
    if (!button) return;
    event.preventDefault();
    button.click();
    const focused = this.root.getRootNode().activeElement;
    if (arrow && focused?.dataset.place) this.find("[aria-current]").focus();
  }

  draw() {
    const row = this.visible;
    if (!this.shot(this.pinned)) this.pinned = this.shots[0].place;
    if (!row.some(shot => shot.place === this.current)) {
      this.current = (row.find(shot => shot.place !== this.pinned) ?? row[0])?.place;
    }
    this.drawWords();
    this.find("h2").textContent = this.data.title;
    for (const act of ["before", "after"]) {
      this.find(`[data-act=${act}]`).disabled = this.data[act] === null;
      this.find(`[data-act=${act}]`).hidden = this.data.before === null && this.data.after === null;
    }
    const none = this.find(".none");
    none.hidden = row.length > 0;
    if (!row.length) none.textContent = this.words("none", { mark: this.words(this.data.wanted) });
    for (const part of [".panes", ".bar", ".strip"]) this.find(part).hidden = !row.length;
    if (row.length) this.drawPhotos(row);
  }

  drawWords() {
    for (const part of this.root.querySelectorAll("[data-word]")) part.textContent = this.words(part.dataset.word);
    for (const part of this.root.querySelectorAll("[data-label]")) {
      part.setAttribute("aria-label", this.words(part.dataset.label));
    }
  }

  drawPhotos(row) {
    const current = this.shot(this.current);
    const alone = this.pinned === this.current;
    this.find(".panes").classList.toggle("single", alone);
    this.find(".pinned").hidden = alone;
    this.drawPane(this.find(".pinned"), this.shot(this.pinned), true);
    this.drawPane(this.find(".current"), current, alone && this.shots.length > 1);
    for (const button of this.root.querySelectorAll("[data-decision]")) {
      button.setAttribute("aria-pressed", button.dataset.decision === current.decision);
    }
    this.find("[data-act=faces]").setAttribute("aria-pressed", this.faces);
    this.find("[data-act=pin]").setAttribute("aria-pressed", alone);
    this.find("[data-act=back]").disabled = row[0] === current;
    this.find("[data-act=on]").disabled = row.at(-1) === current;
    this.drawStrip(row);
  }

  picture(shot) {
    return (this.faces && shot.face) || shot.whole;
  }

  drawPane(pane, shot, pinned) {
    const image = pane.querySelector("img");
    if (image.getAttribute("src") !== this.picture(shot)) image.src = this.picture(shot);
    image.alt = this.words(pinned ? "pinned_alt" : "alt", shot);
    pane.querySelector("b").textContent = this.words(pinned ? "pinned_title" : "title", shot);
    this.drawDecision(pane.querySelector(".decision"), shot);
    pane.querySelector(".reason").textContent = shot.reason;
    pane.querySelector(".name").textContent = shot.name;
  }

  drawDecision(mark, shot) {
    mark.className = `decision ${shot.decision}`;
    mark.textContent = `${SIGNS[shot.decision]} ${this.words(shot.decision)}`;
  }

  drawStrip(row) {
    const strip = this.find(".strip");
    const there = new Map([...strip.children].map(item => [item.dataset.place, item]));
    const wanted = row.map(shot => there.get(String(shot.place)) ?? this.item(shot));
    const hadFocus = this.root.getRootNode().activeElement?.dataset.place;
    if (wanted.length !== strip.children.length || wanted.some((item, at) => item !== strip.children[at])) {
      strip.replaceChildren(...wanted);
    }
    row.forEach((shot, at) => this.drawItem(wanted[at].firstChild, shot));
    const now = this.find("[aria-current]");
    // Not by scrollIntoView: that would scroll the page, too.
    const from = now.offsetLeft - strip.offsetLeft;
    strip.scrollLeft = Math.min(Math.max(strip.scrollLeft, from + now.offsetWidth - strip.clientWidth), from);
    if (hadFocus) now.focus({ preventScroll: true });
  }

  item(shot) {
    const item = document.createElement("li");
    item.dataset.place = shot.place;
    item.innerHTML = '<button type="button"><img loading="lazy"><b></b><span class="decision"></span><span></span></button>';
    item.firstChild.dataset.place = shot.place;
    return item;
  }

  drawItem(button, shot) {
    const [image, score, mark, reason] = button.children;
    const isCurrent = shot.place === this.current;
    if (image.getAttribute("src") !== this.picture(shot)) image.src = this.picture(shot);
    image.alt = "";
    score.textContent = `${shot.number}. ${shot.score}`;
    this.drawDecision(mark, shot);
    reason.textContent = shot.reason;
    button.className = shot.decision;
    button.tabIndex = isCurrent ? 0 : -1;
    if (isCurrent) button.setAttribute("aria-current", "true");
    else button.removeAttribute("aria-current");
  }
}

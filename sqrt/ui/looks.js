// How the viewfinder looks: its words, its buttons, and the verdict over the picture, as its state has it.

function drawLooks(finder) {
  const { find, state, camera, voice, note } = finder;
  const words = name => finder.words(name);
  const front = camera.facing !== "environment";
  finder.root.className = state;
  finder.root.setAttribute("aria-label", words("section"));
  finder.video.setAttribute("aria-label", words("video"));
  for (const picture of [finder.video, find(".marks")]) {
    picture.classList.toggle("mirrored", front && finder.data.mirror);
  }
  find(".count").hidden = state !== "counting";
  find(".start").hidden = state !== "off" && state !== "problem";
  write(find(".start"), words("start"));
  find(".note").hidden = !note && find(".start").hidden;
  write(find(".note p"), note && words(note));
  find(".note p").hidden = !note;
  for (const name of ["stop", "voice", "turn"]) {
    write(find(`.${name} span`), words(name));
  }
  write(find(".timer span"), words(`timer_${finder.timer}`));
  find(".timer").setAttribute("aria-label", words(`timer_${finder.timer}_long`));
  // Not `disabled`, which would take the focus away.
  find(".shoot").setAttribute("aria-disabled", !finder.live);
  find(".shoot").setAttribute("aria-label", words(state === "counting" ? "cancel" : "shoot"));
  find(".turn").setAttribute("aria-disabled", state !== "on");
  find(".turn").hidden = camera.ids.length < 2;
  find(".voice").setAttribute("aria-pressed", voice.on);
  find(".voice").hidden = !window.speechSynthesis;
  // Who films with the back camera sees nothing of this.
  find(".aloud").hidden = !finder.live || front || voice.on || !window.speechSynthesis;
  write(find(".aloud p"), words("unseen"));
  write(find(".aloud button"), words("speak"));
  drawVerdict(finder);
}

function drawVerdict(finder) {
  const { find, told, data } = finder;
  const verdict = find(".verdict");
  verdict.hidden = !finder.live || !told || told.score === null;
  write(find(".way"), [told?.way, "size"].filter(Boolean).map(name => finder.words(name)).join(" · "));
  if (verdict.hidden) return;
  verdict.classList.toggle("hold", told.hold);
  write(find(".score b"), told.score.toFixed(0));
  write(find(".score span"), told.word);
  const lines = told.hold ? [data.words.hold] : told.tips.length ? told.tips : [told.praise ?? ""];
  verdict.querySelectorAll(".tip").forEach((line, place) => write(line, lines[place] ?? ""));
}

// Only what is new: what is marked or read aloud must not begin again.
function write(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

// The live camera: seen as in a mirror, rated by the server now and then, with what to change over the picture.
// After film.js, marks.js, voice.js, line.js and looks.js.

const TIMERS = [0, 3, 10]; // seconds
const SAY_MS = 5000; // between two things said to who cannot see
const NOTE_MS = 5000; // for which a passing note is shown
const LOST_MS = 2500; // for which nothing is said of a line that is broken
const ASK_MS = 3000; // before Streamlit is asked again for a stream
const JPEG = 0.8; // quality of pictures that are only rated
const PASSING = ["kept", "unkept"];

// Runs at every change of `data`; what must last stands on the element. Of several runs the last one's end counts.
export default function ({ parentElement, data, setStateValue, setTriggerValue }) {
  const finder = (parentElement.finder ??= new Viewfinder(parentElement.querySelector("section")));
  const run = (finder.run = (finder.run ?? 0) + 1);
  finder.tell = on => setStateValue("on", on);
  finder.ask = () => setTriggerValue("gone", performance.now());
  finder.take(data);
  return () => {
    if (run === finder.run) finder.leave();
  };
}

class Viewfinder {
  constructor(root) {
    this.root = root;
    this.find = selector => root.querySelector(selector);
    this.video = this.find("video");
    this.voice = new Voice();
    this.marks = new Marks(this.find(".marks"), this.video);
    this.line = new Line(this);
    this.camera = new Camera(this.video, "user", {
      opening: () => this.opening(),
      ready: () => this.ready(),
      failed: problem => this.failed(problem),
      // While nobody looks it is left; who comes back finds it opened again.
      lost: () => document.hidden || this.camera.reopen(),
    });
    this.timer = 0;
    this.state = "off";
    this.note = "";
    const acts = { start: "start", stop: "stop", shoot: "shoot", timer: "turnTimer", turn: "turn", voice: "turnVoice" };
    for (const [name, act] of Object.entries(acts)) this.find(`.${name}`).onclick = () => this[act]();
    this.find(".aloud button").onclick = () => this.turnVoice();
    this.looked = () => (document.hidden ? this.rest() : this.resume());
    this.left = () => this.playing && this.line.leave();
  }

  get playing() {
    return this.state !== "off";
  }

  get live() {
    return this.state === "on" || this.state === "counting";
  }

  take(data) {
    const first = !this.data;
    this.data = data;
    this.line.take(data);
    // Where Streamlit has drawn it anew, it goes on.
    if (first && data.on) this.start();
    else this.draw();
  }

  start() {
    this.voice.touched();
    if (!this.playing) {
      document.addEventListener("visibilitychange", this.looked);
      window.addEventListener("pagehide", this.left);
      this.tell(true);
    }
    this.camera.open();
  }

  stop() {
    this.leave();
    this.tell(false);
    this.find(".start").focus();
  }

  leave() {
    document.removeEventListener("visibilitychange", this.looked);
    window.removeEventListener("pagehide", this.left);
    if (this.playing) this.line.leave();
    this.rest();
    this.camera.leave();
    this.marks.stop();
    this.voice.leave();
    this.told = null;
    this.show("off");
  }

  // Nothing is sent while nobody looks.
  rest() {
    clearInterval(this.clock);
    this.line.stop();
    if (this.state === "counting") this.show("on");
  }

  resume() {
    const { track } = this.camera;
    if (!track || track.readyState === "ended" || track.muted) this.camera.reopen();
    else if (this.live) this.line.start(track);
  }

  opening() {
    this.rest();
    this.marks.stop();
    this.show("opening", "opening");
  }

  ready() {
    this.show("on");
    this.say("ready");
    this.marks.start();
    if (!document.hidden) this.line.start(this.camera.track);
  }

  failed(problem) {
    this.rest();
    this.marks.stop();
    this.told = null;
    this.show("problem", problem);
    this.say(problem);
  }

  // What is sent to be rated; the whole of it is kept until the answer, which may want it.
  snapshot(longSide) {
    const { videoWidth, videoHeight } = this.video;
    const share = Math.min(1, longSide / Math.max(videoWidth, videoHeight));
    this.whole = onCanvas(this.video, videoWidth, videoHeight);
    const small = share < 1 ? onCanvas(this.whole, Math.round(videoWidth * share), Math.round(videoHeight * share)) : this.whole;
    return jpeg(small, JPEG);
  }

  hear(told, at, filmed) {
    this.told = told;
    this.lostAt = null;
    if (!PASSING.includes(this.note)) this.note = told.problem ? "told" : told.busy ? "busy_server" : "";
    this.marks.take(told, at, filmed);
    if (told.want && this.larger) this.want(told.want, filmed);
    if (told.hold && !this.held) this.voice.call(this.data.words.hold, this.data.language);
    this.held = told.hold;
    if (this.state === "on" && !told.hold) {
      this.voice.say(told.tips[0] ?? told.praise, this.data.language);
    }
    this.read([told.word, ...told.tips, told.tips.length ? "" : told.praise].filter(Boolean).join(". "));
    this.draw();
  }

  // Whether the camera gives more than what is sent.
  get larger() {
    return Math.max(this.video.videoWidth, this.video.videoHeight) > this.data.long_side;
  }

  async want(kind, filmed) {
    if (this.sending && kind === "best") return;
    this.sending = true;
    const whole = filmed ? onCanvas(this.video, this.video.videoWidth, this.video.videoHeight) : this.whole;
    if (kind === "kept") this.taken();
    await this.line.shot(kind, await encoded(whole, this.data.most_bytes));
    this.sending = false;
  }

  trouble(what) {
    this.lostAt ??= performance.now();
    if (what === "lost" && performance.now() - this.lostAt < LOST_MS) return;
    this.note = what;
    this.say(what);
    this.draw();
  }

  // What is asked while Streamlit's own connection is broken is lost.
  gone() {
    if (performance.now() - (this.askedAt ?? -Infinity) > ASK_MS) {
      this.askedAt = performance.now();
      this.ask();
    }
    this.trouble("lost");
  }

  shoot() {
    if (this.state === "counting") {
      clearInterval(this.clock);
      return this.show("on");
    }
    if (this.state !== "on") return;
    if (!this.timer) return this.photograph();
    let left = this.timer;
    const tick = () => {
      if (left === 0) return this.photograph();
      this.find(".count").textContent = left;
      this.say(String(left));
      // Of a long count the beginning and the end.
      if (left <= 3 || left === this.timer) this.voice.call(String(left), this.data.language);
      left -= 1;
    };
    this.show("counting");
    this.clock = setInterval(tick, 1000);
    return tick();
  }

  async photograph() {
    clearInterval(this.clock);
    this.show("on");
    const { asked } = this.camera;
    const photo = await this.camera.photo(this.data.most_bytes, this.data.most_pixels);
    if (asked !== this.camera.asked) return;
    this.taken();
    const answer = await this.line.shot("taken", photo);
    if (!this.live) return;
    this.pass(answer?.told?.overall === undefined ? "unkept" : "kept", answer?.told);
  }

  // Seen and heard.
  taken() {
    this.voice.click();
    const flash = this.find(".flash");
    flash.classList.remove("now");
    flash.getBoundingClientRect(); // or the browser would not notice that it begins anew
    flash.classList.add("now");
  }

  pass(note, told) {
    this.passing = told;
    this.note = note;
    this.draw();
    this.say(note);
    clearTimeout(this.passed);
    this.passed = setTimeout(() => {
      if (this.note === note) this.note = "";
      this.draw();
    }, NOTE_MS);
  }

  turnTimer() {
    this.timer = TIMERS[(TIMERS.indexOf(this.timer) + 1) % TIMERS.length];
    this.draw();
  }

  turn() {
    if (this.state === "on") this.camera.turn();
  }

  turnVoice() {
    this.voice.turn(!this.voice.on, this.data.words.speaking, this.data.language);
    if (this.root.querySelector(".aloud").contains(this.root.getRootNode().activeElement)) this.find(".voice").focus();
    this.draw();
  }

  show(state, note = "") {
    this.state = state;
    this.note = note;
    this.draw();
  }

  draw() {
    drawLooks(this);
  }

  // A note is kept by its name: the words may change, to those of another language. Others are the server's sentences.
  words(name) {
    if (name === "told") return this.told?.problem ?? "";
    if (PASSING.includes(name) && this.passing?.problem) return this.passing.problem;
    const values = { ...this.passing, width: this.video.videoWidth, height: this.video.videoHeight };
    const text = this.data.words[name] ?? name;
    return text.replace(/{(\w+)}/g, (_, value) => (value === "overall" ? Math.round(values.overall) : values[value]));
  }

  say(name) {
    this.find(".said").textContent = this.words(name);
    this.saidAt = performance.now();
  }

  // The server's verdict, to who cannot see it: no more often than it can be heard.
  read(text) {
    if (text === this.readText || performance.now() - (this.saidAt ?? -Infinity) < SAY_MS) return;
    this.readText = text;
    this.say(text);
  }
}

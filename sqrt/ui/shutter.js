// A camera with a shutter: the picture is seen as in a mirror and taken as it is, at the most that the camera gives.
// After film.js.

const COUNT = 3; // seconds
const TELL_MS = 5000; // after which a server that has not answered is told again

// Runs at every change of `data`; what must last stands on the element. Of several runs the last one's end counts.
export default function ({ parentElement, data, setTriggerValue }) {
  const shutter = (parentElement.shutter ??= new Shutter(parentElement.querySelector("section"), data));
  const run = (shutter.run = (shutter.run ?? 0) + 1);
  shutter.tell = shot => setTriggerValue("shot", shot);
  shutter.take(data);
  return () => {
    if (run === shutter.run) shutter.leave();
  };
}

class Shutter {
  constructor(root, data) {
    this.root = root;
    this.find = selector => root.querySelector(selector);
    this.video = this.find("video");
    this.timed = data.timed;
    this.camera = new Camera(this.video, data.facing, {
      opening: () => this.show("opening", "opening"),
      ready: () => this.ready(),
      failed: problem => {
        clearInterval(this.clock);
        this.show("problem", problem);
      },
      lost: () => this.state === "sending" || this.camera.fail("busy"),
    });
    this.find(".shoot").onclick = () => this.shoot();
    this.find(".start").onclick = () => {
      this.open();
      this.find(".shoot").focus();
    };
    this.find(".turn").onclick = () => this.state === "ready" && this.camera.turn();
    this.find(".timer").onclick = () => {
      this.timed = !this.timed;
      this.draw();
    };
  }

  // A new address says that the one before has had its photo, or never will.
  take(data) {
    const anew = data.address !== this.data?.address || this.state === "left";
    this.data = data;
    if (anew) this.open();
    else this.draw();
  }

  leave() {
    this.sending?.abort();
    clearInterval(this.clock);
    this.camera.leave();
    this.show("left");
  }

  open() {
    clearInterval(this.clock);
    this.camera.open();
  }

  ready() {
    this.show("ready", this.late);
    this.late = "";
  }

  shoot() {
    if (this.state === "counting") {
      clearInterval(this.clock);
      return this.show("ready");
    }
    if (this.state !== "ready") return;
    if (!this.timed) return this.send();
    let left = COUNT;
    const tick = () => {
      if (left === 0) return this.send();
      this.find(".count").textContent = left;
      this.say(left);
      left -= 1;
    };
    this.show("counting");
    this.clock = setInterval(tick, 1000);
    return tick();
  }

  async send() {
    const { address } = this.data;
    clearInterval(this.clock);
    // The film goes on: to pause it can hang WebKitGTK.
    this.show("sending", "taking");
    const { asked } = this.camera;
    const photo = await this.camera.photo(this.data.most_bytes, this.data.most_pixels);
    if (asked !== this.camera.asked) return;
    this.find(".still").src = URL.createObjectURL(photo);
    this.find(".still").onload = event => URL.revokeObjectURL(event.target.src);
    this.camera.close();
    this.show("sending", "sending");
    const form = new FormData();
    form.append("photo", photo, "camera.jpg");
    this.sending = new AbortController();
    const token = document.cookie.match(/(?:^|; )_streamlit_xsrf=([^;]*)/)?.[1] ?? "";
    const answer = await fetch(address, {
      method: "PUT",
      body: form,
      headers: { "X-Xsrftoken": token },
      signal: this.sending.signal,
    }).catch(() => null);
    if (this.state !== "sending") return;
    const told = { arrived: answer?.ok ?? false, facing: this.camera.facing, timed: this.timed };
    if (!told.arrived) this.late = "lost";
    if (!answer) return this.open();
    this.tell(told);
    // What is told while the connection is broken is lost.
    this.clock = setInterval(() => this.tell(told), TELL_MS);
  }

  say(words) {
    this.find(".said").textContent = words;
  }

  // A note is kept by its name: the words may change, to those of another language.
  show(state, note = "") {
    this.state = state;
    this.note = note;
    this.draw();
    this.say(this.data.words[note || state] ?? "");
  }

  draw() {
    const { words } = this.data;
    const { state } = this;
    const on = state === "ready" || state === "counting";
    const still = state === "sending" && !this.camera.stream;
    this.root.className = state;
    this.root.setAttribute("aria-label", words.section);
    this.video.setAttribute("aria-label", words.video);
    this.video.hidden = still;
    for (const picture of [this.video, this.find(".still")]) {
      picture.classList.toggle("mirrored", this.camera.facing !== "environment");
    }
    this.find(".still").hidden = !still;
    this.find(".count").hidden = state !== "counting";
    this.find(".note").hidden = !this.note;
    this.find(".note p").textContent = words[this.note] ?? "";
    this.find(".start").hidden = state !== "problem";
    this.find(".start").textContent = words.start;
    // Not `disabled`, which would take the focus away.
    this.find(".shoot").setAttribute("aria-disabled", !on);
    this.find(".shoot").setAttribute("aria-label", state === "counting" ? words.cancel : words.shoot);
    this.find(".timer").setAttribute("aria-pressed", this.timed);
    this.find(".timer span").textContent = words.timer;
    this.find(".turn").setAttribute("aria-disabled", state !== "ready");
    this.find(".turn").hidden = this.camera.ids.length < 2;
    this.find(".turn span").textContent = words.turn;
  }
}

// A camera with a shutter: the picture is seen as in a mirror and taken as it is, at the most that the camera gives.

// The rate keeps cameras from sizes that they give twice a second only.
const LARGEST = { width: { ideal: 4096 }, height: { ideal: 3072 }, frameRate: { ideal: 15 } };
const USUAL = { width: { ideal: 1920 }, height: { ideal: 1080 } };
const QUALITIES = [0.95, 0.85, 0.7]; // of JPEG: the best that is no larger than what is taken
const COUNT = 3; // seconds
const TAKE_MS = 5000; // after which a camera that takes no photo is not waited for
const TELL_MS = 5000; // after which a server that has not answered is told again
const PROBLEMS = { NotAllowedError: "refused", SecurityError: "refused", NotFoundError: "absent" };

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
    this.facing = data.facing;
    this.timed = data.timed;
    this.find(".shoot").onclick = () => this.shoot();
    this.find(".start").onclick = () => {
      this.open();
      this.find(".shoot").focus();
    };
    this.find(".turn").onclick = () => this.turn();
    this.find(".timer").onclick = () => {
      this.timed = !this.timed;
      this.draw();
    };
    this.changed = () => this.state === "problem" && this.open();
  }

  // A new address says that the one before has had its photo, or never will.
  take(data) {
    const anew = data.address !== this.data?.address || this.state === "left";
    this.data = data;
    if (anew) this.open();
    else this.draw();
  }

  leave() {
    this.close();
    this.sending?.abort();
    this.show("left");
    navigator.mediaDevices?.removeEventListener("devicechange", this.changed);
    if (this.permission) this.permission.onchange = null;
  }

  close() {
    this.asked = null;
    clearInterval(this.clock);
    this.stream?.getTracks().forEach(track => track.stop());
    this.stream = this.video.srcObject = null;
  }

  async open(which = towards(this.facing)) {
    this.close();
    if (!navigator.mediaDevices) return this.show("problem", "insecure");
    this.show("opening", "opening");
    const asked = (this.asked = {});
    navigator.mediaDevices.addEventListener("devicechange", this.changed);
    let stream;
    try {
      stream = await film(which);
    } catch (error) {
      if (asked !== this.asked) return;
      this.show("problem", PROBLEMS[error.name] ?? "busy");
      return this.watchPermission();
    }
    // Who has left meanwhile, or turned to another camera, is not seen by this one.
    if (asked !== this.asked) return stream.getTracks().forEach(track => track.stop());
    this.stream = this.video.srcObject = stream;
    const [track] = stream.getVideoTracks();
    track.onended = () => {
      if (this.state === "sending") return;
      this.close();
      this.show("problem", "busy");
    };
    const { deviceId, facingMode } = track.getSettings();
    this.device = deviceId;
    if (facingMode) this.facing = facingMode === "environment" ? facingMode : "user";
    const devices = await navigator.mediaDevices.enumerateDevices();
    this.cameras = devices.filter(device => device.kind === "videoinput").map(device => device.deviceId);
    await this.video.play().catch(() => null);
    if (asked === this.asked) this.show("ready", this.late);
    this.late = "";
  }

  // Browsers that cannot be asked are asked by the button.
  async watchPermission() {
    this.permission ??= await navigator.permissions?.query({ name: "camera" }).catch(() => null);
    if (this.permission && this.state !== "left") this.permission.onchange = this.changed;
  }

  // Of a phone's cameras the one that looks the other way; where none says that it does, the next.
  async turn() {
    if (this.state !== "ready") return;
    const before = this.device;
    const [track] = this.stream.getVideoTracks();
    if (track.getSettings().facingMode) {
      this.facing = this.facing === "user" ? "environment" : "user";
      await this.open();
      if (this.state !== "ready" || this.device !== before) return;
    }
    const next = this.cameras[(this.cameras.indexOf(before) + 1) % this.cameras.length];
    await this.open({ deviceId: { exact: next } });
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
    const asked = this.asked;
    const photo = await this.photo();
    if (asked !== this.asked) return;
    this.find(".still").src = URL.createObjectURL(photo);
    this.find(".still").onload = event => URL.revokeObjectURL(event.target.src);
    this.close();
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
    const told = { arrived: answer?.ok ?? false, facing: this.facing, timed: this.timed };
    if (!told.arrived) this.late = "lost";
    if (!answer) return this.open();
    this.tell(told);
    // What is told while the connection is broken is lost.
    this.clock = setInterval(() => this.tell(told), TELL_MS);
  }

  // By the sensor where it gives as much as the film, or more; else the film's picture.
  async photo() {
    const film = onCanvas(this.video, this.video.videoWidth, this.video.videoHeight);
    const photo = await this.sensorPhoto(film.width * film.height).catch(() => null);
    return photo ?? encoded(film, this.data.most_bytes);
  }

  async sensorPhoto(leastPixels) {
    const { most_bytes, most_pixels } = this.data;
    const camera = new ImageCapture(this.stream.getVideoTracks()[0]);
    const { imageWidth, imageHeight } = await soon(camera.getPhotoCapabilities());
    const pixels = imageWidth.max * imageHeight.max;
    if (pixels < leastPixels || pixels > most_pixels) return null;
    const blob = await soon(camera.takePhoto({ imageWidth: imageWidth.max, imageHeight: imageHeight.max }));
    const picture = await createImageBitmap(blob);
    if (picture.width * picture.height < leastPixels) return null;
    if (blob.type === "image/jpeg" && blob.size <= most_bytes) return blob;
    return encoded(onCanvas(picture, picture.width, picture.height), most_bytes);
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
    const still = state === "sending" && !this.stream;
    this.root.className = state;
    this.root.setAttribute("aria-label", words.section);
    this.video.setAttribute("aria-label", words.video);
    this.video.hidden = still;
    for (const picture of [this.video, this.find(".still")]) {
      picture.classList.toggle("mirrored", this.facing !== "environment");
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
    this.find(".turn").hidden = !(this.cameras?.length > 1);
    this.find(".turn span").textContent = words.turn;
  }
}

// By `advanced`, as a wish that goes before the size: a small front camera is not passed over for a large back one.
function towards(facing) {
  return { facingMode: facing, advanced: [{ facingMode: facing }] };
}

async function film(which) {
  try {
    return await navigator.mediaDevices.getUserMedia({ video: { ...LARGEST, ...which } });
  } catch (error) {
    if (error.name in PROBLEMS) throw error;
    return navigator.mediaDevices.getUserMedia({ video: { ...USUAL, ...which } });
  }
}

function onCanvas(picture, width, height) {
  const canvas = document.createElement("canvas");
  [canvas.width, canvas.height] = [width, height];
  canvas.getContext("2d").drawImage(picture, 0, 0);
  return canvas;
}

async function encoded(canvas, mostBytes) {
  let blob;
  for (const quality of QUALITIES) {
    blob = await new Promise(done => canvas.toBlob(done, "image/jpeg", quality));
    if (blob.size <= mostBytes) break;
  }
  return blob;
}

function soon(promise) {
  return Promise.race([promise, new Promise((_, fail) => setTimeout(() => fail(new Error("late")), TAKE_MS))]);
}

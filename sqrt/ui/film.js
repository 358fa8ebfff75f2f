// A camera and its film: opened at the most that it gives, turned to the other one, opened again; and its photos.

// The rate keeps cameras from sizes that they give twice a second only.
const LARGEST = { width: { ideal: 4096 }, height: { ideal: 3072 }, frameRate: { ideal: 15 } };
const USUAL = { width: { ideal: 1920 }, height: { ideal: 1080 } };
const QUALITIES = [0.95, 0.85, 0.7]; // of JPEG: the best that is no larger than what is taken
const TAKE_MS = 5000; // after which a camera that takes no photo is not waited for
const PROBLEMS = { NotAllowedError: "refused", SecurityError: "refused", NotFoundError: "absent" };

class Camera {
  // `heard` is told when it is `opening` or `ready`, has `failed` for a reason that has a name, or its film is `lost`.
  constructor(video, facing, heard) {
    this.video = video;
    this.facing = facing;
    this.heard = heard;
    this.ids = [];
    this.changed = () => this.problem && this.open();
  }

  get track() {
    return this.stream?.getVideoTracks()[0];
  }

  close() {
    this.asked = null;
    this.problem = "";
    this.stream?.getTracks().forEach(track => track.stop());
    this.stream = this.video.srcObject = null;
  }

  leave() {
    this.close();
    navigator.mediaDevices?.removeEventListener("devicechange", this.changed);
    if (this.permission) this.permission.onchange = null;
  }

  fail(problem) {
    this.close();
    this.problem = problem;
    this.heard.failed(problem);
  }

  async open(which = towards(this.facing)) {
    this.close();
    if (!navigator.mediaDevices) return this.fail("insecure");
    this.heard.opening();
    const asked = (this.asked = {});
    navigator.mediaDevices.addEventListener("devicechange", this.changed);
    let stream;
    try {
      stream = await film(which);
    } catch (error) {
      if (asked !== this.asked) return;
      this.fail(PROBLEMS[error.name] ?? "busy");
      return this.watchPermission();
    }
    // Who has left meanwhile, or turned to another camera, is not seen by this one.
    if (asked !== this.asked) return stream.getTracks().forEach(track => track.stop());
    this.stream = this.video.srcObject = stream;
    this.track.onended = () => this.heard.lost();
    const { deviceId, facingMode } = this.track.getSettings();
    this.device = deviceId;
    if (facingMode) this.facing = facingMode === "environment" ? facingMode : "user";
    const devices = await navigator.mediaDevices.enumerateDevices();
    this.ids = devices.filter(device => device.kind === "videoinput").map(device => device.deviceId);
    await this.video.play().catch(() => null);
    if (asked === this.asked) this.heard.ready();
  }

  // The same one, where it is still there.
  reopen() {
    return this.open({ ...towards(this.facing), deviceId: { ideal: this.device } });
  }

  // Browsers that cannot be asked are asked by the button.
  async watchPermission() {
    this.permission ??= await navigator.permissions?.query({ name: "camera" }).catch(() => null);
    if (this.permission && this.problem) this.permission.onchange = this.changed;
  }

  // Of a phone's cameras the one that looks the other way; where none says that it does, the next.
  async turn() {
    const before = this.device;
    if (this.track.getSettings().facingMode) {
      this.facing = this.facing === "user" ? "environment" : "user";
      await this.open();
      if (!this.stream || this.device !== before) return;
    }
    const next = this.ids[(this.ids.indexOf(before) + 1) % this.ids.length];
    await this.open({ deviceId: { exact: next } });
  }

  // By the sensor where it gives as much as the film, or more; else the film's picture.
  async photo(mostBytes, mostPixels) {
    const film = onCanvas(this.video, this.video.videoWidth, this.video.videoHeight);
    const photo = await this.sensorPhoto(film.width * film.height, mostBytes, mostPixels).catch(() => null);
    return photo ?? encoded(film, mostBytes);
  }

  async sensorPhoto(leastPixels, mostBytes, mostPixels) {
    const camera = new ImageCapture(this.track);
    const { imageWidth, imageHeight } = await soon(camera.getPhotoCapabilities());
    const pixels = imageWidth.max * imageHeight.max;
    if (pixels < leastPixels || pixels > mostPixels) return null;
    const blob = await soon(camera.takePhoto({ imageWidth: imageWidth.max, imageHeight: imageHeight.max }));
    const picture = await createImageBitmap(blob);
    if (picture.width * picture.height < leastPixels) return null;
    if (blob.type === "image/jpeg" && blob.size <= mostBytes) return blob;
    return encoded(onCanvas(picture, picture.width, picture.height), mostBytes);
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
  canvas.getContext("2d").drawImage(picture, 0, 0, width, height);
  return canvas;
}

async function encoded(canvas, mostBytes) {
  let blob;
  for (const quality of QUALITIES) {
    blob = await jpeg(canvas, quality);
    if (blob.size <= mostBytes) break;
  }
  return blob;
}

function jpeg(canvas, quality) {
  return new Promise(done => canvas.toBlob(done, "image/jpeg", quality));
}

function soon(promise) {
  return Promise.race([promise, new Promise((_, fail) => setTimeout(() => fail(new Error("late")), TAKE_MS))]);
}

// Follows faces between two ratings, on small gray pictures of the camera; nothing of a page, so that it can be tested
// alone. After likeness.js.

// All faces of a stream. Boxes are [x, y, width, height], shares of the picture's width and height.
class Tracker {
  static #KEEP_S = 4; // pictures, for answers that come late
  static #REACH = 1.3; // half widths that a face may be from where its motion would bring it
  static #ALIKE = 0.55; // likeness below which a face is lost
  static #CHANGED = 0.8; // likeness below which it is looked at anew
  static #GROWTH = 0.12; // at most, from one picture to the next
  static #STEPS = 20; // at most, from a late answer to now
  static #PATH = 500; // places that are remembered of a face, where no answer comes

  #lateness = new Lateness();
  #pictures = [];
  #faces = [];

  // The light of RGBA bytes, as a canvas gives them.
  static luma(rgba) {
    const luma = new Uint8Array(rgba.length / 4);
    for (let i = 0, j = 0; i < luma.length; i++, j += 4) {
      luma[i] = (77 * rgba[j] + 150 * rgba[j + 1] + 29 * rgba[j + 2]) >> 8;
    }
    return luma;
  }

  // Take the next picture, about 160 pixels wide: width times height bytes, and when it was taken, in seconds. Returns
  // a box for each face that was anchored, in their order; null for one that is lost until the next anchor.
  follow(luma, width, height, time) {
    const last = this.#pictures.at(-1);
    if (last && (last.width !== width || last.height !== height || last.time > time)) this.clear();
    const picture = new GrayPicture(luma.slice(), width, height, time);
    this.#pictures.push(picture);
    while (time - this.#pictures[0].time > Tracker.#KEEP_S) this.#pictures.shift();
    for (const face of this.#faces) Tracker.#step(face, picture);
    return this.boxes();
  }

  // Take the boxes of all faces in the picture of a time, and bring them forward to the newest picture; those of a
  // picture that is no longer remembered change nothing. Where `late`, the time is only known to be some while too
  // late, always about the same, as with what was sent as a film.
  anchor(boxes, time, late = false) {
    if (!this.#pictures.length || this.#pictures.at(-1).time - time > Tracker.#KEEP_S) return this.boxes();
    if (late) time -= this.#lateness.learned(this.#faces, boxes, time);
    const away = this.#pictures.map((picture) => Math.abs(picture.time - time));
    const place = away.indexOf(Math.min(...away));
    this.#faces = boxes.map((box) => Tracker.#begun(box, this.#pictures[place]));
    const since = this.#pictures.slice(place + 1), stride = Math.ceil(since.length / Tracker.#STEPS) || 1;
    for (let next = (since.length - 1) % stride; next < since.length; next += stride) {
      for (const face of this.#faces) Tracker.#step(face, since[next]);
    }
    return this.boxes();
  }

  boxes() {
    return this.#faces.map((face) => (face.lost ? null : face.path.at(-1).box));
  }

  // Forget everything, as with another camera.
  clear() {
    this.#pictures = [];
    this.#faces = [];
  }

  static #begun(box, picture) {
    const [x, y, wide, high] = box, { width, height, time } = picture;
    const aspect = (high * height) / (wide * width);
    const pose = new FacePose((x + wide / 2) * width - 0.5, (y + high / 2) * height - 0.5, (wide * width) / 2, 0);
    const template = new FaceTemplate(picture, pose, aspect);
    return { pose, aspect, template, speed: [0, 0], lost: false, path: [{ time, box }] };
  }

  static #step(face, picture) {
    if (face.lost) return;
    const { pose, aspect, template, speed, path } = face, { width, height, time } = picture;
    const passed = time - path.at(-1).time;
    const expected = new FacePose(pose.x + speed[0] * passed, pose.y + speed[1] * passed, pose.a, pose.b);
    const found = template.search(picture, expected, Tracker.#REACH);
    const placed = template.place(picture, found);
    const moved = Math.hypot(placed.x - found.x, placed.y - found.y) / pose.size;
    const exact = moved < 0.5 && Math.abs(Math.log(placed.size / pose.size)) < Tracker.#GROWTH;
    const next = exact ? placed : found;
    const likeness = template.likeness(picture, next);
    face.lost = likeness < Tracker.#ALIKE || next.x < 0 || next.y < 0 || next.x > width - 1 || next.y > height - 1;
    if (face.lost) return;
    if (passed > 0) face.speed = [(next.x - pose.x) / passed, (next.y - pose.y) / passed];
    face.pose = next;
    const wide = (2 * next.size) / width, high = (2 * next.size * aspect) / height;
    path.push({ time, box: [(next.x + 0.5) / width - wide / 2, (next.y + 0.5) / height - high / 2, wide, high] });
    if (path.length > Tracker.#PATH) path.splice(1, 1);
    if (likeness < Tracker.#CHANGED) face.template = new FaceTemplate(picture, next, aspect);
  }
}

// By how much the times of what is told are too late, learned from faces. Told too late, a box is behind its face by
// the way that it went meanwhile, and followed from there it stays behind by as much. Of every lateness that may be it
// is kept how far the next boxes are then from where they should be: the more the speed changed, the more that tells.
class Lateness {
  static #GUESS_S = 0.04; // until something moves: what nobody measures of the way to a server and back
  static #TRUST = 0.05; // in it, as squares of face widths a second of lateness
  static #FADE = 0.9; // of what earlier answers told, with each that follows
  static #TRIED_S = Array.from({ length: 26 }, (_, i) => 0.02 * i);
  static #SPEED_S = 0.2; // over which a speed is taken

  #misses = Lateness.#TRIED_S.map(() => 0);
  #used = Lateness.#GUESS_S;

  // Take in the boxes that are told of a time, with the faces that were followed until then; returns the lateness.
  learned(faces, boxes, time) {
    for (const { path, lost } of faces) {
      const box = lost ? null : Lateness.#nearest(boxes, Lateness.#at(path, time));
      if (!box || time - path[0].time < 2 * Lateness.#SPEED_S) continue;
      const first = path[0], soon = Lateness.#at(path, first.time + Lateness.#SPEED_S);
      const speed = [0, 1].map((axis) => (soon[axis] - first.box[axis]) / Lateness.#SPEED_S);
      this.#misses = this.#misses.map((misses, place) => {
        const late = Lateness.#TRIED_S[place], then = Lateness.#at(path, time - late);
        const away = [0, 1].map((axis) => (then[axis] + speed[axis] * (late - this.#used) - box[axis]) / box[axis + 2]);
        return Lateness.#FADE * misses + away[0] ** 2 + away[1] ** 2;
      });
    }
    const worth = this.#misses.map(
      (misses, place) => misses + Lateness.#TRUST * (Lateness.#TRIED_S[place] - Lateness.#GUESS_S) ** 2
    );
    return (this.#used = Lateness.#TRIED_S[worth.indexOf(Math.min(...worth))]);
  }

  static #nearest(boxes, [x, y, wide, high]) {
    const near = boxes.filter((box) => Math.hypot((box[0] - x) / wide, (box[1] - y) / high) < 1);
    return near.sort((one, other) => Math.hypot(one[0] - x, one[1] - y) - Math.hypot(other[0] - x, other[1] - y))[0];
  }

  // The middle and the size of the box at a time, between pictures.
  static #at(path, time) {
    const after = Math.max(1, path.findIndex((one) => one.time >= time));
    const [from, to] = [path[after - 1], path[after] ?? path[after - 1]];
    const share = to === from ? 0 : Math.min(Math.max((time - from.time) / (to.time - from.time), 0), 1);
    return from.box.map((side, i) => side + share * (to.box[i] - side));
  }
}

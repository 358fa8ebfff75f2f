// What is drawn over the picture: corners around faces, which move with them, and where the main face should be.
// After tracker.js.

const LOOK_MS = 40; // between two looks at where the faces are: more often than a person sees
const LOOK_PX = 160; // of the picture's longer side, when it is looked at
const NEAR = 0.25; // of a box's width and height: how far a face may be from it, and how much larger or smaller

class Marks {
  constructor(svg, video) {
    this.find = selector => svg.querySelector(selector);
    this.svg = svg;
    this.video = video;
    this.canvas = document.createElement("canvas");
    this.context = this.canvas.getContext("2d", { willReadFrequently: true });
  }

  start() {
    this.stop();
    const watch = (this.watching = {});
    const next = this.video.requestVideoFrameCallback?.bind(this.video) ?? window.requestAnimationFrame.bind(window);
    let looked = -Infinity;
    const look = () => {
      if (watch !== this.watching) return;
      const now = performance.now();
      if (now - looked >= LOOK_MS && this.video.videoWidth) {
        looked = now;
        this.look(now);
      }
      next(look);
    };
    next(look);
  }

  stop() {
    this.watching = null;
    this.forget();
    this.draw();
  }

  forget() {
    this.tracker = new Tracker();
    this.boxes = [];
    this.told = null;
  }

  // Take in what is told of the moment `at`, as performance.now() counts, and follow from there.
  take(told, at, filmed) {
    this.told = told;
    // When exactly a film's picture was taken nobody tells.
    this.boxes = this.tracker.anchor(told.boxes, at / 1000, filmed);
    this.draw();
  }

  look(at) {
    const { videoWidth, videoHeight } = this.video;
    const share = LOOK_PX / Math.max(videoWidth, videoHeight);
    const [width, height] = [Math.round(videoWidth * share), Math.round(videoHeight * share)];
    if (this.canvas.width !== width || this.canvas.height !== height) {
      [this.canvas.width, this.canvas.height] = [width, height];
      this.svg.setAttribute("viewBox", `0 0 ${videoWidth} ${videoHeight}`);
      this.forget();
    }
    this.context.drawImage(this.video, 0, 0, width, height);
    const luma = Tracker.luma(this.context.getImageData(0, 0, width, height).data);
    this.boxes = this.tracker.follow(luma, width, height, at / 1000);
    if (this.told) this.draw();
  }

  // Where all is as it should be for a shot: the main face on its target, or still where its place was well rated.
  get place() {
    const { told, boxes: [face] } = this;
    if (!face || !told?.level || !told.gaze) return null;
    return [told.target, told.framing && told.boxes[0]].find(box => box && near(face, box)) ?? null;
  }

  draw() {
    const { videoWidth: width, videoHeight: height } = this.video;
    // A face that is lost has no box until it is found by the next rating.
    const [main, ...others] = this.boxes.map(box => box && corners(box, width, height));
    this.find(".main").setAttribute("d", main ?? "");
    this.find(".others").setAttribute("d", others.join(""));
    const outline = this.find(".target");
    outline.toggleAttribute("hidden", !this.told?.target);
    if (!this.told?.target) return;
    const { place } = this;
    const [x, y, w, h] = place ?? this.told.target;
    outline.setAttribute("cx", (x + w / 2) * width);
    outline.setAttribute("cy", (y + h / 2) * height);
    outline.setAttribute("rx", (w / 2) * width);
    outline.setAttribute("ry", (h / 2) * height);
    outline.classList.toggle("right", place !== null);
  }
}

function near([x, y, w, h], [wantedX, wantedY, wide, high]) {
  return Math.abs(x + w / 2 - wantedX - wide / 2) <= NEAR * wide
    && Math.abs(y + h / 2 - wantedY - high / 2) <= NEAR * high
    && Math.abs(h - high) <= NEAR * high;
}

// The four corners of a box: less restless on a moving face than its sides.
function corners(box, width, height) {
  const [x, y, w, h] = box.map((share, place) => share * (place % 2 ? height : width));
  const reach = 0.2 * Math.min(w, h);
  const corner = (cx, cy, dx, dy) => `M${cx + dx} ${cy}H${cx}V${cy + dy}`;
  return corner(x, y, reach, reach) + corner(x + w, y, -reach, reach)
    + corner(x, y + h, reach, -reach) + corner(x + w, y + h, -reach, -reach);
}

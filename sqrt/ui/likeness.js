// A face's look on small gray pictures: where it is found again. It is searched by normalised cross-correlation, which
// bears large steps, and then placed, sized and turned by Lucas and Kanade's method in its inverse compositional form
// (Baker and Matthews 2004), which is exact.

// What a face looks like: its light at points of an oval, and how that changes as the face moves, grows and turns.
class FaceTemplate {
  // Points across the face, and about half of its width in pixels: where it is placed, and where it is searched.
  static #FINE = { grid: 17, half: 12 };
  static #ROUGH = { grid: 9, half: 6 };
  static #ROUNDS = 12; // at most, of getting nearer
  static #STILL = 0.002; // half widths: it has arrived

  constructor(picture, pose, aspect) {
    this.fine = this.#seen(FaceTemplate.#FINE, picture, pose, aspect);
    this.rough = this.#seen(FaceTemplate.#ROUGH, picture, pose, aspect);
    this.slopes = this.#differentiated(picture, pose);
    this.solve = FaceTemplate.#solver(this.slopes);
  }

  #seen({ grid, half }, picture, pose, aspect) {
    const level = Math.min(Math.max(0, Math.round(Math.log2(pose.size / half))), 4);
    const points = FaceTemplate.#oval(grid, aspect);
    const { light, contrast } = FaceTemplate.#normal(picture.sampled(pose, level, points));
    return { level, points, light, contrast };
  }

  // Points of the oval that a face fills of its box, in half widths from its middle: x, y, x, y...
  static #oval(grid, aspect) {
    const points = [], step = 2 / (grid - 1), reach = Math.floor(aspect / step);
    for (let row = -reach; row <= reach; row++) {
      for (let column = 0; column < grid; column++) {
        const x = column * step - 1, y = row * step;
        if (x * x + (y / aspect) ** 2 <= 0.85) points.push(x, y);
      }
    }
    return Float32Array.from(points);
  }

  // Light with mean 0 and length 1, whatever the exposure, and what it was divided by; what is flat becomes 0.
  static #normal(light) {
    const mean = light.reduce((sum, one) => sum + one, 0) / light.length;
    const length = Math.sqrt(light.reduce((sum, one) => sum + (one - mean) ** 2, 0));
    const contrast = length > Math.sqrt(light.length) ? length : Infinity;
    return { light: light.map((one) => (one - mean) / contrast), contrast };
  }

  // How the light at each point changes with growth, turn, and a move across and down, in half widths.
  #differentiated(picture, pose) {
    const { level, points, light, contrast } = this.fine, step = 1 / FaceTemplate.#FINE.half;
    const from = (x, y) => picture.sampled(pose.moved(x, y), level, points);
    const [right, left, below, above] = [from(step, 0), from(-step, 0), from(0, step), from(0, -step)];
    const slopes = [0, 1, 2, 3].map(() => new Float32Array(light.length));
    for (let i = 0; i < light.length; i++) {
      const x = points[2 * i], y = points[2 * i + 1];
      const across = (right[i] - left[i]) / (2 * step * contrast), down = (below[i] - above[i]) / (2 * step * contrast);
      [slopes[0][i], slopes[1][i]] = [across * x + down * y, down * x - across * y];
      [slopes[2][i], slopes[3][i]] = [across, down];
    }
    return slopes.map((slope) => {
      const mean = slope.reduce((sum, one) => sum + one, 0) / slope.length;
      return slope.map((one) => one - mean);
    });
  }

  // Cholesky's decomposition of the slopes' products: finds the step that explains a difference best.
  static #solver(slopes) {
    const lower = slopes.map(() => [0, 0, 0, 0]);
    for (let i = 0; i < 4; i++) {
      for (let j = 0; j <= i; j++) {
        let rest = dotted(slopes[i], slopes[j]);
        for (let k = 0; k < j; k++) rest -= lower[i][k] * lower[j][k];
        lower[i][j] = i === j ? Math.sqrt(Math.max(rest, 1e-6)) : rest / lower[j][j];
      }
    }
    return (right) => {
      const found = [...right];
      for (let i = 0; i < 4; i++) {
        for (let k = 0; k < i; k++) found[i] -= lower[i][k] * found[k];
        found[i] /= lower[i][i];
      }
      for (let i = 3; i >= 0; i--) {
        for (let k = i + 1; k < 4; k++) found[i] -= lower[k][i] * found[k];
        found[i] /= lower[i][i];
      }
      return found;
    };
  }

  // How alike a place looks, -1 to 1.
  likeness(picture, pose) {
    const { level, points, light } = this.fine;
    return dotted(FaceTemplate.#normal(picture.sampled(pose, level, points)).light, light);
  }

  // The best place within a reach, in half widths, of where it is expected.
  search(picture, pose, reach) {
    const { level, points, light } = this.rough, count = light.length;
    const { luma, width, height } = picture.level(level), start = pose.on(level);
    const across = new Int16Array(count), down = new Int16Array(count);
    for (let i = 0; i < count; i++) {
      const { x, y } = start.moved(points[2 * i], points[2 * i + 1]);
      [across[i], down[i]] = [Math.round(x), Math.round(y)];
    }
    const far = Math.max(2, Math.ceil(reach * start.size));
    let best = -Infinity, bestX = 0, bestY = 0;
    for (let stepY = -far; stepY <= far; stepY++) {
      for (let stepX = -far; stepX <= far; stepX++) {
        let sum = 0, squares = 0, product = 0;
        for (let i = 0; i < count; i++) {
          let x = across[i] + stepX, y = down[i] + stepY;
          x = x < 0 ? 0 : x >= width ? width - 1 : x;
          y = y < 0 ? 0 : y >= height ? height - 1 : y;
          const one = luma[y * width + x];
          sum += one;
          squares += one * one;
          product += one * light[i];
        }
        const spread = squares - (sum * sum) / count;
        // Of two that are alike, the nearer one.
        const worth = (spread > count ? product / Math.sqrt(spread) : 0) - (0.1 * (stepX ** 2 + stepY ** 2)) / far ** 2;
        if (worth > best) [best, bestX, bestY] = [worth, stepX, stepY];
      }
    }
    return new FacePose(start.x + bestX, start.y + bestY, start.a, start.b).on(-level);
  }

  // The exact place, size and turn near a place.
  place(picture, pose) {
    const { level, points, light } = this.fine;
    for (let round = 0; round < FaceTemplate.#ROUNDS; round++) {
      const there = FaceTemplate.#normal(picture.sampled(pose, level, points)).light;
      const difference = there.map((one, i) => one - light[i]);
      const [growth, turn, across, down] = this.solve(this.slopes.map((slope) => dotted(slope, difference)));
      pose = pose.without(growth, turn, across, down);
      if (Math.hypot(growth, turn, across, down) < FaceTemplate.#STILL) break;
    }
    return pose;
  }
}

// Where a face is: (x, y) is its middle in pixels, (a, b) the way from there to its right side.
class FacePose {
  constructor(x, y, a, b) {
    Object.assign(this, { x, y, a, b });
  }

  get size() {
    return Math.hypot(this.a, this.b);
  }

  // The same on a level of the picture, or back from it: the corner of a picture stays the corner.
  on(level) {
    const scale = 2 ** -level;
    return new FacePose((this.x + 0.5) * scale - 0.5, (this.y + 0.5) * scale - 0.5, this.a * scale, this.b * scale);
  }

  // Moved in its own directions, in half widths.
  moved(across, down) {
    const { x, y, a, b } = this;
    return new FacePose(x + a * across - b * down, y + b * across + a * down, a, b);
  }

  // The pose that becomes this one by a growth, a turn and a move.
  without(growth, turn, across, down) {
    const grown = 1 + growth, square = grown ** 2 + turn ** 2;
    const a = (this.a * grown + this.b * turn) / square, b = (this.b * grown - this.a * turn) / square;
    return new FacePose(this.x, this.y, a, b).moved(-across, -down);
  }
}

// A gray picture and its halves, quarters...: level 0 is the picture itself.
class GrayPicture {
  constructor(luma, width, height, time) {
    Object.assign(this, { width, height, time, levels: [{ luma, width, height }] });
  }

  level(index) {
    while (this.levels.length <= index) this.levels.push(GrayPicture.#halved(this.levels.at(-1)));
    return this.levels[index];
  }

  static #halved({ luma, width, height }) {
    const wide = width >> 1, high = height >> 1, half = new Uint8Array(wide * high);
    for (let y = 0; y < high; y++) {
      for (let x = 0; x < wide; x++) {
        const place = 2 * y * width + 2 * x, below = place + width;
        half[y * wide + x] = (luma[place] + luma[place + 1] + luma[below] + luma[below + 1] + 2) >> 2;
      }
    }
    return { luma: half, width: wide, height: high };
  }

  // The light of a level at points of a face, between pixels; beyond the edge that of the edge.
  sampled(pose, index, points) {
    const { luma, width, height } = this.level(index), { x, y, a, b } = pose.on(index);
    const light = new Float32Array(points.length / 2), mostX = width - 1.001, mostY = height - 1.001;
    for (let i = 0; i < light.length; i++) {
      const across = points[2 * i], down = points[2 * i + 1];
      const atX = Math.min(Math.max(x + a * across - b * down, 0), mostX);
      const atY = Math.min(Math.max(y + b * across + a * down, 0), mostY);
      const left = atX | 0, top = atY | 0, place = top * width + left, below = place + width;
      const upper = luma[place] + (atX - left) * (luma[place + 1] - luma[place]);
      const lower = luma[below] + (atX - left) * (luma[below + 1] - luma[below]);
      light[i] = upper + (atY - top) * (lower - upper);
    }
    return light;
  }
}

function dotted(one, other) {
  let sum = 0;
  for (let i = 0; i < one.length; i++) sum += one[i] * other[i];
  return sum;
}

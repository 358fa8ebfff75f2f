"""How well the live camera's boxes follow a moving face between two ratings, in a real browser.

Run ``python benchmarks/tracking.py``, with ``--photos DIR`` for the faces of other people. Films of a portrait that
moves are shown to `sqrt/ui/tracker.js` at 15 pictures a second; every two seconds one picture goes to the face engine,
and what it finds arrives 100 to 300 ms later. Printed is how far the middle of the box is from the truth, in percent of
the face's width.
"""

import argparse
import base64
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

import cv2
import numpy as np
import skimage.data
from numpy.typing import NDArray

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))  # runs from a clone, nothing is installed

from benchmarks.moving_faces import MOTIONS, RATE, SIZE_WH, Film, Person, Pixels
from benchmarks.truth import portrait_files, table
from sqrt.faces import FaceEngine
from sqrt.rating import Rater
from sqrt.reading import to_jpeg
from sqrt.settings import Settings

Floats = NDArray[np.float64]
Boxes = list[Floats | None]

ANCHOR_S = 2.0
DELAYS_S = (0.1, 0.2, 0.3)
SMALL_WIDTH = 160
_SCRIPTS = ("likeness.js", "tracker.js")

# Pictures are decoded and reduced as the page does it; only following is timed.
_RUN = """async ({ frames, anchors, late, rate, wide }) => {
  const tracker = new Tracker(), boxes = [], spent = [];
  const canvas = new OffscreenCanvas(wide, wide);
  const context = canvas.getContext("2d", { willReadFrequently: true });
  for (const [place, frame] of frames.entries()) {
    const time = place / rate;
    const blob = await (await fetch(`data:image/jpeg;base64,${frame}`)).blob();
    const bitmap = await createImageBitmap(blob);
    const high = Math.round((wide * bitmap.height) / bitmap.width);
    context.drawImage(bitmap, 0, 0, wide, high);
    const luma = Tracker.luma(context.getImageData(0, 0, wide, high).data);
    const start = performance.now();
    let found = tracker.follow(luma, wide, high, time);
    const followed = performance.now();
    const due = anchors.filter(one => Math.ceil((one.arrives + late) * rate - 1e-6) === place);
    for (const one of due) found = tracker.anchor(one.boxes, one.time + late, late > 0);
    boxes.push(found);
    spent.push([followed - start, performance.now() - followed, due.length]);
  }
  return { boxes, spent };
}"""


class Anchor(NamedTuple):
    """What the engine found in the frame of a time, as shares of the picture, and when that is known."""

    time: float
    arrives: float
    boxes: list[list[float]]


class Followed(NamedTuple):
    """How a face was followed through a film, from the first anchor on.

    `errors` are distances of the middles in percent of the face's width, NaN where there is no box; `sizes` those of
    the box's width, in percent of it; `lag_ms` the delay at which the path fits the truth best; `engine` the errors of
    the anchors themselves; `frame_ms` the median time of a picture in JavaScript, `anchor_ms` the longest of an anchor.
    """

    errors: Floats
    sizes: Floats
    lag_ms: float
    engine: Floats
    frame_ms: float
    anchor_ms: float

    @property
    def worst(self) -> float:
        """The largest error; infinite where the face was lost."""
        return float("inf") if np.isnan(self.errors).any() else float(self.errors.max())


def teach(page: Any) -> None:
    """Load the tracker into a page."""
    folder = Path(__file__).resolve().parents[1] / "sqrt" / "ui"
    page.add_script_tag(content="\n".join((folder / name).read_text(encoding="utf-8") for name in _SCRIPTS))


def anchors_of(frames: Sequence[Pixels], engine: FaceEngine) -> list[Anchor]:
    """Return what the engine says of a frame every `ANCHOR_S`."""
    height, width = frames[0].shape[:2]
    found = []
    for number, place in enumerate(range(0, len(frames), round(RATE * ANCHOR_S))):
        faces = engine.find(_as_sent(frames[place]))
        boxes = [[x / width, y / height, w / width, h / height] for x, y, w, h in (face.box for face in faces)]
        found.append(Anchor(place / RATE, place / RATE + DELAYS_S[number % len(DELAYS_S)], boxes))
    return found


def played(
    page: Any, frames: Sequence[Pixels], anchors: Sequence[Anchor], late_s: float = 0.0
) -> tuple[list[Boxes], Floats]:
    """Show frames to the tracker; return the boxes of each frame, in pixels, None for a face that is lost.

    And the milliseconds that following it and that anchoring took, frame by frame. The anchors' times are told by
    `late_s` too late, which the tracker has to find out, and they arrive as much later.
    """
    encoded = [base64.b64encode(to_jpeg(frame)).decode() for frame in frames]
    told = {"frames": encoded, "anchors": [one._asdict() for one in anchors], "late": late_s}
    told |= {"rate": RATE, "wide": SMALL_WIDTH}
    done = page.evaluate(_RUN, told)
    height, width = frames[0].shape[:2]
    scale = np.array([width, height, width, height])
    return [[box and np.array(box) * scale for box in boxes] for boxes in done["boxes"]], np.array(done["spent"])


def follow(page: Any, film: Film, engine: FaceEngine, late_s: float = 0.0) -> Followed:
    """Show a film to the tracker, with what the engine says of it; see `played`."""
    anchors = anchors_of(film.frames, engine)
    found, spent = played(page, film.frames, anchors, late_s)
    first = next(place for place, boxes in enumerate(found) if boxes)
    nothing = np.full(4, np.nan)
    boxes = np.array([nothing if not one or one[0] is None else one[0] for one in found])
    middles, true, widths = _middles(boxes), _middles(film.boxes), film.boxes[:, 2]
    places = [round(one.time * RATE) for one in anchors]
    by_engine = np.array([one.boxes[0] if one.boxes else nothing for one in anchors]) * np.array(SIZE_WH * 2)
    return Followed(
        errors=_away(middles, true, widths)[first:],
        sizes=100 * (boxes[first:, 2] / widths[first:] - 1),
        lag_ms=1000 * _lag(middles[first + 6 :], true[first + 6 :], widths[first + 6 :]) / RATE,
        engine=_away(_middles(by_engine), true[places], widths[places]),
        frame_ms=float(np.median(spent[first:, 0])),
        anchor_ms=float(spent[:, 1].max()),
    )


def _away(middles: Floats, true: Floats, widths: Floats) -> Floats:
    """Return distances in percent of the face's width."""
    distances: Floats = 100 * np.hypot(*(middles - true).T) / widths
    return distances


def _lag(middles: Floats, true: Floats, widths: Floats) -> int:
    """Return by how many frames the truth has to be delayed to fit best; of those that fit alike, the fewest."""
    misses = {}
    for frames in range(6):
        end = len(true) - frames
        misses[frames] = round(float(np.nanmedian(_away(middles[frames:], true[:end], widths[:end]))), 1)
    return min(misses, key=lambda frames: misses[frames])


def _middles(boxes: Floats) -> Floats:
    return boxes[:, :2] + boxes[:, 2:] / 2


def _as_sent(frame: Pixels) -> Pixels:
    encoded = np.frombuffer(to_jpeg(frame), np.uint8)
    return cv2.cvtColor(cv2.imdecode(encoded, cv2.IMREAD_COLOR), cv2.COLOR_BGR2RGB)


def show(page: Any, engine: FaceEngine, portraits: dict[str, Pixels], seconds: float, late_s: float) -> None:
    """Print a line for each portrait and motion."""
    rows: list[list[object]] = []
    everything: list[Followed] = []
    for name, pixels in portraits.items():
        person = Person(pixels, engine)
        for motion, path in MOTIONS.items():
            film = person.film(path, seconds)
            one = follow(page, film, engine, late_s)
            everything.append(one)
            rows.append([f"{name} {motion}", *_row(one)])
    head = ["film", "median %", "worst %", "lost", "size %", "engine's worst %", "lag ms", "ms a frame", "ms an anchor"]
    table(head, rows)
    errors = np.concatenate([one.errors for one in everything])
    print(f"all: median {np.nanmedian(errors):.1f} %, worst {np.nanmax(errors):.1f} %, ", end="")
    print(f"over 30 %: {np.mean(errors > 30):.2%}, lost: {np.isnan(errors).mean():.2%}")


def _row(one: Followed) -> list[object]:
    lost = f"{100 * np.isnan(one.errors).mean():.0f}%"
    worst = [float(np.nanmax(one.errors)), lost, float(np.nanmax(np.abs(one.sizes))), float(np.nanmax(one.engine))]
    return [float(np.nanmedian(one.errors)), *worst, round(one.lag_ms), one.frame_ms, one.anchor_ms]


def main() -> None:
    from playwright.sync_api import sync_playwright

    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--photos", type=Path, help="folder of portraits")
    parser.add_argument("--seconds", type=float, default=6.0, help="length of each film")
    parser.add_argument(
        "--late", type=float, default=0.0, help="seconds by which times are told too late, as by WebRTC"
    )
    parser.add_argument("--chromium", default="/usr/bin/chromium")
    arguments = parser.parse_args()
    rater = Rater(Settings(face_engine="landmarks"))
    portraits = {"astronaut": skimage.data.astronaut()}
    if arguments.photos:
        portraits = {path.stem: rater.read(path).pixels for path in portrait_files(arguments.photos)}
    with sync_playwright() as playwright, rater.borrowed() as engine:
        browser = playwright.chromium.launch(executable_path=arguments.chromium, args=["--no-sandbox"])
        page = browser.new_page()
        teach(page)
        show(page, engine, portraits, arguments.seconds, arguments.late)


if __name__ == "__main__":
    main()

"""How much better photos become: flaws put into portraits, and clean photos, before and after.

Run ``python benchmarks/fixing.py --photos DIR [--sheets DIR]``. DIR holds portraits; ``--only clean`` takes any photos.
Printed are, by flaw and strength, how many photos are changed, the gain in points of the overall score (median and
least; by rating the result), how many are worse by more than half a point, the mean gain of the technical group, which
follows people's opinions most, and the steps taken. `--sheets` writes contact sheets of before and after of what was
changed, to be looked at.
"""

import argparse
import sys
from collections import Counter
from collections.abc import Iterator
from multiprocessing.pool import ThreadPool
from pathlib import Path
from typing import NamedTuple

import cv2
import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))  # runs from a clone, nothing is installed

from benchmarks.flaws import FLAWS, SEVERITIES
from benchmarks.truth import table
from sqrt.faces.crop import reduced
from sqrt.improving import suggest_fix
from sqrt.rating import Rater, group_scores
from sqrt.reading import Photo, Pixels, load_photo
from sqrt.settings import Settings

MENDED = (
    "underexposure", "overexposure", "backlight", "haze", "colour_cast_warm", "colour_cast_cool", "roll", "off_centre",
    "noise", "side_light",
)  # fmt: skip
WORSE = 0.5
_ROWS = 6


class Fixed(NamedTuple):
    """A photo before and after."""

    name: str
    before: Photo
    after: Photo
    overall: float
    gain: float
    technical: float
    steps: str


def fixed(name: str, pixels: Pixels, rater: Rater) -> Fixed:
    """Make a picture better, and rate what came of it."""
    photo = load_photo(pixels)
    rating = rater.rate_photo(photo)
    fix = suggest_fix(photo, rating, rater)
    if fix is None:
        return Fixed(name, photo, photo, rating.overall, 0.0, 0.0, "")
    after = load_photo(fix.edits.applied(pixels, rating.outline))
    now = rater.rate_photo(after)
    technical = group_scores(now.scores)["technical"] - group_scores(rating.scores)["technical"]
    steps = " ".join(f"{step.name}+{step.gain:.0f}" for step in fix.steps)
    return Fixed(name, photo, after, rating.overall, now.overall - rating.overall, technical, steps)


def sheet(results: list[Fixed], path: Path) -> None:
    """Write before and after of each photo side by side."""
    tiles = []
    for one in results:
        pair = [cv2.resize(reduced(np.asarray(p.pixels), 300), None, fx=1, fy=1) for p in (one.before, one.after)]
        canvas = np.full((330, 620, 3), 255, np.uint8)
        for place, picture in enumerate(pair):
            canvas[: picture.shape[0], 310 * place : 310 * place + picture.shape[1]] = picture[:300, :300]
        text = f"{one.name} {one.overall:.0f} {one.gain:+.1f} {one.steps}"
        cv2.putText(canvas, text, (2, 320), cv2.FONT_HERSHEY_SIMPLEX, 0.38, (0, 0, 0), 1, cv2.LINE_AA)
        tiles.append(canvas)
    while len(tiles) % 3:
        tiles.append(np.full_like(tiles[0], 255))
    rows = [np.hstack(tiles[at : at + 3]) for at in range(0, len(tiles), 3)]
    for number, at in enumerate(range(0, len(rows), _ROWS)):
        name = path if not number else path.with_stem(f"{path.stem}-{number}")
        cv2.imwrite(str(name), np.vstack(rows[at : at + _ROWS])[..., ::-1])


def row(label: list[object], results: list[Fixed]) -> list[object]:
    gains = np.array([one.gain for one in results])
    steps = Counter(step.split("+")[0] for one in results for step in one.steps.split())
    said = " ".join(f"{name}:{count}" for name, count in steps.most_common())
    before = np.median([one.overall for one in results])
    return [
        *label,
        f"{before:.0f}",
        sum(bool(one.steps) for one in results),
        f"{np.median(gains):+.1f}",
        f"{gains.min():+.1f}",
        int((gains < -WORSE).sum()),
        f"{np.mean([one.technical for one in results]):+.1f}",
        said,
    ]


def main() -> None:
    parser = argparse.ArgumentParser(description="Measure how much better photos become.")
    parser.add_argument("--photos", type=Path, required=True)
    parser.add_argument("--sheets", type=Path)
    parser.add_argument("--only", default="", help="one flaw, or 'clean'")
    arguments = parser.parse_args()
    if arguments.sheets:
        arguments.sheets.mkdir(parents=True, exist_ok=True)
    cv2.setNumThreads(1)
    rater = Rater(Settings(face_engine="landmarks"))
    photos = {path.stem: load_photo(path).pixels for path in sorted(arguments.photos.glob("*.jpg"))}
    faces = {name: rater.rate_photo(Photo(pixels, pixels.shape[1::-1])).faces for name, pixels in photos.items()}
    rows = []

    def made(flaw: str, severity: int) -> Iterator[tuple[str, Pixels, Rater]]:
        for name, pixels in photos.items():
            if not flaw:
                yield name, pixels, rater
            elif len(faces[name]) == 1:
                rng = np.random.default_rng(severity)
                yield name, FLAWS[flaw].inject(pixels, faces[name][0], severity, rng), rater

    kinds = [("", 0), *((flaw, severity) for flaw in MENDED for severity in SEVERITIES)]
    with ThreadPool(2) as pool:
        for flaw, severity in kinds:
            if arguments.only not in ("", flaw or "clean"):
                continue
            results = pool.starmap(fixed, made(flaw, severity))
            rows.append(row([flaw or "clean", severity or ""], results))
            if arguments.sheets and (changed := [one for one in results if one.steps]):
                sheet(changed, arguments.sheets / f"{flaw or 'clean'}-{severity}.png")
    table(["flaw", "strength", "before", "changed", "gain", "least", "worse", "technical", "steps"], rows)


if __name__ == "__main__":
    main()

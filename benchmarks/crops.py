"""How much the suggested crops bring: portraits clean, too far away, off the centre, too close.

Run ``python benchmarks/crops.py --photos DIR``. A crop is right when the file that is kept of it is rated as promised;
what is too close, or cut off by the frame, no crop can mend.
"""

import argparse
import sys
import time
from pathlib import Path
from typing import NamedTuple
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))  # runs from a clone, nothing is installed

from benchmarks.flaws import FLAWS, SEVERITIES
from benchmarks.truth import percent, portrait_files, table
from sqrt.improving.framing import Crop, suggest_crop
from sqrt.rating import Rater
from sqrt.reading import part, to_jpeg
from sqrt.settings import Settings

Pixels = NDArray[np.uint8]

SHORTFALL = 1.0
"""Points by which the kept file may miss what was promised: rounding, not a broken promise."""
ALIKE = 0.05
"""Share of the photo's width by which the edges of two crops that are alike may differ."""


class Suggestion(NamedTuple):
    before: float
    crop: Crop | None
    kept: float
    """Points that the file kept of the crop has more than the photo."""
    mirrored: bool
    """Whether the mirrored photo gets the mirrored crop."""
    cost: float
    """Time of the suggestion over that of a rating."""


def suggest(rater: Rater, pixels: Pixels) -> Suggestion:
    photo = rater.read(pixels)
    start = time.perf_counter()
    rating = rater.rate_photo(photo)
    rated = time.perf_counter()
    crop = suggest_crop(photo, rating, rater)
    cost = (time.perf_counter() - rated) / (rated - start)
    flipped = rater.read(np.ascontiguousarray(pixels[:, ::-1]))
    other = suggest_crop(flipped, rater.rate_photo(flipped), rater)
    kept = rater.rate(to_jpeg(part(photo, crop.box_xywh).pixels)).overall - rating.overall if crop else 0.0
    return Suggestion(rating.overall, crop, kept, mirrored_alike(crop, other, pixels.shape[1]), cost)


def mirrored_alike(crop: Crop | None, other: Crop | None, width: int) -> bool:
    if crop is None or other is None:
        return crop is other
    x, y, w, h = crop.box_xywh
    return bool(np.abs(np.subtract(other.box_xywh, (width - x - w, y, w, h))).max() <= ALIKE * width)


def row(name: str, some: list[Suggestion]) -> list[object]:
    found = [one for one in some if one.crop]
    gains = [one.crop.gain for one in found]
    kept = percent(one.kept >= one.crop.gain - SHORTFALL for one in found) if found else "-"
    return [
        name,
        f"{len(found)} of {len(some)}",
        f"{np.mean([one.before for one in found]):.0f}" if found else "-",
        *(f"{f(gains):.1f}" if gains else "-" for f in (np.mean, min)),
        kept,
        percent(one.mirrored for one in some),
        *(f"{f([one.cost for one in some]):.1f}" for f in (np.median, max)),
    ]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--photos", type=Path, required=True, help="folder with portraits")
    files = portrait_files(parser.parse_args().photos)
    rater = Rater(Settings(face_engine="landmarks"))
    clean = [rater.read(file).pixels for file in files]
    faces = [rater.rate(pixels).faces[0] for pixels in clean]
    rows = [row("clean", [suggest(rater, pixels) for pixels in clean])]
    for flaw in ("too_far", "off_centre", "too_close"):
        for severity in SEVERITIES:
            flawed = [
                FLAWS[flaw].inject(pixels, face, severity, np.random.default_rng(crc32(file.stem.encode())))
                for file, pixels, face in zip(files, clean, faces, strict=True)
            ]
            rows.append(row(f"{flaw} {severity}", [suggest(rater, pixels) for pixels in flawed]))
    print("Crops: how many are suggested, and for those the overall score before, the gain promised, and what is kept")
    head = ["photos", "suggested", "before", "mean gain", "least", "kept, %", "mirrored alike, %", "cost", "highest"]
    table(head, rows)
    print("cost: time of the suggestion over that of the photo's rating")


if __name__ == "__main__":
    main()

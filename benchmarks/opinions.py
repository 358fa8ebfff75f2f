"""How well ratings agree with people's opinions of photos.

Run ``python benchmarks/opinions.py --photos DIR``. DIR holds photos and an ``opinions.csv`` with the columns file, mos
(mean opinion, 0 to 1), subset, and large_face (1 where a face is large). Rank correlations (Spearman) of the overall
score, the groups and each metric are printed, over all and within each subset: a subset alone predicts much. Where
``brisque`` (PyPI) is installed, it stands beside them as a peer.
"""

import argparse
import csv
import sys
from collections.abc import Callable, Iterable
from multiprocessing.pool import ThreadPool
from pathlib import Path
from typing import NamedTuple

import cv2
import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))  # runs from a clone, nothing is installed

from benchmarks.truth import spearman, table
from sqrt.metrics import GROUPS, METRICS
from sqrt.rating import Rater, Rating, group_scores
from sqrt.settings import Settings

GOOD_MOS, BAD_MOS = 0.8, 0.4
WEAK = 50.0
"""An overall score under which a photo is called weak."""


class Judged(NamedTuple):
    """A photo with people's mean opinion of it and its rating; `peer` is BRISQUE's, turned so that higher is better."""

    file: str
    mos: float
    subset: str
    large_face: bool
    rating: Rating
    peer: float


def frontal(one: Judged) -> bool:
    """Tell whether the main face looks into the lens with open eyes."""
    face = one.rating.faces[0] if one.rating.faces else None
    if face is None or face.pose is None or face.blendshapes is None:
        return False
    blink = max(face.blendshapes["eyeBlinkLeft"], face.blendshapes["eyeBlinkRight"])
    return abs(face.pose.yaw_deg) < 15 and abs(face.pose.pitch_deg) < 20 and blink < 0.4


def brisque() -> Callable[[Path], float]:
    """Return the peer, or what knows nothing where it is not installed."""
    try:
        from brisque import BRISQUE
    except ImportError:
        return lambda _: float("nan")
    peer = BRISQUE(url=False)
    return lambda path: -float(peer.score(cv2.imread(str(path))))


def judged(folder: Path, rater: Rater, pool: ThreadPool) -> list[Judged]:
    """Rate every photo of the list."""
    with (folder / "opinions.csv").open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    peer = brisque()
    ratings = pool.map(rater.rate, [folder / row["file"] for row in rows], chunksize=4)
    return [
        Judged(
            row["file"], float(row["mos"]), row["subset"], row["large_face"] == "1", rating, peer(folder / row["file"])
        )
        for row, rating in zip(rows, ratings, strict=True)
    ]


def agreement(photos: Iterable[Judged], value: Callable[[Judged], float | None]) -> str:
    """Return the rank correlation of what `value` gives with the opinions."""
    pairs = [(found, one.mos) for one in photos if (found := value(one)) is not None and not np.isnan(found)]
    return f"{spearman(*zip(*pairs, strict=True)):.2f}" if len(pairs) > 9 else ""


def main() -> None:
    parser = argparse.ArgumentParser(description="Measure how well ratings agree with people.")
    parser.add_argument("--photos", type=Path, required=True, help="folder of photos with an opinions.csv")
    arguments = parser.parse_args()
    cv2.setNumThreads(1)
    rater = Rater(Settings(face_engine="landmarks"))
    with ThreadPool(2) as pool:
        photos = judged(arguments.photos, rater, pool)
    large = [one for one in photos if one.large_face]
    sets = {"all": photos, "large face": large, "frontal": [one for one in large if frontal(one)]}
    sets |= {name: [one for one in large if one.subset == name] for name in sorted({one.subset for one in large})}

    def group(name: str) -> Callable[[Judged], float | None]:
        return lambda one: group_scores(one.rating.scores).get(name)

    def metric(key: str) -> Callable[[Judged], float | None]:
        return lambda one: one.rating.scores.get(key)

    values: dict[str, Callable[[Judged], float | None]] = {"overall": lambda one: one.rating.overall}
    values |= {GROUPS[name]: group(name) for name in GROUPS}
    values |= {"BRISQUE": lambda one: one.peer}
    values |= {key: metric(key) for key in METRICS}
    print("Rank correlation with the mean opinion; subsets are of photos with a large face")
    rows = [[name, *(agreement(some, value) for some in sets.values())] for name, value in values.items()]
    table(["", *(f"{name} ({len(some)})" for name, some in sets.items())], [row for row in rows if any(row[1:])])
    print("Overall score of photos with a large face")
    bands = {
        f"opinion {GOOD_MOS} or more": [one.rating.overall for one in large if one.mos >= GOOD_MOS],
        f"opinion under {BAD_MOS}": [one.rating.overall for one in large if one.mos < BAD_MOS],
    }
    table(
        ["", "photos", "10th", "median", "90th percentile", f"under {WEAK:.0f}"],
        [
            [
                name,
                len(some),
                *(f"{at:.0f}" for at in np.percentile(some, [10, 50, 90])),
                f"{np.mean(np.array(some) < WEAK):.0%}",
            ]
            for name, some in bands.items()
            if some
        ],
    )


if __name__ == "__main__":
    main()

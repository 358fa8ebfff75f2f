"""How ratings stand against labels that others made: faces, eyes, smiles, light, grain, one studio light for all.

Run ``python benchmarks/labels.py --labels DIR``. DIR holds any of the folders groups (boxes_xyxy.json), eyes (names
begin with open or closed), happiness (happiness.csv), lights (names hold A+060E-20: azimuth and elevation of the lamp),
studio (people.csv: file, person, expression, group) and noise (names end in real and mean).
"""

import argparse
import csv
import json
import re
import sys
from itertools import groupby
from multiprocessing.pool import ThreadPool
from pathlib import Path

import cv2
import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))  # runs from a clone, nothing is installed

from benchmarks.truth import auc, spearman, table
from sqrt.metrics import METRICS
from sqrt.rating import Rater, Rating
from sqrt.reading import Pixels
from sqrt.settings import Settings

SAME = 0.3
"""Intersection over union from which two boxes are of one head."""

Box = tuple[float, float, float, float]


def padded(pixels: Pixels, share: float) -> Pixels:
    """Give a tight crop some room, as its border goes on."""
    edge = round(share * max(pixels.shape[:2]))
    return cv2.copyMakeBorder(pixels, edge, edge, edge, edge, cv2.BORDER_REPLICATE)


def overlap(one: Box, other: Box) -> float:
    """Return the intersection over union of two boxes of left, top, right, bottom."""
    width = max(0.0, min(one[2], other[2]) - max(one[0], other[0]))
    height = max(0.0, min(one[3], other[3]) - max(one[1], other[1]))
    areas = [(right - left) * (bottom - top) for left, top, right, bottom in (one, other)]
    return width * height / (sum(areas) - width * height)


def show_groups(rater: Rater, pool: ThreadPool, folder: Path) -> None:
    """Print how many heads are found, how many boxes are of a head, and how often the largest is found."""
    labels: dict[str, list[Box]] = json.loads((folder / "boxes_xyxy.json").read_text())
    ratings = pool.map(rater.rate, [folder / name for name in labels], chunksize=4)
    hits = heads = boxes = largest = 0
    for rating, known in zip(ratings, labels.values(), strict=True):
        left = [(x, y, x + w, y + h) for x, y, w, h in (face.box for face in rating.faces)]
        boxes, heads = boxes + len(left), heads + len(known)
        biggest = max(known, key=lambda box: (box[2] - box[0]) * (box[3] - box[1]))
        for head in known:
            best = max(left, key=lambda box: overlap(box, head), default=None)
            if best is not None and overlap(best, head) >= SAME:
                left.remove(best)
                hits, largest = hits + 1, largest + (head is biggest)
    print(f"Groups: {len(labels)} pictures, {heads} heads")
    table(["", "share"], [["recall", hits / heads], ["precision", hits / boxes], ["largest", largest / len(labels)]])


def natives(rater: Rater, pool: ThreadPool, files: list[Path], key: str, pad: float = 0.0) -> list[float]:
    """Return a native value of each file; NaN where it could not be assessed."""
    return pool.map(lambda file: rater.rate(padded(rater.read(file).pixels, pad)).natives.get(key, np.nan), files)


def show_eyes(rater: Rater, pool: ThreadPool, folder: Path) -> None:
    shut, open_ = (
        np.array(natives(rater, pool, sorted(folder.glob(f"{name}*")), "eyes_open", pad))
        for name, pad in (("closed", 0.5), ("open", 0.0))
    )
    print(f"Eyes: {len(shut)} pairs shut, {len(open_)} open; {int(np.isnan([*shut, *open_]).sum())} not assessed")
    table(["", "AUC"], [["eyes_open", f"{auc(shut[~np.isnan(shut)], open_[~np.isnan(open_)]):.3f}"]])


def show_happiness(rater: Rater, pool: ThreadPool, folder: Path) -> None:
    rows = list(csv.DictReader((folder / "happiness.csv").open(newline="")))
    found = natives(rater, pool, [folder / row["file"] for row in rows], "expression", 0.3)
    pairs = [(value, float(row["happiness"])) for value, row in zip(found, rows, strict=True) if not np.isnan(value)]
    print(f"Smiles: {len(pairs)} of {len(rows)} faces, against the mean of 100 observers")
    table(["", "Spearman"], [["expression", spearman(*zip(*pairs, strict=True))]])


def show_lights(rater: Rater, pool: ThreadPool, folder: Path) -> None:
    """Print how the light on a face goes with the lamp's angle, and whether lamps above and below are told apart."""

    def stops(file: Path) -> float:
        twice = cv2.resize(rater.read(file).pixels, None, fx=2, fy=2, interpolation=cv2.INTER_CUBIC)
        return rater.rate(padded(twice, 1 / 3)).natives.get("face_lighting", np.nan)

    files = sorted(folder.glob("*.png"))
    lamps = [tuple(map(int, re.search(r"A([+-]\d+)E([+-]\d+)", file.name).groups())) for file in files]
    found = [one for one in zip(files, lamps, pool.map(stops, files), strict=True) if not np.isnan(one[2])]
    within = []
    for _, some in groupby(found, key=lambda one: one[0].name[:7]):
        cosines, values = zip(*((np.prod(np.cos(np.deg2rad(lamp))), value) for _, lamp, value in some), strict=True)
        within.append(-spearman(cosines, values))
    frontal = [value for _, (across, up), value in found if abs(across) <= 20 and abs(up) <= 20]
    upright = [value for _, (across, up), value in found if abs(across) <= 25 and abs(up) >= 35]
    print(f"Lights: {len(found)} of {len(files)} pictures assessed")
    rows = [["stops against angle, mean over people", float(np.mean(within))]]
    table(["", ""], [*rows, ["above or below against frontal, AUC", auc(frontal, upright)]])


def show_studio(rater: Rater, pool: ThreadPool, folder: Path) -> None:
    """Print the largest gap between groups of people under one light, and whether who smiles is rated higher."""
    people = list(csv.DictReader((folder / "people.csv").open(newline="")))
    ratings = dict(
        zip([row["file"] for row in people], pool.map(rater.rate, [folder / r["file"] for r in people]), strict=True)
    )
    groups = sorted({row["group"] for row in people if "/" not in row["group"]})

    def mean(group: str, key: str) -> float:
        some = [ratings[row["file"]] for row in people if row["group"] == group]
        return float(np.nanmean([one.overall if key == "overall" else one.scores.get(key, np.nan) for one in some]))

    rows = []
    for key in ["overall", *(key for key in METRICS if any(key in one.scores for one in ratings.values()))]:
        means = [mean(group, key) for group in groups]
        rows.append([key, *(f"{value:.1f}" for value in means), f"{max(means) - min(means):.1f}"])
    print(f"Studio: {len(people)} pictures under one light")
    table(["mean score", *groups, "gap"], rows)
    pairs: dict[str, dict[str, Rating]] = {}
    for row in people:
        pairs.setdefault(row["person"], {})[row["expression"]] = ratings[row["file"]]
    higher = [both["smiling"].overall > both["neutral"].overall for both in pairs.values() if len(both) == 2]
    table(["", "share"], [["the smiling picture is rated higher", float(np.mean(higher))]])


def show_noise(rater: Rater, pool: ThreadPool, folder: Path) -> None:
    real = sorted(folder.glob("*real.png"))
    mean = [file.with_name(file.name.replace("real", "mean")) for file in real]
    scores = [[one.scores["noise"] for one in pool.map(rater.rate, files)] for files in (real, mean)]
    print(f"Noise: {len(real)} pairs of one scene")
    table(["", "share"], [["the noisy one scores lower", float(np.mean(np.less(*scores)))]])


def main() -> None:
    parser = argparse.ArgumentParser(description="Measure ratings against labels that others made.")
    parser.add_argument("--labels", type=Path, required=True, help="folder of the labelled sets")
    arguments = parser.parse_args()
    cv2.setNumThreads(1)
    rater = Rater(Settings(face_engine="landmarks"))
    shows = (show_groups, show_eyes, show_happiness, show_lights, show_studio, show_noise)
    with ThreadPool(2) as pool:
        for show in shows:
            folder = arguments.labels / show.__name__.removeprefix("show_")
            if folder.is_dir():
                show(rater, pool, folder)


if __name__ == "__main__":
    main()

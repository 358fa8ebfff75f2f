"""How often portraits keep the rules for ID documents: those of a studio, calm and smiling, and OFIQ's.

Run ``python benchmarks/identity.py --studio DIR [--ofiq FILE] [--verbose]``. DIR holds people.csv (file, person,
expression, group) and its pictures. Limits were set on every other person; the others were kept
back, but those of smile and light were widened once after a look at them. FILE holds what
OFIQ measures of its conformance photos (its expected results): our limits are put to its values where both measure the
same.
"""

import argparse
import csv
import sys
from collections.abc import Callable, Iterator, Sequence
from multiprocessing.pool import ThreadPool
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))  # runs from a clone, nothing is installed

from benchmarks.truth import table
from sqrt.rating import Rater, Rule
from sqrt.rating.id_rules import passes
from sqrt.settings import Settings

GROUPS = {
    "expression": ("expression",),
    "pose": ("yaw", "pitch", "roll"),
    "eyes": ("eyes_open", "gaze"),
    "light": ("face_light", "backlight", "exposure"),
}

# OFIQ's column, and the value in our unit. Its angles count from level, as ours do, and its head's height is that from
# eyes to chin, of which it gives the distance from 0.45 of the picture's.
OFIQ = {
    "one_face": ("SingleFacePresent", lambda value: 1 if value == 0 else 2),
    "mouth_closed": ("MouthClosed", lambda value: 100 * value),
    "yaw": ("HeadPoseYaw", abs),
    "pitch": ("HeadPosePitch", abs),
    "roll": ("HeadPoseRoll", abs),
    "resolution": ("InterEyeDistance", float),
    "head_size": ("HeadSize", lambda value: 200 * (0.45 - value)),
}


def kept(rules: Sequence[Rule], keys: Sequence[str]) -> bool:
    """Say whether none of these rules is broken; one that could not be measured is not."""
    return all(rule.passed is not False for rule in rules if rule.key in keys)


def show_studio(rater: Rater, pool: ThreadPool, folder: Path, verbose: bool) -> None:
    """Print what share of the pictures keeps each rule, by half of the people and by expression."""
    rows = list(csv.DictReader((folder / "people.csv").open(newline="")))
    ratings = pool.map(rater.rate, [folder / row["file"] for row in rows], chunksize=1)
    people = sorted({row["person"] for row in rows})
    halves = {"tuned": people[::2], "kept back": people[1::2]}
    columns: dict[str, list[list[Rule]]] = {
        f"{expression}, {half}": [
            rating.rules
            for row, rating in zip(rows, ratings, strict=True)
            if row["expression"] == expression and row["person"] in members
        ]
        for expression in ("neutral", "smiling")
        for half, members in halves.items()
    }
    print("Studio: " + "; ".join(f"{name}: {len(some)} pictures" for name, some in columns.items()))
    tested = {rule.key: (rule.key,) for rule in ratings[0].rules}
    tested |= {f"all of {name}": keys for name, keys in GROUPS.items()}
    lines = []
    for name, keys in tested.items():
        shares = [100 * sum(kept(rules, keys) for rules in some) / len(some) for some in columns.values()]
        lines.append([name, *(f"{share:.0f}" for share in shares)])
    table(["% that keep the rule", *columns], lines)
    if verbose:
        for row, rating in zip(rows, ratings, strict=True):
            for rule in rating.rules:
                if not rule.passed:
                    print(f"{row['file']}: {rule.key}: {rule.measured}")


def show_ofiq(file: Path) -> None:
    """Print which of OFIQ's photos would break a rule, by OFIQ's own measure, and the quality that it gives them."""

    def broken(key: str, column: str, ours: Callable[[float], float]) -> Iterator[str]:
        for row in rows:
            if not passes(key, ours(float(row[column]))):
                yield f"{Path(row['Filename']).stem} ({row[f'{column}.scalar']})"

    rows = list(csv.DictReader(file.open(newline=""), delimiter=";"))
    print(f"OFIQ: {len(rows)} photos; those outside our limits, and OFIQ's quality of what was measured")
    for key, how in OFIQ.items():
        print(f"{key}: {', '.join(broken(key, *how)) or 'none'}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--studio", type=Path, help="folder with people.csv and its pictures")
    parser.add_argument("--ofiq", type=Path, help="OFIQ's results of its conformance photos, CSV")
    parser.add_argument("--verbose", action="store_true", help="name each picture that breaks a rule")
    arguments = parser.parse_args()
    if arguments.studio:
        rater = Rater(Settings(face_engine="landmarks", purpose="id"))
        with ThreadPool(rater.settings.engine_pool_size) as pool:
            show_studio(rater, pool, arguments.studio, arguments.verbose)
    if arguments.ofiq:
        show_ofiq(arguments.ofiq)


if __name__ == "__main__":
    main()

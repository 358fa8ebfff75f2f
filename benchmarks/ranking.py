"""How careful the order of almost equal shots is: bursts made from portraits, and people with and without a smile.

Run ``python benchmarks/ranking.py --photos DIR [--studio DIR] [--only PATTERN]``. DIR holds portraits; the studio's DIR
holds ``NAME-neutral.jpg`` and ``NAME-smiling.jpg`` of each person.
"""

import argparse
import sys
import time
import tracemalloc
from collections.abc import Sequence
from itertools import combinations
from multiprocessing.pool import ThreadPool
from pathlib import Path
from zlib import crc32

import cv2
import numpy as np
from numpy.typing import NDArray

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))  # runs from a clone, nothing is installed

from benchmarks.bursts import BURST_FLAWS, grainy, moved, shifted
from benchmarks.fine import fine_level
from benchmarks.flaws import FLAWS
from benchmarks.truth import Portrait, percent, table
from sqrt.choosing.ranking import rank, rank_scene
from sqrt.choosing.shots import Shot, shot_of
from sqrt.rating import Rater
from sqrt.settings import Settings

Pixels = NDArray[np.uint8]

SHARES = (0.25, 0.5, 1.0)
"""Of a flaw's mild strength."""
_BURSTS = 4
_PHOTOS = (".jpg", ".jpeg", ".png")


class Bursts:
    """Rated shots made from one portrait."""

    def __init__(self, rater: Rater, portrait: Portrait) -> None:
        self._rater, self._portrait = rater, portrait
        self._made: dict[tuple[str, float, int], Shot] = {}

    def clean(self, number: int) -> Shot:
        """Return one of several shots without a flaw."""
        return self._shot("clean", 0, number)

    def flawed(self, flaw: str, share: float, number: int = 0) -> Shot:
        """Return a shot with a flaw at a share of its mild strength."""
        return self._shot(flaw, share, number)

    def copies(self, kind: str) -> list[Shot]:
        """Return eight shots that nobody can tell apart."""
        pixels, shots = self._portrait.pixels, []
        for number in range(8):
            rng = self._rng(kind, number)
            both = number % 2 == 1
            picture = {
                "noise": lambda rng=rng: grainy(pixels, rng),
                "JPEG 95": lambda both=both, rng=rng: _encoded(shifted(pixels, rng, 0.002 * both)),
                "shift of 1 %": lambda rng=rng: shifted(pixels, rng),
                "moved, grain, JPEG": lambda rng=rng: _next(pixels, rng),
            }[kind]()
            shots.append(self._rated(picture))
        return shots

    def _shot(self, flaw: str, share: float, number: int) -> Shot:
        if (flaw, share, number) not in self._made:
            pixels, face = self._portrait.pixels, self._portrait.face
            if share:
                made = {**FLAWS, **BURST_FLAWS}[flaw].make(
                    pixels, face, level(self._portrait, flaw, share), self._rng(flaw, 0)
                )
            else:
                made = pixels
            self._made[flaw, share, number] = self._rated(_next(made, self._rng(flaw, share, number)))
        return self._made[flaw, share, number]

    def _rated(self, pixels: Pixels) -> Shot:
        return shot_of("", *self._rater.examine(pixels))

    def _rng(self, *what: object) -> np.random.Generator:
        return np.random.default_rng(crc32(" ".join(map(str, (self._portrait.name, *what))).encode()))


def level(portrait: Portrait, flaw: str, share: float) -> float:
    """Return the amount of a flaw at a share of its mild strength."""
    return fine_level(portrait, flaw, share) if flaw in FLAWS else share * BURST_FLAWS[flaw].levels[0]


def _next(pixels: Pixels, rng: np.random.Generator) -> Pixels:
    return _encoded(grainy(moved(pixels, rng, 0.005), rng))


def _encoded(pixels: Pixels, quality: int = 95) -> Pixels:
    return cv2.imdecode(cv2.imencode(".jpg", pixels, [cv2.IMWRITE_JPEG_QUALITY, quality])[1], cv2.IMREAD_COLOR)


# --- What is shown -------------------------------------------------------------------------------------------------


def show_pairs(pool: ThreadPool, all_bursts: Sequence[Bursts]) -> None:
    """Print how often the clean shot stands above the flawed one, how often surely so, and how often surely below."""

    def outcomes(bursts: Bursts, flaw: str, share: float) -> list[tuple[bool, bool, bool]]:
        found = []
        for number in range(_BURSTS):
            scene = rank_scene([bursts.clean(number), bursts.flawed(flaw, share)])
            right, sure = scene.order[0] == 0, not scene.ties
            found.append((right, right and sure, not right and sure))
        return found

    rows, in_bursts = [], {share: [] for share in SHARES}
    for flaw in (*BURST_FLAWS, *(one for one in FLAWS if one not in BURST_FLAWS)):
        row = []
        for share in SHARES:
            found = pool.starmap(outcomes, [(bursts, flaw, share) for bursts in all_bursts], chunksize=1)
            some = [one for of_portrait in found for one in of_portrait]
            row += [percent(column) for column in zip(*some, strict=True)]
            if flaw in BURST_FLAWS:
                in_bursts[share] += some
        rows.append([flaw, *row])
        if flaw == [*BURST_FLAWS][-1]:
            means = [percent(column) for some in in_bursts.values() for column in zip(*some, strict=True)]
            rows += [["what goes wrong in bursts", *means], ["", *[""] * len(means)]]
    head = [f"{word} at {share:g}" for share in SHARES for word in ("right", "sure", "wrong")]
    print("Pairs, percent: the clean shot first, surely so, and surely the other; by share of the mild strength")
    table(["flaw", *head], rows)


def show_bursts(pool: ThreadPool, all_bursts: Sequence[Bursts]) -> None:
    """Print how often the clean shot of eight comes first, and which flaw does otherwise, equal to it or surely."""

    def first(bursts: Bursts, number: int) -> tuple[str, bool]:
        flawed = {flaw: bursts.flawed(flaw, 0.5, number) for flaw in BURST_FLAWS}
        ranking = rank([bursts.clean(number), *flawed.values()])
        found = ranking.order[0]
        return ["clean", *flawed][found], found == 0 or (0, found) in ranking.ties

    firsts = pool.starmap(first, [(one, number) for one in all_bursts for number in range(_BURSTS)], chunksize=1)
    print(f"Bursts of eight, one clean and seven with a flaw at half of mild, {len(firsts)} bursts: first, percent")
    rows = [
        [name, percent(one == name for one, _ in firsts), percent(one == name and equal for one, equal in firsts)]
        for name in ("clean", *BURST_FLAWS)
    ]
    table(
        ["first", "percent", "clean, or called equal to it"],
        [*rows, ["all", 100, percent(equal for _, equal in firsts)]],
    )


def show_equals(pool: ThreadPool, all_bursts: Sequence[Bursts]) -> None:
    """Print how many pairs of copies are called equal, and how many bursts throughout."""

    def called_equal(bursts: Bursts, kind: str) -> list[bool]:
        ties = rank_scene(bursts.copies(kind)).ties
        return [pair in ties for pair in combinations(range(8), 2)]

    rows = []
    for kind in ("noise", "JPEG 95", "shift of 1 %", "moved, grain, JPEG"):
        found = pool.starmap(called_equal, [(bursts, kind) for bursts in all_bursts], chunksize=1)
        rows.append([kind, percent(one for pairs in found for one in pairs), percent(all(pairs) for pairs in found)])
    print("Eight copies that differ by what nobody sees, percent called equal")
    table(["by", "pairs", "all eight"], rows)


def show_smiles(rater: Rater, pool: ThreadPool, folder: Path) -> None:
    """Print how often the smiling picture of a person stands above the neutral one."""

    def smiling_first(neutral: Path) -> tuple[bool, bool]:
        files = [neutral, neutral.with_name(neutral.name.replace("-neutral", "-smiling"))]
        pair = [shot_of("", *rater.examine(file)) for file in files]
        return rank_scene(pair).order[0] == 1, rank_scene(pair, prefer_smiles=False).order[0] == 1

    found = pool.map(smiling_first, sorted(folder.glob("*-neutral.jpg")), chunksize=1)
    asked, not_asked = zip(*found, strict=True)
    print(f"The smiling one of {len(found)} first, percent: {percent(asked)}; {percent(not_asked)} if not asked for")
    print()


def show_cost(rater: Rater, portrait: Portrait) -> None:
    """Print what it costs to make a shot and to rank 200 of one scene."""
    photo, rating = rater.examine(portrait.pixels)
    started = time.perf_counter()
    rater.examine(portrait.pixels)
    rated_s = time.perf_counter() - started
    started = time.perf_counter()
    shot = shot_of("", photo, rating)
    made_s = time.perf_counter() - started
    tracemalloc.start()
    started = time.perf_counter()
    rank([shot] * 200)
    ranked_s = time.perf_counter() - started
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    size = len(shot.preview) + len(shot.close_up or b"")
    print(
        f"A shot takes {made_s / rated_s:.2f} of the time of its rating and {size / 1e3:.0f} kB; "
        f"200 are ranked in {ranked_s / rated_s:.1f} of it and {peak / 1e6:.0f} MB"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--photos", type=Path, required=True, help="portraits, one face each")
    parser.add_argument("--studio", type=Path, help="neutral and smiling pictures")
    parser.add_argument("--only", default="*", metavar="PATTERN", help="of the names of the portraits")
    options = parser.parse_args()
    cv2.setNumThreads(1)
    rater = Rater(Settings(face_engine="landmarks", engine_pool_size=2))
    files = sorted(
        file for file in options.photos.glob(options.only) if file.suffix in _PHOTOS and file.stem != "group"
    )
    with ThreadPool(2) as pool:
        pictures = pool.map(lambda file: np.ascontiguousarray(rater.read(file).pixels), files)
        ratings = pool.map(rater.rate, pictures, chunksize=1)
        portraits = [
            Portrait(file.name, pixels, rating)
            for file, pixels, rating in zip(files, pictures, ratings, strict=True)
            if rating.faces and rating.faces[0].landmarks is not None
        ]
        print(f"{len(portraits)} portraits\n")
        bursts = [Bursts(rater, portrait) for portrait in portraits]
        show_pairs(pool, bursts)
        show_bursts(pool, bursts)
        show_equals(pool, bursts)
        if options.studio:
            show_smiles(rater, pool, options.studio)
    show_cost(rater, portraits[0])


if __name__ == "__main__":
    main()

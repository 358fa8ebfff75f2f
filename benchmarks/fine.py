"""What truth.py measures with ``--fine``: slight flaws, beauty filters of other makes, and a second person."""

from multiprocessing.pool import ThreadPool
from zlib import crc32

import cv2
import numpy as np

from benchmarks.flaws import FILTER_STRENGTHS, FILTERS, FLAWS
from benchmarks.truth import FALL, RISE, Portrait, percent, table
from sqrt.rating import Rater

# What a flaw's level is where there is none of it; 0 unless told.
_NEUTRAL = {"haze": 1.0, "oversaturation": 1.0, "jpeg": 100.0}


def fine_level(portrait: Portrait, flaw: str, share: float) -> float:
    """Return the level of a flaw at a `share` of its mild strength."""
    mild, (x, _, w, h), (height, width) = FLAWS[flaw].levels[0], portrait.face.box, portrait.pixels.shape[:2]
    if flaw == "backlight":
        return share * mild
    neutral = {
        "low_resolution": max(float(np.hypot(*np.subtract(*portrait.face.eyes))), 62.0),
        "off_centre": max(min(x, width - x - w) / w, mild),
        "too_far": h / height,
        "too_close": h / height,
    }.get(flaw, _NEUTRAL.get(flaw, 0.0))
    return neutral + share * (mild - neutral)


def show_fine(rater: Rater, pool: ThreadPool, portraits: list[Portrait]) -> None:
    """Print how often a clean portrait ranks above itself with a flaw at a half and a quarter of its mild strength."""

    def ranks_above(portrait: Portrait, flaw: str, share: float) -> bool:
        rng = np.random.default_rng(crc32(f"{portrait.name} {flaw}".encode()))
        level = fine_level(portrait, flaw, share)
        picture = FLAWS[flaw].make(portrait.pixels, portrait.face, level, rng)
        return rater.rate(picture).overall < portrait.rating.overall

    rows, hits = [], {share: [] for share in (0.5, 0.25)}
    for flaw in FLAWS:
        row = []
        for share, all_hits in hits.items():
            some = pool.starmap(ranks_above, [(portrait, flaw, share) for portrait in portraits], chunksize=1)
            all_hits += some
            row.append(percent(some))
        rows.append([flaw, *row])
    print("Clean above slightly flawed, percent of portraits")
    table(["flaw", "half", "quarter"], [*rows, ["all", *map(percent, hits.values())]])


def show_filters(rater: Rater, pool: ThreadPool, portraits: list[Portrait]) -> None:
    """Print how `naturalness` takes beauty filters of other makes than the flaw's."""

    def scores(portrait: Portrait, name: str) -> list[float]:
        pictures = [FILTERS[name](portrait.pixels, portrait.face, strength) for strength in FILTER_STRENGTHS]
        ratings = [portrait.rating, *map(rater.rate, pictures)]
        return [rating.scores.get("naturalness", np.nan) for rating in ratings]

    rows = []
    for name in FILTERS:
        found = np.array(pool.starmap(scores, [(portrait, name) for portrait in portraits], chunksize=1))
        monotone = (np.diff(found) <= RISE).all(1) & (found[:, -1] < found[:, 0] - FALL)
        rows.append([name, percent(monotone), *(f"{mean:.0f}" for mean in np.nanmean(found, axis=0))])
    print("Beauty filters of other makes: naturalness falls monotonically, percent; mean score by strength")
    table(["filter", "monotone", "clean", *(f"{strength:g}" for strength in FILTER_STRENGTHS)], rows)


def show_company(rater: Rater, pool: ThreadPool, portraits: list[Portrait]) -> None:
    """Print what it costs that a second person beside the first is out of focus, or passes by far behind."""

    def costs(portrait: Portrait) -> tuple[float, float]:
        pixels = portrait.pixels
        other, ied = np.ascontiguousarray(pixels[:, ::-1]), float(np.hypot(*np.subtract(*portrait.face.eyes)))
        soft = cv2.GaussianBlur(other, None, 0.06 * ied)
        both = rater.rate(np.hstack([pixels, other])).overall
        passing = pixels.copy()
        small = cv2.resize(soft, None, fx=0.25, fy=0.25, interpolation=cv2.INTER_AREA)
        passing[: small.shape[0], : small.shape[1]] = small
        return both - rater.rate(np.hstack([pixels, soft])).overall, portrait.rating.overall - rater.rate(
            passing
        ).overall

    second, behind = zip(*pool.map(costs, portraits, chunksize=1), strict=True)
    print("Company: points that it costs")
    rows = [
        [name, *(f"{at:.1f}" for at in np.percentile(some, [10, 50, 90])), percent(cost >= 3 for cost in some)]
        for name, some in {"second face out of focus": second, "blurred passer-by in a corner": behind}.items()
    ]
    table(["", "10th percentile", "median", "90th", "3 or more, %"], rows)

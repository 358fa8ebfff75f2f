"""How true the ratings are: flaws put into real portraits, invariances, smiles, skin tone, faces.

Run ``python benchmarks/truth.py --photos DIR [--smiles DIR] [--golden FILE] [--fine]``. DIR holds portraits, and
may hold a ``group.jpg``; the smiles' DIR holds the folders 0 (none) and 1 (smile); the golden file is what MediaPipe's
own Face Landmarker says of the portraits.
"""

import argparse
import json
import sys
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from multiprocessing.pool import ThreadPool
from pathlib import Path
from zlib import crc32

import cv2
import numpy as np
import skimage.data
from numpy.typing import NDArray

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))  # runs from a clone, nothing is installed

from benchmarks.flaws import FLAWS, SEVERITIES, darker_skin
from sqrt.faces import Face
from sqrt.rating import Rater, Rating, overall_of
from sqrt.settings import Settings

Pixels = NDArray[np.uint8]
Floats = NDArray[np.float64]

RISE = 0.5
"""Points by which a score may rise while its flaw grows: rounding, not recovery."""
FALL = 1.0
"""Points that the strong version of a flaw must cost its metric."""


@dataclass(frozen=True)
class Portrait:
    name: str
    pixels: Pixels
    rating: Rating

    @property
    def face(self) -> Face:
        return self.rating.faces[0]


@dataclass(frozen=True)
class Outcome:
    """A portrait, clean and with a flaw at the three severities."""

    portrait: str
    flaw: str
    ratings: tuple[Rating, ...]

    @property
    def scores(self) -> Floats:
        """Of the flaw's own metric; NaN where it could not be assessed."""
        key = FLAWS[self.flaw].targets[0]
        return np.array([rating.scores.get(key, np.nan) for rating in self.ratings])

    @property
    def monotone(self) -> bool:
        return bool(np.all(np.diff(self.scores) <= RISE) and self.scores[-1] < self.scores[0] - FALL)

    @property
    def dropped(self) -> bool:
        return self.ratings[-1].overall < self.ratings[0].overall

    @property
    def advised(self) -> bool:
        advice = self.ratings[-1].advice
        return bool(advice) and advice[0].metric in FLAWS[self.flaw].targets


# --- Statistics ----------------------------------------------------------------------------------------------------


def ranks(values: Sequence[float]) -> Floats:
    """Return ranks from 1; equal values share their mean rank."""
    _, inverse, counts = np.unique(np.asarray(values), return_inverse=True, return_counts=True)
    return (np.cumsum(counts) - (counts - 1) / 2)[inverse]


def spearman(a: Sequence[float], b: Sequence[float]) -> float:
    """Return the rank correlation; 0 where one of both is the same throughout."""
    if len(set(a)) == 1 or len(set(b)) == 1:
        return 0.0
    return float(np.corrcoef(ranks(a), ranks(b))[0, 1])


def auc(negative: Sequence[float], positive: Sequence[float]) -> float:
    """Return the chance that a positive has the higher value, ties counting half (Mann and Whitney)."""
    above = ranks([*negative, *positive])[len(negative) :].sum() - len(positive) * (len(positive) + 1) / 2
    return float(above / (len(negative) * len(positive)))


def table(head: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """Print aligned columns, the first to the left."""
    cells = [[f"{cell:.2f}" if isinstance(cell, float) else str(cell) for cell in row] for row in (head, *rows)]
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    for row in cells:
        first, *others = (cell.rjust(width) for cell, width in zip(row, widths, strict=True))
        print("  ".join([first.strip().ljust(widths[0]), *others]))
    print()


def percent(hits: Iterable[bool]) -> str:
    return f"{100 * np.mean(list(hits)):.0f}"


# --- Flaws ---------------------------------------------------------------------------------------------------------


def inject_and_rate(rater: Rater, portrait: Portrait, flaw: str) -> Outcome:
    ratings = [portrait.rating]
    for severity in SEVERITIES:
        rng = np.random.default_rng(crc32(f"{portrait.name} {flaw}".encode()))  # one grain, one clutter, that grows
        ratings.append(rater.rate(FLAWS[flaw].inject(portrait.pixels, portrait.face, severity, rng)))
    return Outcome(portrait.name, flaw, tuple(ratings))


def show_flaws(rater: Rater, pool: ThreadPool, portraits: list[Portrait], verbose: bool) -> None:
    jobs = [(rater, portrait, flaw) for flaw in FLAWS for portrait in portraits]
    outcomes = pool.starmap(inject_and_rate, jobs, chunksize=1)

    def row(name: str, key: str, some: list[Outcome]) -> list[str]:
        means = np.nanmean([outcome.scores for outcome in some], axis=0)
        right = (percent(getattr(outcome, what) for outcome in some) for what in ("monotone", "dropped", "advised"))
        return [name, key, *right, *(f"{mean:.0f}" for mean in means)]

    rows = [
        row(flaw, FLAWS[flaw].targets[0], [outcome for outcome in outcomes if outcome.flaw == flaw]) for flaw in FLAWS
    ]
    print(f"Flaws in {len(portraits)} portraits: percent right; mean score of the flaw's own metric by severity")
    head = ["flaw", "metric", "monotone", "overall drops", "first advice", "clean", "1", "2", "3"]
    table(head, [*rows, row("all", "", outcomes)])
    if verbose:
        show_failures(outcomes)


def show_failures(outcomes: list[Outcome]) -> None:
    for outcome in outcomes:
        wrong = [what for what in ("monotone", "dropped", "advised") if not getattr(outcome, what)]
        if wrong:
            scores = " ".join(f"{score:5.1f}" for score in outcome.scores)
            overall = " ".join(f"{rating.overall:5.1f}" for rating in outcome.ratings)
            strong = outcome.ratings[-1]
            advice = ", ".join(f"{item.metric} +{item.gain:.1f}" for item in strong.advice[:3])
            absent = "; no face" if not strong.faces else ""
            print(f"{outcome.flaw} in {outcome.portrait}: not {', '.join(wrong)}")
            print(f"  score {scores}  overall {overall}  advice: {advice}{absent}")
    print()


# --- Invariances ---------------------------------------------------------------------------------------------------


def enlarged(pixels: Pixels, long_side: int) -> Pixels:
    scale = long_side / max(pixels.shape[:2])
    return cv2.resize(pixels, None, fx=scale, fy=scale, interpolation=cv2.INTER_CUBIC)


def encoded(pixels: Pixels, extension: str) -> bytes:
    options = [cv2.IMWRITE_JPEG_QUALITY, 95] if extension == ".jpg" else []
    return cv2.imencode(extension, pixels[..., ::-1], options)[1].tobytes()


def variants(rater: Rater, portrait: Portrait) -> dict[str, tuple[Rating, Rating]]:
    """Return pairs of ratings that should be equal."""
    pixels = portrait.pixels
    half = cv2.resize(pixels, None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA)
    return {
        "mirror": (portrait.rating, rater.rate(np.ascontiguousarray(pixels[:, ::-1]))),
        "half size": (portrait.rating, rater.rate(half)),
        "1600 against 4000 px": (rater.rate(enlarged(pixels, 1600)), rater.rate(enlarged(pixels, 4000))),
        "PNG against JPEG 95": (rater.rate(encoded(pixels, ".png")), rater.rate(encoded(pixels, ".jpg"))),
    }


def show_invariances(rater: Rater, pool: ThreadPool, portraits: list[Portrait], verbose: bool) -> None:
    pairs = pool.starmap(variants, [(rater, portrait) for portrait in portraits], chunksize=1)
    changes = {name: [abs(_change(*pair[name])) for pair in pairs] for name in pairs[0]}
    changes["all"] = [change for some in list(changes.values()) for change in some]
    print("Change of the overall score, without resolution, in points")
    rows = [[name, *map(float, np.percentile(some, [50, 95, 100]))] for name, some in changes.items()]
    table(["same photo", "median", "95th percentile", "largest"], rows)
    if verbose:
        for portrait, pair in zip(portraits, pairs, strict=True):
            for name, (one, other) in pair.items():
                if abs(_change(one, other)) > 1:
                    print(f"{name}, {portrait.name}: overall {_change(one, other):+.1f}; {_moves(one, other)}")
        print()


def _change(one: Rating, other: Rating) -> float:
    return overall_of(_without_resolution(other)) - overall_of(_without_resolution(one))


def _without_resolution(rating: Rating) -> dict[str, float]:
    return {key: score for key, score in rating.scores.items() if key != "resolution"}


def _moves(one: Rating, other: Rating) -> str:
    """Name what moved most, and what only one of the two could assess."""
    a, b = _without_resolution(one), _without_resolution(other)
    moved = sorted(a.keys() & b.keys(), key=lambda key: -abs(b[key] - a[key]))[:4]
    return ", ".join([f"{key} {a[key]:.0f} to {b[key]:.0f}" for key in moved] + sorted(a.keys() ^ b.keys()))


# --- Smiles, skin tone ---------------------------------------------------------------------------------------------


def show_smiles(rater: Rater, pool: ThreadPool, folder: Path) -> None:
    ratings = [pool.map(rater.rate, sorted((folder / label).glob("*.jpg")), chunksize=1) for label in ("0", "1")]
    print(f"Smiles: {len(ratings[0])} faces without, {len(ratings[1])} with")
    rows = []
    for what in ("scores", "natives"):
        values = [[getattr(rating, what).get("expression", np.nan) for rating in some] for some in ratings]
        middle = np.nanmedian(np.concatenate(values))  # what was not found tells for neither side
        area = auc(*(np.nan_to_num(some, nan=middle) for some in values))
        found_only = auc(*(np.array(some)[~np.isnan(some)] for some in values))
        missing = sum(int(np.isnan(some).sum()) for some in values)
        rows.append([f"expression, {what}", f"{area:.3f}", f"{found_only:.3f}", missing])
    table(["", "AUC", "of those found", "not found"], rows)


def skin_tone(portrait: Portrait) -> float:
    """Return the individual typology angle of the cheeks in degrees: higher is lighter (Chardon et al. 1991)."""
    (left_x, left_y), (right_x, right_y) = portrait.face.eyes
    half = max(1, round(0.12 * np.hypot(right_x - left_x, right_y - left_y)))
    lab = cv2.cvtColor(portrait.pixels.astype(np.float32) / 255, cv2.COLOR_RGB2Lab)
    cheeks = np.round(portrait.face.landmarks[[50, 280], :2]).astype(int)
    patches = [lab[max(y - half, 0) : y + half, max(x - half, 0) : x + half].reshape(-1, 3) for x, y in cheeks]
    lightness, _, b = np.median(np.concatenate(patches), axis=0)
    return float(np.rad2deg(np.arctan2(lightness - 50, b)))


def show_skin_tone(portraits: list[Portrait]) -> None:
    tones = [skin_tone(portrait) for portrait in portraits]
    print(f"Skin tone: rank correlation with the cheeks' ITA ({min(tones):.0f} to {max(tones):.0f} degrees)")
    rows = []
    for key in ("face_lighting", "lighting", "overall"):
        pairs = [
            (tone, portrait.rating.overall if key == "overall" else portrait.rating.scores[key])
            for tone, portrait in zip(tones, portraits, strict=True)
            if key == "overall" or key in portrait.rating.scores
        ]
        rows.append([key, spearman(*zip(*pairs, strict=True)), len(pairs)])
    table(["score", "Spearman", "portraits"], rows)


def show_darker_skin(rater: Rater, pool: ThreadPool, portraits: list[Portrait]) -> None:
    """Change nothing but the light that the skin reflects: what moves depends on skin tone."""
    print("Change when only the face's skin reflects less light, in points")
    rows = []
    for share in (0.5, 0.25):
        pictures = [darker_skin(portrait.pixels, portrait.face, share) for portrait in portraits]
        darkened = pool.map(rater.rate, pictures, chunksize=1)
        for key in ("face_lighting", "lighting", "color_harmony", "naturalness", "overall"):
            changes = [
                dark.overall - one.rating.overall if key == "overall" else dark.scores[key] - one.rating.scores[key]
                for one, dark in zip(portraits, darkened, strict=True)
                if key == "overall" or key in dark.scores.keys() & one.rating.scores.keys()
            ]
            rows.append([f"{key}, skin at {share:g}", *(f"{f(changes):.1f}" for f in (np.median, min, max))])
    table(["score", "median", "lowest", "highest"], rows)


# --- Faces ---------------------------------------------------------------------------------------------------------


def show_faces(raters: Sequence[Rater], pictures: Mapping[str, Pixels], folder: Path) -> None:
    others = {
        "chelsea": skimage.data.chelsea(),
        "coffee": skimage.data.coffee(),
        "noise": np.random.default_rng(0).integers(0, 256, (480, 640, 3), np.uint8),
    }
    if (folder / "group.jpg").exists():
        others = {"group": raters[0].read(folder / "group.jpg").pixels, **others}
    print("Faces found")
    rows = []
    for rater in raters:
        found = sum(bool(rater.rate(pixels).faces) for pixels in pictures.values())
        counts = [len(rater.rate(pixels).faces) for pixels in others.values()]
        rows.append([rater.engine, f"{found} of {len(pictures)}", *counts])
    table(["engine", "portraits", *others], rows)


def show_golden(rater: Rater, pictures: Mapping[str, Pixels], file: Path, verbose: bool) -> None:
    """Compare with MediaPipe's own result, wherever it found one face; its roll counts counter-clockwise."""
    pictures = {**pictures, "skimage.data.astronaut": skimage.data.astronaut()}
    errors = []
    for name, golden in json.loads(file.read_text())["images"].items():
        faces = rater.rate(pictures[name]).faces if name in pictures and len(golden["faces"]) == 1 else []
        if faces:
            errors.append(golden_errors(faces[0], golden["faces"][0]))
            if verbose:
                print(f"{name}: " + ", ".join(f"{what} {np.max(error):.3f}" for what, error in errors[-1].items()))
    print(f"Against MediaPipe's own results, {len(errors)} pictures")
    rows = []
    for what in errors[0]:
        values = np.concatenate([error[what] for error in errors])
        rows.append([what, f"{np.median(values):.3f}", f"{values.max():.3f}"])
    table(["error", "median", "worst"], rows)


def golden_errors(face: Face, golden: dict) -> dict[str, Floats]:
    points = np.array([int(index) for index in golden["landmarks"]])
    away = np.hypot(*(face.landmarks[points, :2] - np.array(list(golden["landmarks"].values()))).T)
    yaw, pitch, roll = np.abs(np.array(face.pose) * (1, 1, -1) - golden["yaw_pitch_roll_deg"])
    return {
        "landmarks, % of the eye distance": np.array([100 * np.median(away) / np.hypot(*np.subtract(*face.eyes))]),
        "blendshapes": np.array([abs(face.blendshapes[name] - value) for name, value in golden["blendshapes"].items()]),
        "yaw, degrees": np.array([yaw]),
        "pitch, degrees": np.array([pitch]),
        "roll, degrees": np.array([roll]),
    }


# --- All of it -----------------------------------------------------------------------------------------------------


def portrait_files(folder: Path) -> list[Path]:
    """Return ``portrait-*.jpg``, or where there are none, every picture but a group."""
    kinds = {".jpg", ".jpeg", ".png", ".webp", ".heic"}
    files = sorted(path for path in folder.iterdir() if path.suffix.lower() in kinds and path.stem[:5] != "group")
    return [path for path in files if path.stem.startswith("portrait-")] or files


def main() -> None:
    parser = argparse.ArgumentParser(description="Measure how true the ratings are.")
    parser.add_argument("--photos", type=Path, required=True, help="folder of portraits")
    parser.add_argument("--smiles", type=Path, help="folder with the folders 0 (no smile) and 1 (smile)")
    parser.add_argument("--golden", type=Path, help="MediaPipe's own results for the portraits, JSON")
    parser.add_argument("--fine", action="store_true", help="also flaws at half and quarter strength, filters, company")
    parser.add_argument("--verbose", action="store_true", help="list every failure")
    arguments = parser.parse_args()
    start = time.perf_counter()
    cv2.setNumThreads(1)  # two photos at a time use two cores better than two threads in each
    rater, cascades = (Rater(Settings(face_engine=engine)) for engine in ("landmarks", "cascade"))
    pictures = {path.name: rater.read(path).pixels for path in portrait_files(arguments.photos)}
    if not pictures:
        parser.error(f"no portraits in {arguments.photos}")
    with ThreadPool(2) as pool:
        ratings = pool.map(rater.rate, pictures.values(), chunksize=1)
        portraits = [
            Portrait(Path(name).stem, pictures[name], rating)
            for name, rating in zip(pictures, ratings, strict=True)
            if rating.faces
        ]
        show_flaws(rater, pool, portraits, arguments.verbose)
        if arguments.fine:
            from benchmarks.fine import show_company, show_filters, show_fine  # which needs this module

            show_fine(rater, pool, portraits)
            show_filters(rater, pool, portraits)
            show_company(rater, pool, portraits)
        show_invariances(rater, pool, portraits, arguments.verbose)
        if arguments.smiles:
            show_smiles(rater, pool, arguments.smiles)
        show_darker_skin(rater, pool, portraits)
    show_skin_tone(portraits)
    show_faces((rater, cascades), pictures, arguments.photos)
    if arguments.golden:
        show_golden(rater, pictures, arguments.golden, arguments.verbose)
    print(f"{time.perf_counter() - start:.0f} s")


if __name__ == "__main__":
    main()

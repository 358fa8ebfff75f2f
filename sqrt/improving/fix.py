"""A photo made better: which steps help, how much of each, and what they bring, by rating the result."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from sqrt.errors import NotMeasurable
from sqrt.faces.crop import reduced
from sqrt.improving.edits import Edits, Repair
from sqrt.improving.framing import suggest_crop
from sqrt.improving.levelling import level_turn
from sqrt.improving.tones import brighter, encoded, gains_against
from sqrt.metrics.analysis import FRAME_SIDE, SCREEN_SIDE, VIEW_SIDE, Analysis, linear, luma
from sqrt.metrics.color_harmony import find_cast
from sqrt.rating import WELL, Rater, Rating, assess, overall_of
from sqrt.reading import Photo

MIN_GAIN = 1.0
"""Points of the overall score, below which a step is not worth it."""
MAX_LOSS = 3.0
"""Points that no metric may lose by a step, unless it stays as good as advice could make it (`WELL`)."""

# What was there before and could not be seen: clutter and a cast in the dark; grain and softness in the small.
_REVEALED = {
    Repair.LEVEL: ("sharpness", "noise", "compression"),
    Repair.CROP: ("sharpness", "noise", "compression"),
    Repair.EXPOSURE: ("background", "color_harmony", "lighting_time"),
}

_STOPS = (0.25, 0.5, 0.75, 1.0, 1.5, 2.0, 2.5, 3.0)
_SHARES_OF_GRAIN = (2.0, 3.5)
_SHARES = (0.25, 0.5, 0.75, 1.0)
_DARKEST, _LIGHTEST = 0.1, 99.5  # percentiles of the frame
_NEARLY = 0.3
_ENOUGH = 2
"""More of a step that brought nothing more so often is not tried."""

# What a step can improve: where these are good already, it is not tried.
_AIMS = {
    Repair.LEVEL: ("head_pose", "composition"),
    Repair.CROP: ("face_size", "face_position", "composition"),
    Repair.DENOISE: ("noise",),
    Repair.WHITE_BALANCE: ("color_harmony", "lighting_time"),
    Repair.BACKLIGHT: ("backlight",),
    Repair.EXPOSURE: ("lighting", "backlight", "contrast"),
    Repair.CONTRAST: ("contrast", "lighting"),
}


class Step(NamedTuple):
    """A step that was taken, and the points of the overall score that it brought."""

    name: Repair
    gain: float


@dataclass(frozen=True, eq=False)
class Fix:
    """What makes a photo better.

    Attributes
    ----------
    edits : Edits
    steps : list of Step
        In the order in which they were found.
    photo : Photo
        The result as a screen shows it.
    rating : Rating
        Of it.
    outline : numpy.ndarray or None
        Of the people in the photo itself, as its rating has it.
    original_wh : tuple of int
        Size of the photo itself, as its rating has it.
    """

    edits: Edits
    steps: list[Step]
    photo: Photo
    rating: Rating
    outline: NDArray[np.uint8] | None
    original_wh: tuple[int, int]

    @property
    def gain(self) -> float:
        """Points of the overall score."""
        return sum(step.gain for step in self.steps)


def suggest_fix(photo: Photo, rating: Rating, rater: Rater, repairs: Iterable[Repair] = Repair) -> Fix | None:
    """Return what makes a photo better, or None where nothing does, or nothing may: in a photo for a document.

    Each of `repairs` is tried on the picture as a screen shows it, with what helped before. Its strength is that
    which the metrics say is best for the faces that are known; then the result is rated in full. A step stays if that
    brings `MIN_GAIN` points and no metric loses more than `MAX_LOSS`.
    """
    if rating.purpose.document:
        return None
    bench = _Bench(photo, rating, rater)
    wanted = set(repairs)
    for repair in Repair:
        if repair in wanted and bench.promises(repair):
            bench.try_out(repair)
    return bench.fix if bench.fix.steps else None


class _Bench:
    """A photo at work."""

    def __init__(self, photo: Photo, rating: Rating, rater: Rater) -> None:
        self._photo, self._rater = photo, rater
        small = replace(photo, pixels=reduced(photo.pixels, VIEW_SIDE))
        self._frame = Edits(), small.pixels, rating.outline
        self.fix = Fix(Edits(), [], small, rating, rating.outline, photo.size_wh)

    def promises(self, repair: Repair) -> bool:
        """Say whether a step could bring enough, were all that it aims at perfect."""
        now = self.fix.rating
        perfect = now.scores | {key: 100.0 for key in _AIMS[repair] if key in now.scores}
        return overall_of(perfect, bool(now.faces), now.purpose.metrics) - now.overall >= MIN_GAIN

    def try_out(self, repair: Repair) -> None:
        """Find how much of a step is best, and take it if the result is rated better."""
        if repair is Repair.LEVEL:
            ways: list[Edits | None] = [self._level()]
        elif repair is Repair.CROP:
            ways = [self._crop()]
        else:
            ways = [*self._best(repair)]
        for edits in ways:
            if edits is not None and self._takes(repair, edits):
                return

    def _takes(self, repair: Repair, edits: Edits) -> bool:
        photo, now = self._edited(edits), self.fix.rating
        rating = self._rater.rate_photo(photo)
        gain = rating.overall - now.overall
        if gain < MIN_GAIN or len(rating.faces) < len(now.faces) or not _is_spared(repair, now.scores, rating.scores):
            return False
        steps = [*self.fix.steps, Step(repair, gain)]
        self.fix = replace(self.fix, edits=edits, steps=steps, photo=photo, rating=rating)
        return True

    def _edited(self, edits: Edits) -> Photo:
        frame = Edits(level=edits.level, crop=edits.crop)
        if frame != self._frame[0]:
            # From all pixels: what is kept may be a small part of the screen.
            pixels = reduced(frame.framed(self._photo.pixels), VIEW_SIDE)
            self._frame = frame, pixels, frame.framed_outline(self._photo.pixels, self.fix.outline)
        pixels = edits.toned(*self._frame[1:])
        width, height = edits.size_of(*self._photo.size_wh)
        # No lens gave a part, or a turned picture.
        focal_35mm = self._photo.focal_35mm if (width, height) == self._photo.size_wh else None
        return replace(self._photo, pixels=pixels, size_wh=(width, height), focal_35mm=focal_35mm)

    def _level(self) -> Edits | None:
        turn = level_turn(self.fix.rating, self._analysis(self.fix.photo))
        return turn and replace(self.fix.edits, level=turn)

    def _crop(self) -> Edits | None:
        edits = self.fix.edits
        pixels = edits.applied(self._photo.pixels, self.fix.outline)
        photo = replace(self._photo, pixels=pixels, size_wh=edits.size_of(*self._photo.size_wh))
        better = suggest_crop(photo, self.fix.rating, self._rater)
        if better is None:
            return None
        (x, y, w, h), (width, height) = better.box_xywh, photo.size_wh
        return replace(edits, crop=(x / width, y / height, (x + w) / width, (y + h) / height))

    def _best(self, repair: Repair) -> list[Edits]:
        """Return the edits with as much of a step as the metrics say is best of the faces that are known, and next to
        that those with half as much: a small picture, which is quick to look at, does not show all that it costs.
        """
        before = self._predicted(self.fix.edits, repair)
        tried: list[tuple[float, Edits]] = []
        for strengths in self._ways(repair):
            most, in_vain = self._overall(before) + MIN_GAIN / 2, 0
            for edits in strengths:
                scores = self._predicted(edits, repair)
                overall = self._overall(scores)
                if overall > most and _is_spared(repair, before, scores):
                    tried.append((overall, edits))
                    most, in_vain = overall, 0
                else:
                    in_vain += 1
                if in_vain == _ENOUGH:
                    break
        # Of what is nearly as good, the least.
        enough = max((overall for overall, _ in tried), default=0.0) - _NEARLY
        best = next((place for place, (overall, _) in enumerate(tried) if overall >= enough), None)
        return [] if best is None else [tried[place][1] for place in dict.fromkeys((best, best // 2))]

    def _overall(self, scores: Mapping[str, float]) -> float:
        return overall_of(scores, bool(self.fix.rating.faces), self.fix.rating.purpose.metrics)

    def _ways(self, repair: Repair) -> Iterator[Iterator[Edits]]:
        """Yield the ways in which a step may go, each from little to much of it."""
        edits, photo = self.fix.edits, self.fix.photo
        match repair:
            case Repair.DENOISE:
                sigma = self.fix.rating.natives["noise"]
                yield (replace(edits, denoise=share * sigma) for share in _SHARES_OF_GRAIN)
            case Repair.WHITE_BALANCE:
                cast = _cast(self._analysis(photo))
                yield (replace(edits, white_balance=gains_against(cast, share)) for share in _SHARES)
            case Repair.BACKLIGHT if self.fix.outline is not None:
                yield (replace(edits, backlight=stops) for stops in _STOPS)
            case Repair.EXPOSURE:
                dark = _percentile(photo, _DARKEST)
                yield (replace(edits, exposure=-stops / 2) for stops in _STOPS[:4])
                # Black stays black: light in the shadows alone would be a veil.
                yield (replace(edits, exposure=stops, contrast=(_risen(dark, stops), 1)) for stops in _STOPS)
            case Repair.CONTRAST:
                # Of what is left between the ends so far.
                black, white = edits.contrast
                dark, light = (black + (white - black) * _percentile(photo, at) for at in (_DARKEST, _LIGHTEST))
                ends = ((black + share * (dark - black), white - share * (white - light)) for share in _SHARES)
                yield (replace(edits, contrast=one) for one in ends)

    def _analysis(self, photo: Photo) -> Analysis:
        """Return what the metrics look at, with the faces and the outline of the newest rating."""
        rating = self.fix.rating
        return Analysis(photo, [face.scaled(photo.scale) for face in rating.faces], rating.outline)

    def _predicted(self, edits: Edits, repair: Repair) -> Mapping[str, float]:
        """Return the scores of edits that leave every face in its place."""
        if repair is Repair.DENOISE:
            photo = self._edited(edits)
        else:  # light and colours show in a small picture as well
            _, pixels, outline = self._frame
            pixels = replace(edits, denoise=0.0).toned(reduced(pixels, SCREEN_SIDE), outline)
            photo = replace(self.fix.photo, pixels=pixels)
        metrics = self.fix.rating.purpose.metrics
        measured, _ = assess(self._analysis(photo), metrics)
        return {key: metrics[key].quality(found.value) for key, found in measured.items()}


def _is_spared(repair: Repair, before: Mapping[str, float], after: Mapping[str, float]) -> bool:
    counted = (key for key in before if key in after and key not in _REVEALED.get(repair, ()))
    return all(after[key] >= min(before[key] - MAX_LOSS, WELL) for key in counted)


def _percentile(photo: Photo, percent: float) -> float:
    """Return an encoded level of the picture's luma, 0 to 1."""
    return float(np.percentile(luma(reduced(photo.pixels, FRAME_SIDE)), percent)) / 255


def _risen(dark: float, stops: float) -> float:
    """Return by how much a dark encoded level rises with so much more light."""
    return float(encoded(brighter(linear(np.array([[[round(255 * dark)] * 3]], np.uint8)), stops)).max()) - dark


def _cast(analysis: Analysis) -> tuple[float, float]:
    """Return a* and b* (CIELAB) of the light, as what is nearly gray, the whites of the eyes and the skin tell it."""
    try:
        frame, eyes, skin = find_cast(analysis)
    except NotMeasurable:
        return 0.0, 0.0
    return frame[0] + skin[0] / 2, frame[1] + (eyes[1] + skin[1]) / 2

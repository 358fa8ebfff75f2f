"""What a metric's score means: its native value on its scale, and a small picture of what was looked at."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import reduce

import numpy as np
from numpy.typing import NDArray

from sqrt.errors import NotMeasurable
from sqrt.faces.crop import crop, upright_matrix
from sqrt.metrics import METRICS, Metric
from sqrt.metrics.analysis import Analysis
from sqrt.metrics.illustration import Illustration, beside, fitted
from sqrt.rating import GOOD, Rating
from sqrt.reading import Photo, part
from sqrt.showing.overlay import Layer, draw
from sqrt.words import ENGLISH, N_, Text, number, said

__all__ = ["SHARED", "Scale", "good_range", "picture", "scale"]

_STEPS = 160


@dataclass(frozen=True, eq=False)
class Scale:
    """The native values of a metric that are worth showing, in its unit, and what they score.

    Attributes
    ----------
    low, high : float
        The ends. What lies beyond scores much as the end does.
    good : tuple of (from, to)
        The parts that score `sqrt.rating.rating.GOOD` or more; one that touches an end goes on beyond it.
    natives, scores : N floats each
        The curve, from `low` to `high`.
    """

    low: float
    high: float
    good: tuple[tuple[float, float], ...]
    natives: NDArray[np.float64]
    scores: NDArray[np.float64]

    def place(self, native: float) -> float:
        """Return where a native value stands, 0 (`low`) to 1 (`high`); what lies beyond stands at the end."""
        return float(np.clip((native - self.low) / (self.high - self.low), 0, 1))


def scale(metric: Metric) -> Scale:
    """Return the scale of a metric: the natives over which its score changes; from 0 where less is better."""
    low, high = metric.quality.span
    if metric.quality(low) >= GOOD:
        low = min(low, 0.0)
    natives = np.linspace(low, high, _STEPS + 1)
    scores = np.array([metric.quality(native) for native in natives])
    good = scores >= GOOD
    ends = [_border(metric, *natives[i : i + 2].tolist()) for i in np.flatnonzero(good[1:] != good[:-1])]
    if good[0]:
        ends.insert(0, low)
    if good[-1]:
        ends.append(high)
    return Scale(low, high, tuple(zip(ends[::2], ends[1::2], strict=True)), natives, scores)


def good_range(metric: Metric, language: str = ENGLISH) -> str:
    """Say which natives are good, such as "from 16 to 68%" or "at most 18°"; some must be."""
    shown = scale(metric)

    def words(start: float, end: float) -> Text:
        least, most = metric.text(start, language), metric.text(end, language)
        if start == shown.low:
            return Text("at most {most}", most=most)
        if end == shown.high:
            return Text("at least {least}", least=least)
        return Text("from {least} to {most}", least=number(start, metric.decimals, language), most=most)

    ranges = [words(*ends) for ends in shown.good]
    return said(reduce(lambda one, other: Text("{one} or {other}", one=one, other=other), ranges), language)


def _border(metric: Metric, one: float, other: float) -> float:
    """Return the last good native between a good and another one, by bisection."""
    inside, outside = (one, other) if metric.quality(one) >= GOOD else (other, one)
    while (middle := (inside + outside) / 2) not in (inside, outside):
        if metric.quality(middle) >= GOOD:
            inside = middle
        else:
            outside = middle
    return inside


# --- Pictures ------------------------------------------------------------------------------------------------------


def picture(key: str, photo: Photo, rating: Rating) -> Illustration | None:
    """Return what the metric `key` looked at, or None where a picture says no more than the number.

    `rating` must be that of `photo`.
    """
    paint = METRICS[key].picture
    if not paint or key not in rating.scores:
        return None
    analysis = Analysis(photo, [face.scaled(photo.scale) for face in rating.faces], rating.outline)
    try:
        return SHARED[paint](analysis, rating) if isinstance(paint, str) else paint(analysis)
    except NotMeasurable:
        return None


def _eyes(analysis: Analysis, rating: Rating) -> Illustration:
    (left_x, left_y), (right_x, right_y) = analysis.eyes
    angle_deg = float(np.rad2deg(np.arctan2(right_y - left_y, right_x - left_x)))
    middle = float(left_x + right_x) / 2, float(left_y + right_y) / 2
    matrix = upright_matrix(middle, angle_deg, 270 / analysis.inter_eye_distance, (256, 90))
    return Illustration(crop(analysis.photo.pixels, matrix, (512, 180)), N_("Both eyes, enlarged and level."))


def _sharpness(analysis: Analysis, rating: Rating) -> Illustration:
    photo, faces = analysis.photo, rating.faces
    if faces:
        x, y, w, h = faces[0].box
        width, height = photo.size_wh
        left, top = (min(max(0, round(side)), limit - 1) for side, limit in ((x - w / 4, width), (y - h / 4, height)))
        right, bottom = min(width, round(x + 1.25 * w)), min(height, round(y + 1.15 * h))
        photo = part(photo, (left, top, max(1, right - left), max(1, bottom - top)))
        rating = replace(rating, size_wh=photo.size_wh, faces=[faces[0].moved(-left, -top)])
    both = [fitted(draw(photo, rating, layers)) for layers in ([], [Layer.SHARPNESS])]
    return Illustration(beside(*both), _SHARP_FACE if faces else _SHARP_PICTURE)


def _frame(layers: list[Layer], alt: str) -> Callable[[Analysis, Rating], Illustration]:
    return lambda analysis, rating: Illustration(draw(analysis.photo, rating, layers, max_side=480), alt)


_SHARP_FACE = N_("The face, and beside it where fine detail is sharp: yellow is sharp, violet is blurred or smooth.")
_SHARP_PICTURE = N_(
    "The picture, and beside it where fine detail is sharp: yellow is sharp, violet is blurred or smooth."
)
_FACE_ALT = N_("The picture with the face marked: from the hairline to the chin.")
SHARED: dict[str, Callable[[Analysis, Rating], Illustration]] = {
    "eyes": _eyes,
    "face": _frame([Layer.FACE], _FACE_ALT),
    "sharpness": _sharpness,
    "thirds": _frame(
        [Layer.THIRDS, Layer.EYE_LINE],
        N_(
            "The picture with its thirds, the line through the eyes, and in dashes the upper third, where eyes look "
            "well."
        ),
    ),
}
"""Illustrations that metrics share or that draw layers on the photo, by the names that metrics give."""

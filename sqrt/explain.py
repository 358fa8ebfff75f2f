"""What a metric's score means: its native value on its scale, and a small picture of what was looked at."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image

from sqrt.analysis import FACE_IED, Analysis, Floats, Mask, Pixels, linear_luminance, luma
from sqrt.errors import NotMeasurable
from sqrt.faces.crop import crop, reduced, to_picture, upright_matrix
from sqrt.metrics import Metric
from sqrt.metrics.background import clear_edges
from sqrt.metrics.color_harmony import natural_skin
from sqrt.overlay import Layer, draw
from sqrt.photo import Photo, part
from sqrt.rating import GOOD, Rating

__all__ = ["Illustration", "Scale", "good_range", "picture", "scale"]

_STEPS = 160

# Seen alike on a light and on a dark page.
_GROUND, _BARS, _GAP = (30, 33, 41), (214, 218, 226), (128, 128, 128)
_SHADOWS, _HIGHLIGHTS, _EDGES = (90, 150, 255), (255, 120, 110), (255, 209, 102)
_TONES = "How often each tone comes, from black at the left to white at the right, in the pixels"
_SIDE = 320
"""Pixels: the height of most pictures; none is wider than twice that."""


@dataclass(frozen=True, eq=False)
class Scale:
    """The native values of a metric that are worth showing, in its unit, and what they score.

    Attributes
    ----------
    low, high : float
        The ends. What lies beyond scores much as the end does.
    good : tuple of (from, to)
        The parts that score `sqrt.rating.GOOD` or more; one that touches an end goes on beyond it.
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
        low = 0.0
    natives = np.linspace(low, high, _STEPS + 1)
    scores = np.array([metric.quality(native) for native in natives])
    good = scores >= GOOD
    ends = [_border(metric, *natives[i : i + 2].tolist()) for i in np.flatnonzero(good[1:] != good[:-1])]
    if good[0]:
        ends.insert(0, low)
    if good[-1]:
        ends.append(high)
    return Scale(low, high, tuple(zip(ends[::2], ends[1::2], strict=True)), natives, scores)


def good_range(metric: Metric) -> str:
    """Say which natives are good, such as "from 16 to 68%" or "at most 18°"."""
    shown = scale(metric)

    def words(start: float, end: float) -> str:
        if start == shown.low:
            return f"at most {metric.text(end)}"
        if end == shown.high:
            return f"at least {metric.text(start)}"
        return f"from {start:.{metric.decimals}f} to {metric.text(end)}"

    return " or ".join(words(*part) for part in shown.good)


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


class Illustration(NamedTuple):
    """A small picture of what a metric looked at: HxWx3 uint8 RGB, at most 640 px wide, and the same in words."""

    pixels: Pixels
    alt: str


def picture(key: str, photo: Photo, rating: Rating) -> Illustration | None:
    """Return what the metric `key` looked at, or None where a picture says no more than the number.

    `rating` must be that of `photo`.
    """
    paint = _PICTURES.get(key)
    if paint is None or key not in rating.scores:
        return None
    analysis = Analysis(photo, [face.scaled(photo.scale) for face in rating.faces])
    try:
        return paint(analysis, rating)
    except NotMeasurable:
        return None


def _exposure(analysis: Analysis, rating: Rating) -> Illustration:
    shown = _histogram(luma(analysis.frame))
    return Illustration(shown, f"{_TONES} of the picture. Lost in black is what is blue, lost in white what is red.")


def _tones(analysis: Analysis, rating: Rating) -> Illustration:
    gray, what = (analysis.aligned_luma, "face and hair") if analysis.faces else (luma(analysis.frame), "the picture")
    return Illustration(_histogram(gray), f"{_TONES} of {what}.")


def _histogram(gray: Floats) -> Pixels:
    """64 bars of four levels each; the ends, where tones are lost, in colours of their own and marked below."""
    counts = np.bincount(gray.astype(np.uint8).ravel() // 4, minlength=64).astype(float)
    # A high peak, as of a white wall, must not flatten the rest.
    tallest = max(float(np.sort(counts)[-3]), 0.25 * float(counts.max()))
    bar, height, foot = 8, 200, 14
    pixels = np.full((height + foot, 64 * bar, 3), _GROUND, np.uint8)
    for place, count in enumerate(counts):
        colour = {0: _SHADOWS, 63: _HIGHLIGHTS}.get(place, _BARS)
        high = round((height - 8) * min(1.0, count / tallest))
        pixels[height - high : height, place * bar : place * bar + bar - 1] = colour
    pixels[height + 2 :] = np.linspace(0, 255, 64 * bar).astype(np.uint8)[:, None]
    return pixels


def _palette(analysis: Analysis, rating: Rating) -> Illustration:
    small = Image.fromarray(reduced(analysis.frame, 64))
    few = small.quantize(6, Image.Quantize.MEDIANCUT, kmeans=4, dither=Image.Dither.NONE)
    shares = np.bincount(np.asarray(few).ravel(), minlength=6) / (few.width * few.height)
    colours = np.array(few.getpalette(), np.uint8).reshape(-1, 3)
    order = np.argsort(-shares[: len(colours)])
    ends = np.rint(np.cumsum(shares[order]) * 512).astype(int)
    pixels = np.empty((168, 512, 3), np.uint8)
    pixels[:104] = colours[order][np.minimum(np.searchsorted(ends, np.arange(512), "right"), len(order) - 1)]
    pixels[104:112] = _GAP
    light, a, b = np.median(analysis.aligned_lab(analysis.cheeks), axis=0)
    pixels[112:, :256] = _rgb(light, a, b)
    pixels[112:, 256:] = _rgb(light, *natural_skin(float(a), float(b)))
    alt = "Above, the main colours of the picture by their share. Below, the skin: left as it is in the picture, right "
    return Illustration(pixels, alt + "without the colour cast. Where both look alike, there is none.")


def _rgb(*colour: float) -> Pixels:
    rgb = cv2.cvtColor(np.array([[colour]], np.float32), cv2.COLOR_Lab2RGB)[0, 0]
    return np.rint(np.clip(rgb, 0, 1) * 255).astype(np.uint8)


def _eyes(analysis: Analysis, rating: Rating) -> Illustration:
    (left_x, left_y), (right_x, right_y) = analysis.eyes
    angle_deg = float(np.rad2deg(np.arctan2(right_y - left_y, right_x - left_x)))
    middle = float(left_x + right_x) / 2, float(left_y + right_y) / 2
    matrix = upright_matrix(middle, angle_deg, 270 / analysis.inter_eye_distance, (256, 90))
    return Illustration(crop(analysis.photo.pixels, matrix, (512, 180)), "Both eyes, enlarged and level.")


def _sharpness(analysis: Analysis, rating: Rating) -> Illustration:
    photo, faces = analysis.photo, rating.faces
    if faces:
        x, y, w, h = faces[0].box
        width, height = photo.size_wh
        left, top = (min(max(0, round(side)), limit - 1) for side, limit in ((x - w / 4, width), (y - h / 4, height)))
        right, bottom = min(width, round(x + 1.25 * w)), min(height, round(y + 1.15 * h))
        photo = part(photo, (left, top, max(1, right - left), max(1, bottom - top)))
        rating = replace(rating, size_wh=photo.size_wh, faces=[faces[0].moved(-left, -top)])
    both = [_fitted(draw(photo, rating, layers)) for layers in ([], [Layer.SHARPNESS])]
    what = "The face" if faces else "The picture"
    alt = f"{what}, and beside it where fine detail is sharp: yellow is sharp, violet is blurred or smooth."
    return Illustration(_beside(*both), alt)


def _light(analysis: Analysis, rating: Rating) -> Illustration:
    """The light on the skin in steps of half a stop, relative to the median of the cheeks."""
    luminance = cv2.GaussianBlur(linear_luminance(analysis.aligned), (0, 0), FACE_IED / 16) + 0.001
    stops = np.log2(luminance / np.median(luminance[analysis.cheeks]))
    level = np.clip(np.round(2 * stops) / 2 / 4 + 0.5, 0, 1)
    colours = cv2.applyColorMap(np.rint(255 * level).astype(np.uint8), cv2.COLORMAP_CIVIDIS)[..., ::-1]
    face = analysis.aligned
    ground = cv2.cvtColor(cv2.cvtColor(face, cv2.COLOR_RGB2GRAY), cv2.COLOR_GRAY2RGB) // 3
    shown = np.where(analysis.oval[..., None], colours, ground).astype(np.uint8)
    both = (cv2.resize(side, (_SIDE - 4, _SIDE - 4), interpolation=cv2.INTER_CUBIC) for side in (face, shown))
    alt = "The face, upright, and beside it the light on it: yellow is light, blue is dark, each step is half a stop."
    return Illustration(_beside(*both), alt)


def _background(analysis: Analysis, rating: Rating) -> Illustration:
    outside, edges = clear_edges(analysis)
    pixels = _fitted(analysis.view, 512)
    size_wh = pixels.shape[1], pixels.shape[0]

    def enlarged(mask: Mask) -> Mask:
        return cv2.resize(mask.astype(np.uint8), size_wh, interpolation=cv2.INTER_NEAREST) > 0

    shown = np.where(enlarged(outside)[..., None], pixels, pixels // 4)
    shown[enlarged(outside & edges)] = _EDGES
    alt = "The picture with the person dimmed; what counts as clutter in the rest, clear edges, is yellow."
    return Illustration(shown, alt)


def _skin(analysis: Analysis, rating: Rating) -> Illustration:
    """A square of cheek, half the eye distance wide, where most skin is around it."""
    matrix = analysis.face_matrix
    around = cv2.distanceTransform(np.pad(analysis.cheeks, 1).astype(np.uint8), cv2.DIST_L2, 5)[1:-1, 1:-1]
    row, column = np.unravel_index(int(around.argmax()), around.shape)
    (centre,) = to_picture(np.array([[column + 0.5, row + 0.5]], np.float32), matrix)
    angle_deg = float(np.rad2deg(np.arctan2(-matrix[1, 0], matrix[0, 0])))
    zoom = _SIDE / (analysis.inter_eye_distance / 2)
    patch = upright_matrix((float(centre[0]), float(centre[1])), angle_deg, zoom, (_SIDE / 2, _SIDE / 2))
    return Illustration(crop(analysis.photo.pixels, patch, (_SIDE, _SIDE)), "The skin of a cheek, enlarged.")


def _grain(analysis: Analysis, rating: Rating) -> Illustration:
    """The evenest part of the picture as a screen shows it, and with its differences from the mean times four."""
    gray, side, step = analysis.view_luma, 64, 8
    if min(gray.shape) < side:
        raise NotMeasurable("The picture is too small.")
    # Only squares that lie wholly inside.
    inner = np.s_[side // 2 : gray.shape[0] - side // 2 + 1 : step, side // 2 : gray.shape[1] - side // 2 + 1 : step]
    mean, square = (cv2.blur(values, (side, side))[inner] for values in (gray, gray * gray))
    clipped = (mean <= 12) | (mean >= 243)
    uneven = square - mean * mean + 1e6 * clipped
    top, left = (step * int(place) for place in np.unravel_index(int(uneven.argmin()), uneven.shape))
    patch = analysis.view[top : top + side, left : left + side]
    stronger = np.clip(128 + 4 * (patch - patch.mean((0, 1))), 0, 255).astype(np.uint8)
    alt = "The evenest part of the picture, enlarged, and beside it with four times the contrast."
    both = (cv2.resize(one, (_SIDE - 4, _SIDE - 4), interpolation=cv2.INTER_NEAREST) for one in (patch, stronger))
    return Illustration(_beside(*both), alt)


def _frame(layers: list[Layer], alt: str) -> Callable[[Analysis, Rating], Illustration]:
    return lambda analysis, rating: Illustration(draw(analysis.photo, rating, layers, max_side=480), alt)


def _fitted(pixels: Pixels, side: int = _SIDE - 4) -> Pixels:
    """Bring the long side to `side` pixels."""
    small = reduced(pixels, side)
    factor = side / max(small.shape)
    return cv2.resize(small, None, fx=factor, fy=factor, interpolation=cv2.INTER_CUBIC) if factor > 1 else small


def _beside(left: Pixels, right: Pixels) -> Pixels:
    return np.hstack([left, np.full((left.shape[0], 8, 3), _GAP, np.uint8), right])


_FACE_ALT = "The picture with the face marked: from the hairline to the chin."
_PICTURES: dict[str, Callable[[Analysis, Rating], Illustration]] = {
    "lighting": _exposure,
    "contrast": _tones,
    "color_harmony": _palette,
    "eyes_open": _eyes,
    "eye_contact": _eyes,
    "sharpness": _sharpness,
    "face_lighting": _light,
    "background": _background,
    "naturalness": _skin,
    "noise": _grain,
    "face_position": _frame([Layer.FACE], _FACE_ALT),
    "face_size": _frame([Layer.FACE], _FACE_ALT),
    "composition": _frame(
        [Layer.THIRDS, Layer.EYE_LINE],
        "The picture with its thirds, the line through the eyes, and in dashes the upper third, where eyes look well.",
    ),
}

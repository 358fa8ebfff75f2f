"""One flaw at a time, put into a good portrait at three severities, each worse than the one before.

Sizes are shares of the inter-eye distance (IED), the face or the frame, so that pictures of every size get the same
flaw. Light is changed in linear light, as a camera would.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import cv2
import numpy as np
from numpy.typing import NDArray

from sqrt.faces import Face

__all__ = ["FILTERS", "FILTER_STRENGTHS", "FLAWS", "SEVERITIES", "Flaw"]

Pixels = NDArray[np.uint8]
Floats = NDArray[np.float32]
Injection = Callable[[Pixels, Face, float, np.random.Generator], Pixels]

SEVERITIES = (1, 2, 3)


@dataclass(frozen=True)
class Flaw:
    """A flaw and how it should be noticed.

    Parameters
    ----------
    targets : tuple of metric keys
        The flaw's own metric first; then metrics that name the same flaw in other words.
    levels : three floats
        The amount at each severity, in the unit that the injection's docstring tells.
    """

    make: Injection
    targets: tuple[str, ...]
    levels: tuple[float, float, float]

    def inject(self, pixels: Pixels, face: Face, severity: int, rng: np.random.Generator) -> Pixels:
        """Return a new RGB picture with the flaw; `face` is the main face of the clean one, with landmarks."""
        return self.make(pixels, face, self.levels[severity - 1], rng)


FLAWS: dict[str, Flaw] = {}


def _flaw(*targets: str, levels: tuple[float, float, float]) -> Callable[[Injection], Injection]:
    def register(make: Injection) -> Injection:
        FLAWS[make.__name__] = Flaw(make, targets, levels)
        return make

    return register


# --- Focus, grain, light -------------------------------------------------------------------------------------------


@_flaw("sharpness", levels=(0.03, 0.06, 0.12))
def defocus(pixels: Pixels, face: Face, sigma: float, rng: np.random.Generator) -> Pixels:
    """Gaussian blur; `sigma` in IED."""
    return cv2.GaussianBlur(pixels, None, sigma * _ied(face))


@_flaw("sharpness", levels=(0.15, 0.3, 0.6))
def motion_blur(pixels: Pixels, face: Face, length: float, rng: np.random.Generator) -> Pixels:
    """Blur along a line slanted by 30 degrees; `length` in IED."""
    half = length * _ied(face) / 2
    along = np.linspace(-half, half, 4 * int(np.ceil(half)) + 1)
    points = np.stack([along * np.cos(np.pi / 6), along * np.sin(np.pi / 6)], -1)
    reach = int(np.ceil(half)) + 1
    # Each point of the line shares its weight among the four cells around it.
    cells = np.arange(-reach, reach + 1)
    near_x, near_y = (np.clip(1 - np.abs(points[:, i, None] - cells), 0, 1) for i in (0, 1))
    return cv2.filter2D(pixels, -1, near_y.T @ near_x / len(points), borderType=cv2.BORDER_REFLECT)


@_flaw("noise", levels=(8, 16, 32))
def noise(pixels: Pixels, face: Face, sigma: float, rng: np.random.Generator) -> Pixels:
    """Gaussian noise; `sigma` of 255, in a frame of 1024 pixels: its grain is coarser in a larger one."""
    height, width = pixels.shape[:2]
    shrink = min(1, 1024 / max(height, width))
    grain = rng.standard_normal((round(height * shrink), round(width * shrink), 3), np.float32)
    grain = cv2.resize(grain, (width, height), interpolation=cv2.INTER_CUBIC)
    return _to_8_bit(pixels + grain * (sigma / grain.std()))


@_flaw("lighting", "face_lighting", levels=(-1.5, -2.5, -3.5))
def underexposure(pixels: Pixels, face: Face, stops: float, rng: np.random.Generator) -> Pixels:
    """Too little light; `stops` in EV."""
    return _encoded(_linear(pixels) * 2**stops)


@_flaw("lighting", "face_lighting", "contrast", levels=(1, 2, 3))
def overexposure(pixels: Pixels, face: Face, stops: float, rng: np.random.Generator) -> Pixels:
    """Too much light, clipped at white; `stops` in EV."""
    return _encoded(_linear(pixels) * 2**stops)


@_flaw("face_lighting", levels=(1, 2, 3))
def side_light(pixels: Pixels, face: Face, stops: float, rng: np.random.Generator) -> Pixels:
    """Light falls off across the head, on the side that is already the darker one; `stops` between the cheeks."""
    linear = _linear(pixels)
    cheeks = np.array([face.landmarks[50, :2], face.landmarks[280, :2]])
    left, right = (_patch(linear, cheek, 0.3 * _ied(face)).mean() for cheek in cheeks)
    away = (cheeks[1] - cheeks[0]) * (1 if right < left else -1)
    x, y = _grid(pixels)
    middle = cheeks.mean(0)
    # -0.5 at the lighter cheek, 0.5 at the darker one.
    across = ((x - middle[0]) * away[0] + (y - middle[1]) * away[1]) / (away @ away)
    falloff = np.tanh(3 * across) / (2 * np.tanh(1.5)) + 0.5
    box_x, box_y, w, h = face.box
    # 1 on the face, fading out around the head: the light behind the person stays as it is.
    head = np.exp(-(np.hypot((x - box_x - w / 2) / w, (y - box_y - h / 2) / (1.1 * h)) ** 6))
    return _encoded(linear * 2 ** (-stops * np.clip(falloff, 0, None) * head)[..., None])


@_flaw("backlight", levels=(1, 2, 3))
def backlight(pixels: Pixels, face: Face, stops: float, rng: np.random.Generator) -> Pixels:
    """A bright sky behind the person, who is `stops` darker; below one stop the sky fades in."""
    linear = _linear(pixels)
    person = cv2.GaussianBlur(_person(pixels, face), None, 0.01 * max(pixels.shape[:2]))[..., None]
    haze = 0.8 * min(1, stops)
    sky = (1 - haze) * linear + haze * np.array([0.85, 0.92, 1], np.float32)
    return _encoded(person * linear * 2**-stops + (1 - person) * sky)


@_flaw("contrast", "lighting", levels=(0.7, 0.5, 0.3))
def haze(pixels: Pixels, face: Face, transmission: float, rng: np.random.Generator) -> Pixels:
    """Light grey veil, as by a smeared lens; `transmission` is the share of the picture that is left."""
    return _to_8_bit(pixels * np.float32(transmission) + np.float32(220 * (1 - transmission)))


# --- Colour and processing -----------------------------------------------------------------------------------------


@_flaw("color_harmony", "lighting_time", levels=(0.3, 0.6, 1.0))
def colour_cast_warm(pixels: Pixels, face: Face, stops: float, rng: np.random.Generator) -> Pixels:
    """White balance too warm; red gains and blue loses `stops`."""
    return _cast(pixels, stops)


@_flaw("color_harmony", "lighting_time", levels=(0.3, 0.6, 1.0))
def colour_cast_cool(pixels: Pixels, face: Face, stops: float, rng: np.random.Generator) -> Pixels:
    """White balance too cool; red loses and blue gains `stops`."""
    return _cast(pixels, -stops)


@_flaw("naturalness", "color_harmony", levels=(1.4, 1.9, 2.6))
def oversaturation(pixels: Pixels, face: Face, factor: float, rng: np.random.Generator) -> Pixels:
    """Colours pumped up; `factor` on the chroma in CIELAB."""
    lab = cv2.cvtColor(pixels.astype(np.float32) / 255, cv2.COLOR_RGB2Lab)
    lab[..., 1:] *= factor
    return _to_8_bit(cv2.cvtColor(lab, cv2.COLOR_Lab2RGB) * 255)


@_flaw("naturalness", "sharpness", levels=(0.5, 0.8, 1.0))
def skin_smoothing(pixels: Pixels, face: Face, strength: float, rng: np.random.Generator) -> Pixels:
    """Beauty filter: a guided filter (He, Sun and Tang 2010) on the skin; `strength` is its share, 1 is plastic."""
    size = 2 * int(np.ceil(0.1 * _ied(face))) + 1
    clean = pixels.astype(np.float32) / 255
    mean = cv2.blur(clean, (size, size))
    variance = cv2.blur(clean**2, (size, size)) - mean**2
    keep = variance / (variance + (0.12 * strength) ** 2)
    smooth = cv2.blur(keep, (size, size)) * clean + cv2.blur(mean * (1 - keep), (size, size))
    skin = cv2.GaussianBlur(_skin(pixels, face), None, 0.03 * _ied(face))[..., None]
    return _to_8_bit(255 * (clean + strength * skin * (smooth - clean)))


@_flaw("compression", levels=(30, 15, 7))
def jpeg(pixels: Pixels, face: Face, quality: float, rng: np.random.Generator) -> Pixels:
    """Strong JPEG compression at the picture's own size; libjpeg's `quality`."""
    _, data = cv2.imencode(".jpg", pixels[..., ::-1], [cv2.IMWRITE_JPEG_QUALITY, int(quality)])
    return np.ascontiguousarray(cv2.imdecode(data, cv2.IMREAD_COLOR)[..., ::-1])


@_flaw("resolution", "sharpness", levels=(45, 30, 18))
def low_resolution(pixels: Pixels, face: Face, ied: float, rng: np.random.Generator) -> Pixels:
    """A small picture; pixels between the eyes. A face that is small already loses as much as one of 62 pixels."""
    scale = ied / max(_ied(face), 62)
    return cv2.resize(pixels, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)


# --- Beauty filters of other makes ---------------------------------------------------------------------------------

Filter = Callable[[Pixels, Face, float], Pixels]

FILTER_STRENGTHS = (0.25, 0.5, 0.75, 1.0)
"""The share of the filter in the picture; 1 is what an app does at its strongest."""


def _smooth_guided(clean: Floats, ied: float) -> Floats:
    """Guided filter of the green channel's edges: twice as wide as in `skin_smoothing`, and less strong."""
    size = 2 * int(np.ceil(0.2 * ied)) + 1
    guide = clean[..., 1]
    mean = cv2.blur(guide, (size, size))
    variance = cv2.blur(guide**2, (size, size)) - mean**2
    base = cv2.blur(clean, (size, size))
    shared = cv2.blur(guide[..., None] * clean, (size, size)) - mean[..., None] * base
    slope = shared / (variance + 0.08**2)[..., None]
    shift = cv2.blur(base - slope * mean[..., None], (size, size))
    return cv2.blur(slope, (size, size)) * guide[..., None] + shift


def _smooth_bilateral(clean: Floats, ied: float) -> Floats:
    """Bilateral filter (Tomasi and Manduchi 1998), at most 120 pixels between the eyes: it would take minutes."""
    scale = min(1.0, 120 / ied)
    small = cv2.resize(clean, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA) if scale < 1 else clean
    smooth = cv2.bilateralFilter(small, 0, 0.15, 0.05 * ied * scale)
    if scale == 1:
        return smooth
    return cv2.resize(smooth, clean.shape[1::-1], interpolation=cv2.INTER_CUBIC)


def _smooth_median(clean: Floats, ied: float) -> Floats:
    """Median over a tenth of the eye distance."""
    size = 2 * max(1, round(0.05 * ied)) + 1
    return cv2.medianBlur(_to_8_bit(255 * clean), size).astype(np.float32) / 255


def _smooth_gaussian(clean: Floats, ied: float) -> Floats:
    """Plain blur."""
    return cv2.GaussianBlur(clean, None, 0.05 * ied)


def _smooth_between(clean: Floats, ied: float) -> Floats:
    """Frequency separation: low tones smoothed, a good half of the finest detail laid over them again."""
    fine = clean - cv2.GaussianBlur(clean, None, 0.02 * ied)
    return cv2.GaussianBlur(clean, None, 0.08 * ied) + np.float32(0.6) * fine


def _filtered(
    smooth: Callable[[Floats, float], Floats], lift: float, pixels: Pixels, face: Face, strength: float
) -> Pixels:
    clean = pixels.astype(np.float32) / 255
    better = smooth(clean, _ied(face))
    if lift:
        better = np.log1p(lift * np.clip(better, 0, 1)) / np.log1p(np.float32(lift))
    skin = cv2.GaussianBlur(_skin(pixels, face), None, 0.03 * _ied(face))[..., None]
    return _to_8_bit(255 * (clean + strength * skin * (better - clean)))


_MAKES = {
    "guided": _smooth_guided,
    "bilateral": _smooth_bilateral,
    "median": _smooth_median,
    "gaussian": _smooth_gaussian,
    "frequency separation": _smooth_between,
}

FILTERS: dict[str, Filter] = {
    name + how: partial(_filtered, smooth, lift)
    for name, smooth in _MAKES.items()
    for how, lift in (("", 0.0), (", brightened", 1.5))
}
"""Beauty filters of other makes than `skin_smoothing`, from picture, face and strength (0 to 1) to a new picture."""


# --- Framing and pose ----------------------------------------------------------------------------------------------


@_flaw("face_position", "composition", levels=(0.4, 0.1, -0.15))
def off_centre(pixels: Pixels, face: Face, gap: float, rng: np.random.Generator) -> Pixels:
    """The nearer side cut off; `gap` from the face's box to the frame's border in box widths, negative cuts the face.

    The frame's shape is kept unless the face would then fill it.
    """
    height, width = pixels.shape[:2]
    x, y, w, h = face.box
    on_left = x < width - x - w

    def cut_at(gap: float) -> int:
        return round(max((x if on_left else width - x - w) - gap * w, 0))

    cut = cut_at(gap)
    high = height
    if h < 0.6 * height * (1 - cut_at(-0.15) / width):
        high = round(height * (1 - cut / width))
    top = round((y + h / 2) * (1 - high / height))
    return pixels[top : top + high, cut if on_left else 0 : width if on_left else width - cut].copy()


@_flaw("face_size", "resolution", levels=(0.16, 0.11, 0.07))
def too_far(pixels: Pixels, face: Face, share: float, rng: np.random.Generator) -> Pixels:
    """The camera far away; face height as a `share` of the frame's, at most 0.8 of what it was.

    Around the smaller picture its border goes on, much blurred; the face keeps its place in the frame.
    """
    height, width = pixels.shape[:2]
    x, y, w, h = face.box
    scale = min(share * height / h, 0.8)
    small = cv2.resize(pixels, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    high, wide = small.shape[:2]
    left = round(np.clip((x + w / 2) / width, 0, 1) * (width - wide))
    top = round(np.clip((y + h / 2) / height, 0, 1) * (height - high))
    borders = top, height - high - top, left, width - wide - left
    around = cv2.copyMakeBorder(small, *borders, cv2.BORDER_REPLICATE)
    seam = max(2, round(0.04 * min(high, wide)))
    inside = np.zeros((height, width), np.float32)
    inside[top + seam : top + high - seam, left + seam : left + wide - seam] = 1
    inside = cv2.blur(inside, (2 * seam + 1, 2 * seam + 1))[..., None]
    return _to_8_bit(inside * around + (1 - inside) * cv2.GaussianBlur(around, None, 0.08 * max(high, wide)))


@_flaw("face_size", "face_position", levels=(0.75, 0.95, 1.15))
def too_close(pixels: Pixels, face: Face, share: float, rng: np.random.Generator) -> Pixels:
    """The camera at the nose; face height as a `share` of the frame's, the picture's size is kept."""
    height, width = pixels.shape[:2]
    x, y, w, h = face.box
    zoom = min(h / (share * height), 0.95)
    high, wide = round(height * zoom), round(width * zoom)
    left = round(np.clip(x + w / 2 - wide / 2, 0, width - wide))
    top = round(np.clip(y + h / 2 - high / 2, 0, height - high))
    return cv2.resize(pixels[top : top + high, left : left + wide], (width, height), interpolation=cv2.INTER_CUBIC)


@_flaw("head_pose", "composition", levels=(12, 22, 35))
def roll(pixels: Pixels, face: Face, angle_deg: float, rng: np.random.Generator) -> Pixels:
    """The picture turned about the face, the way the head leans already; `angle_deg` in degrees."""
    height, width = pixels.shape[:2]
    x, y, w, h = face.box
    clockwise = 1 if face.pose.roll_deg >= 0 else -1
    matrix = cv2.getRotationMatrix2D((x + w / 2, y + h / 2), -clockwise * angle_deg, 1)
    return cv2.warpAffine(pixels, matrix, (width, height), flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REFLECT)


@_flaw("background", levels=(20, 60, 180))
def clutter(pixels: Pixels, face: Face, count: float, rng: np.random.Generator) -> Pixels:
    """Bright shapes and letters behind the person; `count` in a whole frame."""
    height, width = pixels.shape[:2]
    side = max(height, width)
    messy = pixels.copy()
    for _ in range(int(count)):
        colour = tuple(map(int, rng.integers(0, 256, 3)))
        centre = int(rng.integers(width)), int(rng.integers(height))
        size = rng.uniform(0.02, 0.06) * side
        box = cv2.boxPoints((centre, (size, 1.5 * size), rng.uniform(0, 180))).astype(np.int32)
        match rng.integers(4):
            case 0:
                cv2.circle(messy, centre, int(size), colour, -1, cv2.LINE_AA)
            case 1:
                cv2.fillPoly(messy, [box], colour, cv2.LINE_AA)
            case 2:
                cv2.polylines(messy, [box], True, colour, max(1, int(0.006 * side)), cv2.LINE_AA)
            case _:
                letter = chr(int(rng.integers(65, 91)))
                font, thickness = cv2.FONT_HERSHEY_SIMPLEX, max(1, int(0.008 * side))
                cv2.putText(messy, letter, centre, font, size / 12, colour, thickness, cv2.LINE_AA)
    person = cv2.GaussianBlur(_person(pixels, face), None, 0.003 * side)[..., None]
    return _to_8_bit(person * pixels + (1 - person) * messy)


# --- Parts ---------------------------------------------------------------------------------------------------------

_EYES_BROWS_LIPS = (
    (33, 133, 159, 145, 70, 63, 105, 66, 107, 55),
    (263, 362, 386, 374, 300, 293, 334, 296, 336, 285),
    (61, 291, 0, 17, 40, 270, 91, 321),
)


def _ied(face: Face) -> float:
    return float(np.hypot(*np.subtract(*face.eyes)))


def _to_8_bit(values: Floats) -> Pixels:
    return np.clip(np.rint(values), 0, 255).astype(np.uint8)


def _linear(pixels: Pixels) -> Floats:
    """Decode sRGB (IEC 61966-2-1) to linear light, 0 to 1."""
    code = np.arange(256) / 255
    table = np.where(code <= 0.04045, code / 12.92, ((code + 0.055) / 1.055) ** 2.4)
    return cv2.LUT(pixels, table.astype(np.float32))


def _encoded(linear: Floats) -> Pixels:
    linear = np.clip(linear, 0, 1)
    return _to_8_bit(255 * np.where(linear <= 0.0031308, 12.92 * linear, 1.055 * linear ** (1 / 2.4) - 0.055))


def _cast(pixels: Pixels, stops: float) -> Pixels:
    """Warm the light by `stops`, keeping each pixel's luminance."""
    to_luminance = np.array([0.2126, 0.7152, 0.0722], np.float32)
    linear = _linear(pixels)
    tinted = linear * np.array([2**stops, 1, 2**-stops], np.float32)
    return _encoded(tinted * ((linear @ to_luminance) / np.maximum(tinted @ to_luminance, 1e-6))[..., None])


def _patch(values: Floats, centre: Floats, side: float) -> Floats:
    """Return the part of a picture in a square, at least one pixel of it."""
    (x, y), half = np.round(centre).astype(int), max(1, round(side / 2))
    return values[max(y - half, 0) : max(y + half, 1), max(x - half, 0) : max(x + half, 1)]


def _grid(pixels: Pixels) -> tuple[Floats, Floats]:
    y, x = np.mgrid[: pixels.shape[0], : pixels.shape[1]].astype(np.float32)
    return x, y


def _person(pixels: Pixels, face: Face) -> Floats:
    """Return 1 on head, hair and torso, generously; 0 elsewhere."""
    x, y, w, h = face.box
    middle = x + w / 2
    mask = np.zeros(pixels.shape[:2], np.float32)
    cv2.ellipse(mask, (round(middle), round(y + 0.4 * h)), (round(0.85 * w), round(0.95 * h)), 0, 0, 360, 1, -1)
    sides = [(0.7, 0.9), (1.8, 1.4), (2.1, 7)]  # half width in box widths, height below the hairline in box heights
    torso = [(middle - a * w, y + b * h) for a, b in sides] + [(middle + a * w, y + b * h) for a, b in sides[::-1]]
    return cv2.fillPoly(mask, [np.round(torso).astype(np.int32)], 1)


def darker_skin(pixels: Pixels, face: Face, share: float) -> Pixels:
    """Return the picture with only the face's skin reflecting `share` of its light: no flaw, nothing may change."""
    skin = cv2.GaussianBlur(_skin(pixels, face), None, 0.12 * _ied(face))[..., None]
    return _encoded(_linear(pixels) * (1 - skin + share * skin))


def _skin(pixels: Pixels, face: Face) -> Floats:
    """Return 1 on the face's skin; 0 elsewhere."""
    points = np.round(face.landmarks[:, :2]).astype(np.int32)
    skin = cv2.fillConvexPoly(np.zeros(pixels.shape[:2], np.float32), cv2.convexHull(points), 1)
    for feature in _EYES_BROWS_LIPS:
        hull = cv2.convexHull(points[list(feature)])
        cv2.fillConvexPoly(skin, hull, 0)
        cv2.polylines(skin, [hull], True, 0, max(1, round(0.08 * _ied(face))))
    return skin

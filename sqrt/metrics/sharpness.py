"""Fine detail on the face: focus and motion blur, as a screen shows them."""

import cv2
import numpy as np

from sqrt.metrics.analysis import SCREEN_SIDE, Analysis, Floats
from sqrt.metrics.base import Curve, Metric
from sqrt.metrics.gray import percentiles
from sqrt.metrics.noise import noise_sigma

_TONE_FLOOR = 128.0
_EYES, _FACE = 95, 98
"""Percentiles: of detail around the eyes, and on the face."""
_PER_HALVING = 0.85
_RANGE, _LIFTED = 165, 20
"""Gray levels from the darkest to the lightest tone, of which most pictures have more; under a veil there are less, and
the darkest is no longer black."""
# The same percentiles of |Laplacian| of noise of one gray level.
_NOISE = {_EYES: 8.8, _FACE: 10.4}


def detail(gray: Floats) -> Floats:
    """Return the strength of the finest detail of HxW luma, in gray levels of a bright tone: |Laplacian|.

    Taken of the logarithm of luma + 128, so that a dark iris in dark skin and a blue one in pale skin show much the
    same: under one light in a studio the groups of 25 people differ by 0.17 of a doubling, of plain luma by 0.26.
    """
    tones = np.log(gray + np.float32(_TONE_FLOOR)) * np.float32(_TONE_FLOOR + 110)
    return np.abs(cv2.Laplacian(tones, cv2.CV_32F))


def fine_detail(analysis: Analysis) -> float:
    r"""Fine detail of the eyes and the face, in doublings of a gray level.

    Notes
    -----
    .. math:: \tfrac12 \log_2 (d_{95}(eyes)^2 - n^2) / 2 + \tfrac12 \log_2 (d_{98}(face)^2 - n^2) / 2

    with the percentiles of `detail` at 512 px of the long side and what noise alone would give of them. A smaller photo
    is judged at its own size: portraits have 0.85 less for each doubling of their size. A frame of less than 165 tones
    is judged as if it had them, as far as its black is lifted: haze is not blur, but what is dark does not show.
    Without a face the middle half of the frame is taken. Measured on 346 photos with a large face, the rank correlation
    with the mean opinion of 30 people is 0.60 (BIQ2021); that of plain |Laplacian| in the frame's middle is 0.50.
    """
    tones = analysis.screen_gray
    gray = tones.astype(np.float32)
    scale = gray.shape[1] / analysis.photo.pixels.shape[1]
    dark, light = percentiles(tones[::2, ::2], 0.1, 99.5)
    narrow = max(0.0, float(np.log2(_RANGE / max(float(light - dark), _RANGE / 4))))
    veil = narrow * float(np.clip((dark - 2) / _LIFTED, 0, 1))
    fine, sigma = detail(gray), noise_sigma(gray)
    correction = veil + _PER_HALVING * float(np.log2(max(gray.shape) / SCREEN_SIDE))
    height, width = gray.shape
    if not analysis.faces:
        middle = fine[height // 4 : height - height // 4, width // 4 : width - width // 4]
        return _doublings(middle, _FACE, sigma) + correction
    face = analysis.face.scaled(scale)
    x, y, w, h = face.box
    whole = _part(fine, x, y, x + w, y + h)
    on_face = _doublings(whole, _FACE, sigma)
    if face.eyes is None:
        return on_face + correction
    reach = max(0.35 * scale * analysis.inter_eye_distance, 3.0)
    eyes = [_part(fine, x - reach, y - 0.6 * reach, x + reach, y + 0.6 * reach) for x, y in face.eyes]
    seen = [_doublings(eye, _EYES, sigma) for eye in eyes if eye.size]
    # The sharper eye: of a turned head the other may be hidden.
    return (on_face + max(seen, default=on_face)) / 2 + correction


def _part(values: Floats, left: float, top: float, right: float, bottom: float) -> Floats:
    """Return the part of HxW values in a box, one pixel of them at least where it touches the picture."""
    height, width = values.shape
    columns = slice(int(np.clip(left, 0, width - 1)), int(np.clip(right, 0, width - 1)) + 1)
    return values[int(np.clip(top, 0, height - 1)) : int(np.clip(bottom, 0, height - 1)) + 1, columns]


def _doublings(fine: Floats, percentile: int, sigma: float) -> float:
    """Return the percentile of detail less that of noise, in doublings of a gray level; 0 and more."""
    noise = _NOISE[percentile] * sigma
    return float(np.log2(max(float(np.percentile(fine, percentile)) ** 2 - noise**2, 1.0))) / 2


SHARPNESS = Metric(
    "sharpness",
    "Sharpness",
    ("sharper", "less sharp"),
    "technical",
    place=20,
    personal=True,
    follows=("lighting", "contrast", "backlight", "face_size"),
    measure=fine_detail,
    quality=Curve(
        ((1, 0), (2.5, 14), (3.5, 30), (4.3, 46), (5, 61), (5.5, 72), (6, 82), (6.5, 90), (7.2, 96), (8, 100))
    ),
    weight=7.2,
    unit="doublings",
    decimals=1,
    picture="sharpness",
    help="How much fine detail the eyes and the face show. Missed focus, movement and a smeared lens take it away.",
    advice="Hold still, lean the phone or your elbows on something, wipe the lens, and tap on your face to focus.",
    praise="sharp eyes",
    tip="Hold still",
)

"""Backlight."""

import cv2
import numpy as np

from sqrt.errors import NotMeasurable
from sqrt.metrics.analysis import FACE_EYE_Y, FACE_IED, FACE_SIDE, Analysis, Floats, Mask
from sqrt.metrics.base import Curve, Metric
from sqrt.metrics.illustration import GAP, SIDE, Illustration, fitted
from sqrt.words import N_

# Irises of MediaPipe's face mesh: the centre, four points around.
_IRISES = (468, 473)
_NEEDED = 25
"""Pixels of the aligned face: fewer are the rims of the lids."""
_FLOOR = 0.001


def backlight_stops(analysis: Analysis) -> float:
    r"""How much lighter than the face that is which lies behind it, in stops (factors of two) of linear luminance.

    .. math:: \log_2 (L_{background} / L_{whites})

    The background's light is its mean. The face's is told by the whites of the eyes (95th percentile between the lids,
    without the irises, whose glints are lamps): they are much alike in all people, within half a stop, as skin is not,
    and no tone is aimed at. Below 0 the face is lighter. Measured: -0.7 (median of 16 portraits as published), -0.6
    (228 snapshots), 2.1 to 4.0 with a bright sky behind a face that is one to three stops darker.

    Raises NotMeasurable where the whites do not show: more than a stop darker than the cheeks they are behind dark
    glasses, in the shade of the lids, or turned down.
    """
    light = analysis.aligned_luminance
    whites = _whites(analysis)
    if np.count_nonzero(whites) < _NEEDED:
        raise NotMeasurable("The eyes are not open far enough.")
    face = _light_of_whites(light, whites)
    if face + _FLOOR < (float(np.median(light[analysis.cheeks])) + _FLOOR) / 2:
        raise NotMeasurable("The whites of the eyes do not show.")
    return float(np.log2((_light_behind(analysis) + _FLOOR) / (face + _FLOOR)))


def _whites(analysis: Analysis) -> Mask:
    """Return what lies between the lids beside the irises, on the aligned face."""
    mask = analysis.eye_openings.astype(np.uint8)
    points = analysis.aligned_landmarks
    for iris in _IRISES:
        radius = float(np.linalg.norm(points[iris + 1 : iris + 5] - points[iris], axis=1).mean())
        x, y = np.rint(points[iris]).astype(int).tolist()
        cv2.circle(mask, (x, y), round(1.1 * radius), 0, -1)
    return mask.astype(bool)


def _light_of_whites(light: Floats, whites: Mask) -> float:
    return float(np.percentile(light[whites], 95))


def _light_behind(analysis: Analysis) -> float:
    return float(analysis.frame_luminance[analysis.background].mean())


def _picture(analysis: Analysis) -> Illustration:
    """The background, the whites of the eyes, and between them the light of both."""
    frame = fitted(analysis.view, SIDE - 4)
    width = frame.shape[1]
    behind = cv2.resize(analysis.background.astype(np.uint8), (width, frame.shape[0]), interpolation=cv2.INTER_NEAREST)
    shown = np.where(behind[..., None] > 0, frame, frame // 4)
    whites = _whites(analysis)
    eyes = np.where(whites[..., None], analysis.aligned, analysis.aligned // 2)
    half = FACE_IED * 7 // 8
    eyes = eyes[FACE_EYE_Y - FACE_IED // 4 : FACE_EYE_Y + FACE_IED // 4, FACE_SIDE // 2 - half : FACE_SIDE // 2 + half]
    eyes = cv2.resize(eyes, (width, round(width * eyes.shape[0] / eyes.shape[1])), interpolation=cv2.INTER_CUBIC)
    tones = np.empty((24, width, 3), np.uint8)
    tones[:, : width // 2] = _gray(_light_behind(analysis))
    tones[:, width // 2 :] = _gray(_light_of_whites(analysis.aligned_luminance, whites))
    gap = np.full((8, width, 3), GAP, np.uint8)
    alt = N_(
        "The background, with the person dimmed, and below it the whites of the eyes. Between them the light of both: "
        "the background's at the left, the eyes' at the right."
    )
    return Illustration(np.vstack([shown, gap, tones, gap, eyes]), alt)


def _gray(light: float) -> int:
    """Return the sRGB level of a linear luminance (IEC 61966-2-1)."""
    return round(255 * (12.92 * light if light <= 0.0031308 else 1.055 * light ** (1 / 2.4) - 0.055))


# Under the same lamps, before the same white wall, 25 people of four groups have means between 0.3 and 1.1 stops: up to
# there a difference may be the eyes' own, and costs little.
BACKLIGHT = Metric(
    "backlight",
    "Light from behind",
    ("more light on the face than behind it", "a face darker than what is behind it"),
    "face",
    place=35,
    personal=True,
    measure=backlight_stops,
    quality=Curve(((-2, 100), (1.1, 90.5), (1.6, 82), (2.3, 60), (3, 37), (4, 17), (5.5, 4), (7, 0))),
    weight=1.4,
    unit="stops",
    decimals=1,
    picture=_picture,
    help="Whether your face gets less light than what is behind you. It is seen in the whites of the eyes, so skin "
    "tone plays no part.",
    advice="Turn around so that the light falls on your face, or tap on your face on the screen before you press.",
    praise="light that falls on the face",
    tip="Turn around: the light is behind you",
)

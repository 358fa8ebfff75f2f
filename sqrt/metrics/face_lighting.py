"""Evenness of the light on the face."""

import cv2
import numpy as np

from sqrt.errors import NotMeasurable
from sqrt.metrics.analysis import FACE_IED, FACE_SIDE, Analysis, Floats, Mask
from sqrt.metrics.base import Curve, Measured, Metric
from sqrt.metrics.illustration import SIDE, Illustration, beside
from sqrt.words import N_

# Rings of MediaPipe's face mesh: light from above falls on the bridge of the nose, light from below beside the mouth.
_BRIDGE = [[122, 196, 3, 51, 5, 281, 248, 419, 351, 6]]
_LOW_CHEEKS = [[50, 205, 206, 207, 187], [280, 425, 426, 427, 411]]
# One gray level of noise floor: a black frame has no sides.
_FLOOR = 0.001
# Stops by which a face in even light outshines its own median (shine), and falls below it (form): 16 portraits and 50
# studio portraits have medians of 0.6 and 1.0.
_SHINE, _FORM = 0.7, 1.0


def light_difference(analysis: Analysis) -> Measured:
    r"""How uneven the light on the face is, in stops (factors of two) of linear luminance; 0 is even.

    .. math:: \max(\sqrt{side^2 + height^2}, shadow)

    Each is a ratio of the light on one and the same skin, whose tone cancels, unlike in the luminance targets of
    ISO/IEC 29794-5:

    - *side*: mean light on one half of the cheeks over the other; they meet at the line from forehead to chin. The
      cause is the dark side, "left" or "right".
    - *height*: mean light on the bridge of the nose over that beside the mouth. The cause is where the light comes
      from, "above" or "below".
    - *shadow*: how far the lightest 2 % of the cheeks are above their median, or the darkest 5 % below it, beyond what
      the shine and the form of a face take in even light: hard shadows, and a face of which only a rim is lit. A shadow
      at one end of the face is light from the other, so that it is the cause only where it is twice the others.

    Without landmarks there is only the side. On the Extended Yale B faces, 64 lamps around each person, it follows the
    lamp's angle from the camera with a rank correlation of 0.84 within a person; the side's medians alone have 0.44.
    """
    luminance = cv2.GaussianBlur(analysis.aligned_luminance, (0, 0), FACE_IED / 32)
    side = _stops(luminance, *_halves(analysis))
    height = shadow = 0.0
    if analysis.face.landmarks is not None:
        height = _stops(luminance, _within(analysis, _BRIDGE), _within(analysis, _LOW_CHEEKS))
        # Smoother by far: pores are no shadows.
        smooth = cv2.GaussianBlur(luminance, (0, 0), FACE_IED / 20)
        dark, middle, bright = np.log2(np.percentile(smooth[analysis.cheeks], (5, 50, 98)) + _FLOOR)
        shadow = max(float(bright - middle) - _SHINE, float(middle - dark) - _FORM)
    if shadow > 2 * max(abs(side), abs(height)):
        cause = "shadow"
    elif abs(side) >= abs(height):
        cause = "left" if side < 0 else "right"
    else:
        cause = "above" if height > 0 else "below"
    return Measured(max(float(np.hypot(side, height)), shadow), cause)


def _halves(analysis: Analysis) -> tuple[Mask, Mask]:
    """Return the halves of the cheeks at the left and at the right of the line from forehead to chin."""
    rows, columns = np.indices((FACE_SIDE, FACE_SIDE), sparse=True)
    if analysis.face.landmarks is None:
        analysis.eyes  # noqa: B018 - raises: without eyes or landmarks the middle of the face is a guess
        at_left = columns < np.full_like(rows, FACE_SIDE // 2)
    else:
        top, chin = analysis.aligned_landmarks[[10, 152]]
        at_left = columns < top[0] + (rows - top[1]) * (chin[0] - top[0]) / (chin[1] - top[1])
    halves = analysis.cheeks & at_left, analysis.cheeks & ~at_left
    if min(map(np.count_nonzero, halves)) < 50:
        raise NotMeasurable("Only one side of the face is in the picture.")
    return halves


def _within(analysis: Analysis, rings: list[list[int]]) -> Mask:
    mask = np.zeros((FACE_SIDE, FACE_SIDE), np.uint8)
    for ring in rings:
        cv2.fillConvexPoly(mask, cv2.convexHull(np.round(analysis.aligned_landmarks[ring]).astype(np.int32)), 1)
    return mask.astype(bool) & analysis.oval


def _stops(luminance: Floats, one: Mask, other: Mask) -> float:
    if not (one.any() and other.any()):
        return 0.0
    return float(np.log2((luminance[one].mean() + _FLOOR) / (luminance[other].mean() + _FLOOR)))


def _picture(analysis: Analysis) -> Illustration:
    """The light on the skin in steps of half a stop, relative to the median of the cheeks."""
    luminance = cv2.GaussianBlur(analysis.aligned_luminance, (0, 0), FACE_IED / 16) + 0.001
    stops = np.log2(luminance / np.median(luminance[analysis.cheeks]))
    level = np.clip(np.round(2 * stops) / 2 / 4 + 0.5, 0, 1)
    colours = cv2.applyColorMap(np.rint(255 * level).astype(np.uint8), cv2.COLORMAP_CIVIDIS)[..., ::-1]
    face = analysis.aligned
    ground = cv2.cvtColor(cv2.cvtColor(face, cv2.COLOR_RGB2GRAY), cv2.COLOR_GRAY2RGB) // 3
    shown = np.where(analysis.oval[..., None], colours, ground).astype(np.uint8)
    both = (cv2.resize(side, (SIDE - 4, SIDE - 4), interpolation=cv2.INTER_CUBIC) for side in (face, shown))
    alt = N_("The face, upright, and beside it the light on it: yellow is light, blue is dark.")
    return Illustration(beside(*both), alt)


FACE_LIGHTING = Metric(
    "face_lighting",
    "Light on the face",
    ("more even light on the face", "uneven light on the face"),
    "face",
    place=30,
    personal=True,
    measure=light_difference,
    quality=Curve(((0, 100), (0.5, 93), (1, 80), (1.6, 57), (2.4, 28), (3.3, 10), (5, 0))),
    weight=0.7,
    unit="stops",
    decimals=1,
    picture=_picture,
    help="How evenly the face is lit: left and right, from above and below, and without hard shadows. Skin tone "
    "plays no part.",
    advice={
        "left": "Turn towards the light until it is in front of you: the left side of the face in the picture is dark.",
        "right": "Turn towards the light until it is in front of you: the right side of the face in the picture is "
        "dark.",
        "above": "Step back from the lamp or the sun above you, or face a window: light from above leaves the eyes and "
        "the mouth in the shade.",
        "below": "Bring the light up to the height of your eyes or higher: it comes from below.",
        "shadow": "Go into even shade, or face a window: hard shadows lie on the face.",
    },
    praise="even light on the face",
    tip={
        "left": "Turn towards the light",
        "right": "Turn towards the light",
        "above": "Light from above: face a window",
        "below": "Light from below: raise it",
        "shadow": "Hard shadows: go into even shade",
    },
)

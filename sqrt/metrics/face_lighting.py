"""Evenness of the light on the face."""

import cv2
import numpy as np

from sqrt.errors import NotMeasurable
from sqrt.metrics.analysis import FACE_IED, FACE_SIDE, Analysis, linear_luminance
from sqrt.metrics.base import Curve, Measured, Metric
from sqrt.metrics.illustration import SIDE, Illustration, beside


def side_difference(analysis: Analysis) -> Measured:
    """Difference of light between the two halves of the face, in stops (factors of two) of linear luminance.

    The halves meet at the line from forehead to chin; each half's light is the median over its cheek. Skin tone is the
    same on both sides and cancels, unlike in the luminance targets of ISO/IEC 29794-5.
    """
    luminance = linear_luminance(analysis.aligned)
    rows, columns = np.nonzero(analysis.cheeks)
    if analysis.face.landmarks is None:
        analysis.eyes  # noqa: B018 - raises: without eyes or landmarks the middle of the face is a guess
        middle = np.full(rows.shape, FACE_SIDE / 2)
    else:
        top, chin = analysis.aligned_landmarks[[10, 152]]
        middle = top[0] + (rows - top[1]) * (chin[0] - top[0]) / (chin[1] - top[1])
    light = luminance[rows, columns]
    left, right = light[columns < middle], light[columns >= middle]
    if min(left.size, right.size) < 50:
        raise NotMeasurable("Only one side of the face is in the picture.")
    # One gray level of noise floor: a black frame has no sides.
    stops = float(np.log2((np.median(left) + 0.001) / (np.median(right) + 0.001)))
    return Measured(abs(stops), "left" if stops < 0 else "right")


def _picture(analysis: Analysis) -> Illustration:
    """The light on the skin in steps of half a stop, relative to the median of the cheeks."""
    luminance = cv2.GaussianBlur(linear_luminance(analysis.aligned), (0, 0), FACE_IED / 16) + 0.001
    stops = np.log2(luminance / np.median(luminance[analysis.cheeks]))
    level = np.clip(np.round(2 * stops) / 2 / 4 + 0.5, 0, 1)
    colours = cv2.applyColorMap(np.rint(255 * level).astype(np.uint8), cv2.COLORMAP_CIVIDIS)[..., ::-1]
    face = analysis.aligned
    ground = cv2.cvtColor(cv2.cvtColor(face, cv2.COLOR_RGB2GRAY), cv2.COLOR_GRAY2RGB) // 3
    shown = np.where(analysis.oval[..., None], colours, ground).astype(np.uint8)
    both = (cv2.resize(side, (SIDE - 4, SIDE - 4), interpolation=cv2.INTER_CUBIC) for side in (face, shown))
    alt = "The face, upright, and beside it the light on it: yellow is light, blue is dark, each step is half a stop."
    return Illustration(beside(*both), alt)


FACE_LIGHTING = Metric(
    "face_lighting",
    "Light on the face",
    ("more even light on the face", "uneven light on the face"),
    "face",
    place=30,
    personal=True,
    measure=side_difference,
    quality=Curve(((0.7, 100), (1.2, 82), (1.8, 55), (2.5, 25), (3.3, 8), (4.5, 0))),
    weight=0.8,
    unit="stops",
    decimals=1,
    picture=_picture,
    help="How evenly both sides of the face are lit: the difference of the light on the two cheeks in stops, of which "
    "one is twice the light. Skin tone plays no part.",
    advice={
        "left": "Turn towards the light until it is in front of you: the left side of the picture's face is dark.",
        "right": "Turn towards the light until it is in front of you: the right side of the picture's face is dark.",
    },
    tip="Turn towards the light",
)

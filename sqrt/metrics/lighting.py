"""Exposure of the whole frame."""

import cv2
import numpy as np

from sqrt.errors import NotMeasurable
from sqrt.metrics.analysis import Analysis, Mask, Pixels, luma
from sqrt.metrics.base import Curve, Measured, Metric
from sqrt.metrics.illustration import TONES, Illustration, histogram

_WHITE = 250
_HEADROOM = 0.75


def exposure_loss(analysis: Analysis) -> Measured:
    """Percent of the picture's tones lost to a wrong exposure; 0 is none.

    The larger of two losses. Under-exposure: the part of the tonal scale left empty above the brightest 0.5 % of the
    frame, as far as it exceeds ordinary headroom. Over-exposure: the share of the face (of the frame, without one)
    clipped to white in all channels.

    Notes
    -----
    Nothing here asks how bright the skin is. Where the face is the brightest thing in the frame, as on a dark stage, it
    still decides: darkening the skin alone cost one of 16 portraits 22 points, and the others none. ISO/IEC 29794-5
    (luminance mean, over- and under-exposure prevention) sets targets for the face itself, which is why its formulas
    are not used.
    """
    brightest = float(np.percentile(luma(analysis.frame)[::2, ::2], 99.5)) / 255
    empty = max(0.0, 1 - brightest / _HEADROOM)
    try:
        clipped = float(_white(analysis.aligned)[analysis.skin].mean())
    except NotMeasurable:
        clipped = float(_white(analysis.frame).mean())
    return Measured(100 * empty, "dark") if empty >= clipped else Measured(100 * clipped, "bright")


def _white(pixels: Pixels) -> Mask:
    return cv2.inRange(pixels, (_WHITE,) * 3, (255,) * 3) > 0


def _exposure(analysis: Analysis) -> Illustration:
    shown = histogram(luma(analysis.frame))
    return Illustration(shown, f"{TONES} of the picture. Lost in black is what is blue, lost in white what is red.")


LIGHTING = Metric(
    "lighting",
    "Exposure",
    ("better exposed", "less well exposed"),
    "technical",
    place=10,
    measure=exposure_loss,
    quality=Curve(((1, 100), (10, 80), (25, 40), (45, 10), (65, 0))),
    weight=2,
    unit="%",
    picture=_exposure,
    help="How much of the picture is lost because it is too dark or too bright: the percentage of the tonal scale "
    "left empty at its light end, or of the face clipped to white. Nothing is asked of the skin's tone.",
    advice={
        "dark": "Use more light: face a window or a lamp, or raise the exposure before you press the shutter.",
        "bright": "Tap on your face to lower the exposure, or step out of the direct light.",
    },
    tip={"dark": "Find more light", "bright": "Less light on your face"},
)

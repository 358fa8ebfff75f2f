"""Exposure of the whole frame."""

from contextlib import suppress

import cv2
import numpy as np

from sqrt.errors import NotMeasurable
from sqrt.metrics.analysis import Analysis, luma
from sqrt.metrics.base import Curve, Measured, Metric
from sqrt.metrics.illustration import TONES, Illustration, histogram
from sqrt.words import Text

_EYE_WHITES, _LIGHT_TONES = -2.15, -0.75
"""Stops below white of a good exposure, measured: the whites of the eyes are at -2.1 (-3.0 to -1.3 for nine of ten) in
published portraits, ordinary snapshots and a studio alike, the lightest twentieth of the frame at -0.7."""
_NEARER = 0.65
_TOO_LIGHT = 0.7
_CLIPPING, _PER_STOP = 235, 30.0


def exposure_error(analysis: Analysis) -> Measured:
    """How far the picture is from a good exposure, in stops: too dark or too light, plus what is lost in white.

    The whites of the eyes and the lightest twentieth of the frame each tell by how many stops they are off; the one
    that is nearer to right counts 0.65, so that neither a dark stage nor a bright sky behind the person is a wrong
    exposure by itself. Too light, as long as nothing is lost, counts less: viewers like light pictures. Each 30 percent
    of the person that is about to clip (the largest channel from 235 to 255, in part) counts a stop more.

    Notes
    -----
    The skin is not asked: its tone moves neither the whites of the eyes nor the lightest tones of most frames. ISO/IEC
    29794-5 (luminance mean, over- and under-exposure prevention) sets targets for the face itself, which is why its
    formulas are not used.
    """
    lightest = float(np.percentile(analysis.frame_luminance[::2, ::2], 95))
    errors = [np.log2(lightest + 0.001) - _LIGHT_TONES]
    with suppress(NotMeasurable):
        errors.append(analysis.eye_whites_stops - _EYE_WHITES)
    nearer, further = min(errors, key=abs), max(errors, key=abs)
    stops = float(_NEARER * nearer + (1 - _NEARER) * further)
    lost = 100 * _clipping(analysis) / _PER_STOP
    return Measured(-stops + lost if stops < 0 else _TOO_LIGHT * stops + lost, "dark" if -stops > lost else "bright")


def _clipping(analysis: Analysis) -> float:
    """Share of the person, or of the frame without one, that is about to clip."""
    red, green, blue = cv2.split(analysis.frame)
    brightest = cv2.max(cv2.max(red, green), blue)
    if analysis.faces and analysis.person.any():
        brightest = brightest[analysis.person]
    return float(np.clip((brightest.astype(np.float32) - _CLIPPING) / (255 - _CLIPPING), 0, 1).mean())


def _exposure(analysis: Analysis) -> Illustration:
    shown = histogram(luma(analysis.frame))
    alt = Text("{tones} Blue has turned into plain black, red into plain white.", tones=Text(TONES))
    return Illustration(shown, alt)


LIGHTING = Metric(
    "lighting",
    "Brightness",
    ("better exposed", "less well exposed"),
    "technical",
    place=10,
    measure=exposure_error,
    quality=Curve(((0, 100), (0.5, 95), (1, 83), (1.5, 64), (2, 43), (3, 15), (4.5, 0))),
    weight=1.8,
    unit="stops",
    decimals=1,
    picture=_exposure,
    help="Whether the picture is too dark or too bright. The whites of the eyes and the brightest parts tell; "
    "nothing is asked of the skin's tone.",
    advice={
        "dark": "Use more light: face a window or a lamp, or make the picture brighter before you press.",
        "bright": "Tap on your face before you press so that it gets less bright, or step out of the direct light.",
    },
    praise="the right brightness",
    tip={"dark": "Find more light", "bright": "Less light on your face"},
)

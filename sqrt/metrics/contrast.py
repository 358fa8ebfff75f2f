"""Tonal range."""

from sqrt.metrics.analysis import Analysis, luma
from sqrt.metrics.base import Curve, Metric
from sqrt.metrics.gray import gray_of, percentiles
from sqrt.metrics.illustration import TONES, Illustration, histogram

_DARKEST, _LIGHTEST = 0.1, 99.5  # percentiles of the frame
_BLACK = 16.0


def tonal_depth(analysis: Analysis) -> float:
    """How deep the darkest tones of the frame are below the lightest, in percent of these: 0 to 100.

    A veil of haze, a smeared lens and flat light lift the darkest first; the exposure moves both and cancels. ISO/IEC
    29794-5, dynamic range, counts how many tones a face has (entropy), which differs by skin and hair: under one light
    the score of that differed by 17 points between groups of people.
    """
    dark, light = percentiles(gray_of(analysis.frame), _DARKEST, _LIGHTEST)
    return 100 * float(light - dark) / max(float(light), _BLACK)


def _tones(analysis: Analysis) -> Illustration:
    return Illustration(histogram(luma(analysis.frame)), TONES)


CONTRAST = Metric(
    "contrast",
    "Contrast",
    ("more contrast", "flatter tones"),
    "technical",
    place=30,
    measure=tonal_depth,
    quality=Curve(((20, 0), (50, 25), (70, 55), (80, 80), (84, 90), (90, 95), (100, 100))),
    weight=1.5,
    unit="%",
    picture=_tones,
    help="Whether dark parts are really dark. Haze, a smeared lens or flat light leave a gray veil.",
    advice="Clean the lens and keep lamps and windows out of the picture, so that no haze lies over it.",
    praise="rich contrast",
    tip="Wipe the lens, hide bright lamps",
)

"""Kind of light."""

import cv2
import numpy as np

from sqrt.errors import NotMeasurable
from sqrt.metrics.analysis import Analysis
from sqrt.metrics.base import Curve, Measured, Metric

# Upper ends in kelvin; what is bluer than the last is the blue hour.
_KINDS = ((3300.0, "warm"), (4600.0, "golden"), (9500.0, "daylight"))

_NEUTRAL_CHROMA = 40
"""CIELAB units, computed: a white under light of 4,000 K has 28, under 2,700 K 55 and counts as a colour."""


def correlated_colour_temperature(rgb: tuple[float, float, float]) -> float:
    """Correlated colour temperature in kelvin, 1,000 to 25,000, of linear sRGB.

    References
    ----------
    McCamy, *Correlated color temperature as an explicit function of chromaticity coordinates*, 1992.
    """
    x, y, z = np.array([[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]]) @ np.maximum(
        rgb, 1e-4
    )
    n = (x / (x + y + z) - 0.3320) / (0.1858 - y / (x + y + z))
    return float(np.clip(449 * n**3 + 3525 * n**2 + 6823.3 * n + 5520.33, 1000, 25000))


def light_temperature(analysis: Analysis) -> Measured:
    """Colour temperature of the light in kelvin, from the near-neutral bright parts of the frame.

    The camera's white balance has already taken most of the light's colour away: this is the mood that is left.
    """
    light, luminance = (np.ascontiguousarray(one[::2, ::2]) for one in (analysis.frame_light, analysis.frame_luminance))
    if float(np.percentile(luminance, 98)) < 0.05:
        raise NotMeasurable("The picture is too dark to show the colour of the light.")
    chroma = np.hypot(*cv2.split(analysis.frame_lab[::2, ::2, 1:]))
    usable = (luminance >= np.percentile(luminance, 50)) & (chroma < _NEUTRAL_CHROMA)
    if usable.mean() < 0.01:
        raise NotMeasurable("Nothing in the picture is neutral enough to show the colour of the light.")
    kelvin = correlated_colour_temperature(cv2.mean(light, usable.astype(np.uint8))[:3])
    kind = next((name for end, name in _KINDS if kelvin < end), "blue")
    return Measured(kelvin, kind)


LIGHTING_TIME = Metric(
    "lighting_time",
    "Kind of light",
    ("kinder light", "harder light"),
    "style",
    place=50,
    measure=light_temperature,
    quality=Curve(((2000, 60), (3300, 80), (4200, 92), (6000, 100), (8500, 94), (12000, 75), (20000, 60))),
    weight=0.3,
    unit="K",
    help="The colour of the light: warm lamps and sunsets, plain daylight, or the blue hour. Daylight shows colours "
    "best.",
    advice={
        "warm": "Try daylight, near a window: it shows colours best.",
        "golden": "Soft daylight a little later or earlier gives more neutral colours.",
        "daylight": "Soft light near a window or in open shade suits most faces.",
        "blue": "Go out an hour earlier or nearer to a window: the light is very blue.",
    },
    praise="a flattering kind of light",
)

"""Colour cast."""

import numpy as np

from sqrt.analysis import Analysis
from sqrt.metrics.base import Curve, Measured, Metric

# Where skin of every tone lies under neutral light: hue angle and chroma of CIELAB.
_HUE_DEG = (32.0, 74.0)
_CHROMA = (9.0, 36.0)


def natural_skin(a: float, b: float) -> tuple[float, float]:
    """Return the colour in the a*b* plane (CIELAB) nearest to a and b that skin of any tone has in neutral light.

    Notes
    -----
    Measured: 14 of 16 published portraits have skin of 38 to 60 degrees of hue; the other two visibly have a cast. The
    bounds leave room on both sides for skin that those do not show. Lightness is not looked at. OFIQ's natural colour
    takes a box instead and scores a gray picture 100.
    """
    hue_deg = float(np.rad2deg(np.arctan2(b, a)))
    nearest_hue = np.deg2rad(np.clip(hue_deg, *_HUE_DEG))
    along = a * np.cos(nearest_hue) + b * np.sin(nearest_hue)
    radius = np.clip(along, *_CHROMA)
    return float(radius * np.cos(nearest_hue)), float(radius * np.sin(nearest_hue))


def skin_cast(a: float, b: float) -> float:
    """Distance of a colour from natural skin, in CIELAB units."""
    natural = natural_skin(a, b)
    return float(np.hypot(a - natural[0], b - natural[1]))


def colour_cast(analysis: Analysis) -> Measured:
    """Colour cast as the distance of the face's skin from natural skin colours, in CIELAB units."""
    _, a, b = np.median(analysis.aligned_lab(analysis.cheeks), axis=0)
    hue_deg = float(np.rad2deg(np.arctan2(b, a)))
    value = skin_cast(float(a), float(b))
    if hue_deg < _HUE_DEG[0]:
        return Measured(value, "cool")
    return Measured(value, "warm" if hue_deg <= 90 else "green")


COLOR_HARMONY = Metric(
    "color_harmony",
    "Colour balance",
    ("truer colours", "colour cast"),
    "style",
    measure=colour_cast,
    quality=Curve(((2, 100), (5, 75), (10, 35), (16, 10), (22, 0))),
    weight=0.9,
    unit="ΔE",
    decimals=1,
    help="Whether a colour cast of the light or a filter lies over the picture: how far the skin is from every colour "
    "that skin has in neutral light, in ΔE, of which 2 are just seen. Light and dark skin have much the same hue.",
    advice={
        "cool": "Correct the white balance towards warm, or leave blue and coloured light for daylight.",
        "warm": "Correct the white balance towards cool, or leave warm lamplight for daylight.",
        "green": "Correct the tint, or leave green and fluorescent light for daylight.",
    },
    tip={"cool": "Leave the blue light", "warm": "Leave the warm lamplight", "green": "Leave the green light"},
)

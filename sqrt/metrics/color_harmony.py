"""Colour cast."""

import cv2
import numpy as np
from PIL import Image

from sqrt.faces.crop import reduced
from sqrt.metrics.analysis import Analysis, Pixels
from sqrt.metrics.base import Curve, Measured, Metric
from sqrt.metrics.illustration import GAP, Illustration

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


def _palette(analysis: Analysis) -> Illustration:
    small = Image.fromarray(reduced(analysis.frame, 64))
    few = small.quantize(6, Image.Quantize.MEDIANCUT, kmeans=4, dither=Image.Dither.NONE)
    shares = np.bincount(np.asarray(few).ravel(), minlength=6) / (few.width * few.height)
    colours = np.array(few.getpalette(), np.uint8).reshape(-1, 3)
    order = np.argsort(-shares[: len(colours)])
    ends = np.rint(np.cumsum(shares[order]) * 512).astype(int)
    pixels = np.empty((168, 512, 3), np.uint8)
    pixels[:104] = colours[order][np.minimum(np.searchsorted(ends, np.arange(512), "right"), len(order) - 1)]
    pixels[104:112] = GAP
    light, a, b = np.median(analysis.aligned_lab(analysis.cheeks), axis=0)
    pixels[112:, :256] = _rgb(light, a, b)
    pixels[112:, 256:] = _rgb(light, *natural_skin(float(a), float(b)))
    alt = "Above, the main colours of the picture by their share. Below, the skin: left as it is in the picture, right "
    return Illustration(pixels, alt + "without the colour cast. Where both look alike, there is none.")


def _rgb(*colour: float) -> Pixels:
    rgb = cv2.cvtColor(np.array([[colour]], np.float32), cv2.COLOR_Lab2RGB)[0, 0]
    return np.rint(np.clip(rgb, 0, 1) * 255).astype(np.uint8)


COLOR_HARMONY = Metric(
    "color_harmony",
    "Colour balance",
    ("truer colours", "colour cast"),
    "style",
    place=10,
    measure=colour_cast,
    quality=Curve(((2, 100), (5, 75), (10, 35), (16, 10), (22, 0))),
    weight=0.9,
    unit="ΔE",
    decimals=1,
    picture=_palette,
    help="Whether a colour cast of the light or a filter lies over the picture: how far the skin is from every colour "
    "that skin has in neutral light, in ΔE, of which 2 are just seen. Light and dark skin have much the same hue.",
    advice={
        "cool": "Correct the white balance towards warm, or leave blue and coloured light for daylight.",
        "warm": "Correct the white balance towards cool, or leave warm lamplight for daylight.",
        "green": "Correct the tint, or leave green and fluorescent light for daylight.",
    },
    tip={"cool": "Leave the blue light", "warm": "Leave the warm lamplight", "green": "Leave the green light"},
)

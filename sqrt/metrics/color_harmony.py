"""Colour cast."""

from typing import NamedTuple

import cv2
import numpy as np
from PIL import Image

from sqrt.faces.crop import reduced
from sqrt.metrics.analysis import Analysis, Floats, Pixels
from sqrt.metrics.base import Curve, Measured, Metric
from sqrt.metrics.illustration import GAP, Illustration
from sqrt.words import N_

# Where skin of every tone lies under neutral light: hue angle and chroma of CIELAB.
_HUE_DEG = (32.0, 74.0)
_CHROMA = (9.0, 36.0)


_NEAR, _DARK, _FEW = 7.0, 35.0, 0.05
"""CIELAB units of chroma that count as nearly gray; L* below which nothing counts; share of the frame that is few."""
_NEUTRAL_SHARE = 1.3
"""Of what is nearly gray, against the skin's."""
_EYE_B, _EYE_SOFT = 2.8, 12.0
"""b* of the whites of the eyes, measured: between 25 people under studio light and 16 published portraits; and CIELAB
units from which a lid or a lash in the whites may have a part in more."""


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


def near_neutral(colours: Floats) -> tuple[float, float]:
    """Return a* and b* of the lighter parts that are nearly gray, drawn towards 0 where there are few of them.

    Parameters
    ----------
    colours : HxWx3 float32
        CIELAB.

    Notes
    -----
    What is gray, white or black in a scene lies close together around neutral and moves with the light as one; things
    that have colours lie further out and say little. Hence weights by a Gaussian around neutral.
    """
    light, a, b = cv2.split(colours)
    weight = (1 + (a * a + b * b) / np.float32(_NEAR**2)) ** np.float32(-1.5)
    weight *= np.clip((light - _DARK) / 20, 0, 1)
    total = float(weight.sum()) + _FEW * weight.size
    return float((weight * a).sum() / total), float((weight * b).sum() / total)


def eye_white(analysis: Analysis) -> tuple[float, float]:
    """Return a* and b* (CIELAB) of the whites of the eyes: the paler half of what is bright between the lids.

    Under closed lids it is the skin's own. Raises NotMeasurable without landmarks.
    """
    colours = analysis.aligned_lab(analysis.eye_openings)
    colours = colours[colours[:, 0] >= np.percentile(colours[:, 0], 60)]
    chroma = np.hypot(colours[:, 1], colours[:, 2])
    _, a, b = np.median(colours[chroma <= np.median(chroma)], axis=0)
    return float(a), float(b)


class Cast(NamedTuple):
    """What three things are away from what they would be in neutral light, each in a* and b* (CIELAB)."""

    frame: tuple[float, float]
    eyes: tuple[float, float]
    skin: tuple[float, float]


def find_cast(analysis: Analysis) -> Cast:
    """Look at what is nearly gray, at the whites of the eyes where lids are known, and at the skin."""
    eyes = (0.0, 0.0)
    if analysis.face.landmarks is not None:
        _, b = eye_white(analysis)
        eyes = (0.0, b - _EYE_B)
    _, a, b = np.median(analysis.aligned_lab(analysis.cheeks), axis=0)
    natural = natural_skin(float(a), float(b))
    return Cast(near_neutral(analysis.frame_lab[::2, ::2]), eyes, (float(a) - natural[0], float(b) - natural[1]))


def colour_cast(analysis: Analysis) -> Measured:
    r"""Colour cast in CIELAB units: what three things are away from their neutral colours, summed.

    .. math:: c = 1.3 |n| + 12 \ln(1 + |b_e - b_0| / 12) + d_s

    Notes
    -----
    `n` is the colour of what is nearly gray, :math:`b_e` that of the whites of the eyes, from blue to yellow, with
    :math:`b_0` as measured, and :math:`d_s` the distance of the skin from every colour that skin has in neutral light.
    The first two have no range in which nothing counts; the third has, since skins differ.

    Measured: 16 published portraits have 1.6 to 20, median 5; 25 people under one studio light 2.1 to 4.2 by group.
    """
    cast = find_cast(analysis)
    away, whites, skin = (float(np.hypot(*part)) for part in cast)
    value = _NEUTRAL_SHARE * away + _EYE_SOFT * float(np.log1p(whites / _EYE_SOFT)) + skin
    # How red the whites are is not known well enough.
    toward_red, toward_yellow = np.add(cast.frame, cast.skin)
    if -toward_red > abs(toward_yellow):
        return Measured(value, "green")
    return Measured(value, "warm" if toward_yellow + cast.eyes[1] >= 0 else "cool")


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
    alt = N_(
        "Above, the main colours of the picture by their share. Below, the skin: left as it is in the picture, right "
        "as near as skin comes in neutral light. Where both look alike, it is natural."
    )
    return Illustration(pixels, alt)


def _rgb(*colour: float) -> Pixels:
    rgb = cv2.cvtColor(np.array([[colour]], np.float32), cv2.COLOR_Lab2RGB)[0, 0]
    return np.rint(np.clip(rgb, 0, 1) * 255).astype(np.uint8)


COLOR_HARMONY = Metric(
    "color_harmony",
    "True colours",
    ("truer colours", "colour cast"),
    "style",
    place=10,
    measure=colour_cast,
    quality=Curve(((0, 100), (6, 90), (10, 77), (16, 50), (26, 18), (45, 0))),
    weight=1.2,
    unit="ΔE",
    decimals=1,
    picture=_palette,
    help="Whether the light or a filter has tinted the picture. White and gray things, the whites of the eyes and "
    "skin tell; light and dark skin have much the same hue.",
    advice={
        "cool": "The picture is bluish: make its colours warmer, or take it in daylight.",
        "warm": "The picture is yellowish: make its colours cooler, or take it in daylight.",
        "green": "The picture is greenish: take out the tint, or take it in daylight.",
    },
    praise="true colours",
    tip={"cool": "Leave the blue light", "warm": "Leave the warm lamplight", "green": "Leave the green light"},
)

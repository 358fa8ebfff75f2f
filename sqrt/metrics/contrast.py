"""Tonal range."""

import numpy as np

from sqrt.metrics.analysis import Analysis, Floats, luma
from sqrt.metrics.base import Curve, Metric
from sqrt.metrics.illustration import TONES, Illustration, histogram


def entropy_bits(gray: Floats) -> float:
    """Shannon entropy, 0 to 8 bits, of the 256-bin histogram of HxW luma."""
    share = np.bincount(gray.astype(np.uint8).ravel(), minlength=256) / gray.size
    share = share[share > 0]
    return float(-(share * np.log2(share)).sum())


def tonal_range(analysis: Analysis) -> float:
    """Entropy of luma over the head (over the frame, without a face), in bits: 0 to 8.

    ISO/IEC 29794-5, dynamic range, takes linear luminance; gamma-encoded luma spends its bins evenly over light and
    dark skin. Hair and what adjoins belong to the region, since haze lifts the darkest tones first.
    """
    return entropy_bits(analysis.aligned_luma if analysis.faces else luma(analysis.frame))


def _tones(analysis: Analysis) -> Illustration:
    gray, what = (analysis.aligned_luma, "face and hair") if analysis.faces else (luma(analysis.frame), "the picture")
    return Illustration(histogram(gray), f"{TONES} of {what}.")


# OFIQ's 12.5 points a bit would forgive haze. Measured: clean portraits have 6.6 to 7.7, in dense haze 5.1 to 6.0.
CONTRAST = Metric(
    "contrast",
    "Contrast",
    ("more contrast", "flatter tones"),
    "technical",
    place=30,
    measure=tonal_range,
    quality=Curve(((4, 0), (5, 15), (5.7, 35), (6.3, 65), (7, 100))),
    weight=1.5,
    unit="bits",
    decimals=1,
    picture=_tones,
    help="How many different tones the face and hair show, as their entropy in bits: 0 is one tone, 8 is all 256 "
    "tones alike. Haze, a dirty lens or flat light leave few.",
    advice="Clean the lens and keep lamps and windows out of the picture, so that no haze lies over it.",
    tip="Wipe the lens, hide bright lamps",
)

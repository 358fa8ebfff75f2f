"""Clothing against the background."""

import numpy as np

from sqrt.errors import NotMeasurable
from sqrt.metrics.analysis import Analysis
from sqrt.metrics.base import Curve, Metric


def separation(analysis: Analysis) -> float:
    """Colour difference of clothing and background, CIE 1976 ΔE of their medians.

    Raises NotMeasurable where the frame ends above the clothing, or the person fills it.
    """
    # Every fourth pixel both ways tells the median as well as all of them.
    every = np.s_[::4, ::4]
    worn, behind = analysis.clothing[every], analysis.background[every]
    if worn.mean() < 0.01 or not behind.any():
        raise NotMeasurable("No clothing is in the picture.")
    colours = analysis.frame_lab[every]
    return float(np.linalg.norm(np.median(colours[worn], axis=0) - np.median(colours[behind], axis=0)))


STYLE = Metric(
    "style",
    "Clothing",
    ("clothes stand out", "clothes blend in"),
    "style",
    place=40,
    measure=separation,
    quality=Curve(((0, 60), (10, 80), (25, 92), (80, 100))),
    weight=0.2,
    unit="ΔE",
    help="How clearly the clothing's colour stands out from the background: the difference of both in ΔE, of which 2 "
    "are just seen. What is worn does not matter.",
    advice="Stand before a background of another colour or lightness than your clothes.",
)

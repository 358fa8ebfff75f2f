"""Clothing against the background."""

import cv2
import numpy as np

from sqrt.errors import NotMeasurable
from sqrt.metrics.analysis import Analysis, Mask
from sqrt.metrics.base import Curve, Metric


def clothing(analysis: Analysis) -> Mask:
    """Return what the main face's person wears, on the small frame; may be empty.

    The outline from under the chin to the hips, or without one a box there, one face high.
    """
    scale = analysis.frame.shape[1] / analysis.photo.pixels.shape[1]
    x, y, w, h = (side * scale for side in analysis.face.box)
    reach, low, high = (0.2, 1.5, 2.5) if analysis.outline is None else (1.0, 1.3, 4.0)
    mask = np.zeros(analysis.frame.shape[:2], np.uint8)
    corners = (round(x - reach * w), round(y + low * h)), (round(x + (1 + reach) * w), round(y + high * h))
    cv2.rectangle(mask, *corners, 1, -1)
    worn = mask.astype(np.bool_)
    return worn if analysis.outline is None else worn & analysis.person


def separation(analysis: Analysis) -> float:
    """Colour difference of clothing and background, CIE 1976 ΔE of their medians.

    Raises NotMeasurable where the frame ends above the clothing, or the person fills it.
    """
    # Every fourth pixel both ways tells the median as well as all of them.
    every = np.s_[::4, ::4]
    worn, behind = clothing(analysis)[every], analysis.background[every]
    if worn.mean() < 0.01 or not behind.any():
        raise NotMeasurable("No clothing is in the picture.")
    colours = analysis.frame_lab[every]
    return float(np.linalg.norm(np.median(colours[worn], axis=0) - np.median(colours[behind], axis=0)))


STYLE = Metric(
    "style",
    "Clothes",
    ("clothes stand out", "clothes blend in"),
    "style",
    place=40,
    measure=separation,
    quality=Curve(((0, 64), (10, 82), (25, 93), (80, 100))),
    weight=0.2,
    unit="ΔE",
    help="How clearly the colour of the clothes stands out from the background. What is worn does not matter.",
    advice="Stand before a background of another colour or lightness than your clothes.",
    praise="clothes that stand out",
)

"""Focus and motion blur on the face."""

import cv2
import numpy as np

from sqrt.faces.crop import reduced
from sqrt.metrics.analysis import FACE_IED, FACE_SIDE, Analysis, Floats, luma
from sqrt.metrics.base import Curve, Metric

_MARGIN = FACE_SIDE // 8
_DIFFERENCE = np.array([[-0.5, 0, 0.5]], np.float32)


def edge_width(gray: Floats) -> float:
    """Width of the steeper edges in pixels, the wider of the two axes; motion blurs only one.

    Parameters
    ----------
    gray : HxW float32
        Luma.

    Notes
    -----
    For each axis, an edge's width is its local contrast (maximum less minimum over 9 pixels) over its steepest step.
    The mean over the pixels with the most contrast, weighted by contrast, does not change with contrast or brightness.
    Perceptual blur as edge width follows Marziliano et al., *A no-reference perceptual blur metric*, ICIP 2002.
    """
    gray = cv2.GaussianBlur(gray, (0, 0), 0.7)
    widths = []
    for kernel, difference in ((np.ones((1, 9), np.uint8), _DIFFERENCE), (np.ones((9, 1), np.uint8), _DIFFERENCE.T)):
        contrast = cv2.dilate(gray, kernel) - cv2.erode(gray, kernel)
        step = np.abs(cv2.filter2D(gray, -1, difference))
        steepest = cv2.dilate(step, kernel)
        strong = contrast >= max(float(np.percentile(contrast[::2, ::2], 85)), 4.0)
        if not strong.any():
            return 9.0
        widths.append(float(contrast[strong].sum() / np.maximum(steepest[strong], 0.25).sum()))
    return max(widths)


def blur_width(analysis: Analysis) -> float:
    """Width of edges on the face, in percent of the inter-eye distance.

    Without a face a seventh of the frame's long side stands for it: what selfies have on the whole.
    """
    if analysis.faces:
        inner = slice(_MARGIN, FACE_SIDE - _MARGIN)
        return 100 * edge_width(analysis.aligned_luma[inner, inner]) / FACE_IED
    return 100 * edge_width(luma(reduced(analysis.view, 7 * FACE_IED))) / FACE_IED


# Measured: sharp portraits have 4.9 to 6.2; a blur (sigma) of 3 % of the eye distance gives 7.1 to 8.4.
SHARPNESS = Metric(
    "sharpness",
    "Sharpness",
    ("sharper", "less sharp"),
    "technical",
    place=20,
    measure=blur_width,
    quality=Curve(((5.5, 100), (7, 75), (8.5, 40), (10, 15), (12, 0))),
    weight=2.5,
    unit="% of the eye distance",
    decimals=1,
    picture="sharpness",
    help="How far edges on the face are smeared by missed focus or movement: the width of its clearest edges in "
    "percent of the distance between the eyes. Less is sharper.",
    advice="Hold still, lean the phone or your elbows on something, wipe the lens, and tap on your face to focus.",
    tip="Hold still",
)

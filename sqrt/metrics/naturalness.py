"""Traces of beauty filters."""

import cv2
import numpy as np

from sqrt.analysis import Analysis, Floats
from sqrt.metrics.base import Curve, Measured, Metric


def skin_texture(gray: Floats, skin: np.ndarray, oval: np.ndarray) -> float:
    """Fine texture of the skin relative to that of the whole face; smoothing lowers it, plain blur hardly does.

    Parameters
    ----------
    gray : HxW luma of the aligned face
    skin, oval : HxW bool
        Skin without features; the whole face.
    """
    detail = np.abs(gray - cv2.GaussianBlur(gray, (0, 0), 1.5))
    rest = oval & ~skin
    return float(np.median(detail[skin]) / max(np.percentile(detail[rest], 80), 0.5))


def retouching(analysis: Analysis) -> Measured:
    """Strength of the clearest filter trace, percent: smoothed skin, or colours stronger than skin has."""
    chroma = float(np.median(np.hypot(*cv2.split(analysis.aligned_lab[..., 1:]))[analysis.skin]))
    saturated = (chroma - 34) / 30
    texture = skin_texture(analysis.aligned_luma, analysis.skin, analysis.oval)
    smoothed = 1 - texture / 0.10
    strongest = max(saturated, smoothed, 0.0)
    return Measured(100 * min(strongest, 1.0), "colour" if saturated >= smoothed else "smooth")


NATURALNESS = Metric(
    "naturalness",
    "Naturalness",
    "style",
    measure=retouching,
    quality=Curve(((5, 100), (30, 75), (60, 35), (85, 5), (100, 0))),
    weight=1,
    unit="% filter trace",
    help="Traces of filters: skin smoothed until its texture is gone, or colours stronger than skin has.",
    advice={
        "colour": "Turn the saturation down: skin looks better with its own colour.",
        "smooth": "Turn the beauty filter off: skin has texture.",
    },
)

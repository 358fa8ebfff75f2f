"""What only the rules for documents ask of a photo. All raise NotMeasurable where there is nothing to measure."""

import cv2
import numpy as np

from sqrt.errors import NotMeasurable
from sqrt.metrics.analysis import Analysis, Floats

_LEVEL_PITCH_DEG = 3.0
"""Pitch of who looks straight into a lens at the height of the eyes: the median of 13 people in a studio."""

_LIPS = ((82, 87), (13, 14), (312, 317))
_CHIN = 152
_BACKGROUND_SIGMA = 1.5


def mouth_gap(analysis: Analysis) -> float:
    """Widest gap between the lips, in percent of the distance from the eyes to the chin.

    ISO/IEC 29794-5, mouth closed; as OFIQ measures it.
    """
    points = analysis.landmarks[:, :2]
    gap = max(float(np.linalg.norm(points[above] - points[below])) for above, below in _LIPS)
    return 100 * gap / max(_eyes_to_chin(analysis), 1e-6)


def head_share(analysis: Analysis) -> float:
    """Height of the head, chin to crown, in percent of the picture's height.

    Twice the distance from the eyes to the chin, whatever the hair: the eyes are half-way up a head.
    """
    return 200 * _eyes_to_chin(analysis) / analysis.photo.pixels.shape[0]


def _eyes_to_chin(analysis: Analysis) -> float:
    return float(np.linalg.norm(analysis.landmarks[_CHIN, :2] - analysis.eyes.mean(0)))


def yaw_deg(analysis: Analysis) -> float:
    """How far the head is turned to a side, in degrees."""
    return abs(analysis.pose.yaw_deg)


def pitch_deg(analysis: Analysis) -> float:
    """How far the head is raised or lowered, in degrees."""
    return abs(analysis.pose.pitch_deg - _LEVEL_PITCH_DEG)


def roll_deg(analysis: Analysis) -> float:
    """How far the head leans to a side, in degrees."""
    return abs(analysis.pose.roll_deg)


def across(analysis: Analysis) -> float:
    """Where the middle between the eyes is, in percent of the picture's width."""
    return 100 * float(analysis.eyes[:, 0].mean()) / analysis.photo.pixels.shape[1]


def down(analysis: Analysis) -> float:
    """Where the eyes are, in percent of the picture's height from above."""
    return 100 * float(analysis.eyes[:, 1].mean()) / analysis.photo.pixels.shape[0]


def _background_lab(analysis: Analysis) -> Floats:
    """Nx3 CIELAB of what is around the person, clear of their edge and without its grain."""
    clear = cv2.erode(analysis.background.astype(np.uint8), np.ones((9, 9), np.uint8)) > 0
    if clear.mean() < 0.05:
        raise NotMeasurable("Hardly any background is in the picture.")
    return cv2.GaussianBlur(analysis.frame_lab, (0, 0), _BACKGROUND_SIGMA)[clear]


def background_spread(analysis: Analysis) -> float:
    """How far nine of ten places of the background are from its median colour at the most, in CIELAB units."""
    colours = _background_lab(analysis)
    return float(np.percentile(np.linalg.norm(colours - np.median(colours, axis=0), axis=1), 90))


def background_lightness(analysis: Analysis) -> float:
    """Median L* (CIELAB) of the background, 0 to 100."""
    return float(np.median(_background_lab(analysis)[:, 0]))

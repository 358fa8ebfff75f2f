"""Composition: the eye line, a level head, room to look into."""

import numpy as np

from sqrt.metrics.analysis import Analysis
from sqrt.metrics.base import Curve, Metric

_BAND = (0.24, 0.50)
_FREE_TILT_DEG = 8.0
_LOOKS_ASIDE_DEG = 15.0


def imbalance(analysis: Analysis) -> float:
    """How far the picture is from balanced, in percent of the frame; 0 is balanced.

    The sum of: the distance of the eye line from the band around the upper third (percent of the height); half a
    percent for each degree that the eyes are tilted beyond 8; for a head turned aside, the room missing in front of it
    compared with behind (percent of the width). A centred face costs nothing.
    """
    height, width = analysis.photo.pixels.shape[:2]
    left, right = analysis.eyes
    across, level = float((left[0] + right[0]) / 2) / width, float((left[1] + right[1]) / 2) / height
    line = max(_BAND[0] - level, level - _BAND[1], 0.0)
    tilt_deg = abs(float(np.rad2deg(np.arctan2(right[1] - left[1], right[0] - left[0]))))
    yaw_deg = analysis.face.pose.yaw_deg if analysis.face.pose else 0.0
    room = 0.0
    if abs(yaw_deg) > _LOOKS_ASIDE_DEG:
        room = max(0.0, across - 0.5 if yaw_deg > 0 else 0.5 - across)
    return 100 * (line + room) + 0.5 * max(0.0, tilt_deg - _FREE_TILT_DEG)


COMPOSITION = Metric(
    "composition",
    "Composition",
    ("better composed", "less well composed"),
    "style",
    place=20,
    measure=imbalance,
    quality=Curve(((0, 100), (8, 86), (18, 60), (30, 30))),
    weight=0.4,
    unit="%",
    picture="thirds",
    help="Whether the eyes are about a third below the upper edge, the head is upright, and a turned face has room "
    "to look into.",
    advice="Place your eyes about a third below the upper edge, hold the camera level, and leave room where you look.",
    praise="a well composed picture",
    tip="Put your eyes in the upper third",
)

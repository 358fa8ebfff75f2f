"""Gaze towards the lens."""

import numpy as np

from sqrt.errors import NotMeasurable
from sqrt.metrics.analysis import Analysis
from sqrt.metrics.base import Curve, Metric

# Iris centre; outer and inner corner.
_EYES = ((468, 33, 133), (473, 263, 362))
_EYEBALL = 0.45
"""Radius of the eyeball (12 mm) over the width of the eye opening (about 27 mm)."""
_SHUT = 0.6


def gaze_angle(analysis: Analysis) -> float:
    """Angle between the gaze and the lens, in degrees, sideways: turn of the head plus turn of the eyes in it.

    An eye looking the other way than the head is turned still looks into the lens. Up and down are left out: the lids
    hide the iris, and its height in the eye is not known well enough.
    """
    landmarks, blendshapes = analysis.landmarks, analysis.blendshapes
    if max(blendshapes["eyeBlinkLeft"], blendshapes["eyeBlinkRight"]) > _SHUT:
        raise NotMeasurable("An eye is closed.")
    turns = []
    for iris, outer, inner in _EYES:
        points = landmarks[[iris, outer, inner], :2]
        across = points[2] - points[1] if iris == 468 else points[1] - points[2]
        width = float(np.linalg.norm(across))
        offset = float((points[0] - (points[1] + points[2]) / 2) @ across) / width**2
        turns.append(np.rad2deg(np.arcsin(np.clip(offset / _EYEBALL, -1, 1))))
    return abs(analysis.pose.yaw_deg + float(np.mean(turns)))


EYE_CONTACT = Metric(
    "eye_contact",
    "Eye contact",
    ("eye contact", "looks away"),
    "face",
    place=60,
    personal=True,
    measure=gaze_angle,
    quality=Curve(((0, 100), (8, 96), (18, 85), (28, 65), (45, 25), (60, 10))),
    weight=0.5,
    unit="°",
    picture="eyes",
    help="Whether the eyes look into the lens, or past it.",
    advice="Look into the lens itself, not at your picture on the screen.",
    praise="eye contact",
    tip="Look into the lens",
)

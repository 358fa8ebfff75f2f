"""Detail on the face."""

import numpy as np

from sqrt.metrics.analysis import Analysis
from sqrt.metrics.base import Curve, Metric


def inter_eye_distance(analysis: Analysis) -> float:
    """Inter-eye distance in pixels of the original photo, corrected for yaw where that is known.

    References
    ----------
    ISO/IEC 29794-5, inter-eye distance; 90 px or more are asked for, which gives 98 here. OFIQ 1.0.3 maps passports
    with x0 = 70 and w = 20; a frame of a webcam, or a person down to the waist, is good enough with fewer pixels.
    """
    analysis.eyes  # noqa: B018 - raises where the eyes were not located
    yaw_deg = analysis.face.pose.yaw_deg if analysis.face.pose else 0.0
    turned = max(float(np.cos(np.deg2rad(yaw_deg))), 0.5)
    return analysis.inter_eye_distance / analysis.photo.scale / turned


RESOLUTION = Metric(
    "resolution",
    "Size of the face",
    ("more detail", "less detail"),
    "technical",
    place=60,
    measure=inter_eye_distance,
    quality=Curve(((10, 0), (18, 10), (30, 40), (45, 68), (62, 84), (90, 94), (150, 98), (300, 100))),
    weight=0.4,
    unit="px between the eyes",
    help="How many pixels the face has, so that it still looks good when it is shown large.",
    advice="Use the full-size photo rather than a screenshot, and come closer instead of zooming in.",
)

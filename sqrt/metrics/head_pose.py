"""Head pose."""

import numpy as np

from sqrt.metrics.analysis import Analysis
from sqrt.metrics.base import Curve, Measured, Metric

_LEVEL_PITCH_DEG = 5.0


def pose_angle(analysis: Analysis) -> Measured:
    """Yaw, pitch and roll together (root of the sum of squares), in degrees away from looking straight into the lens.

    ISO's portrait rules keep yaw and pitch within 5 degrees and roll within 8; a selfie may do more. MediaPipe
    itself gives 16 portraits that face the camera a median pitch of +5 degrees, which counts as level.
    """
    yaw_deg, pitch_deg, roll_deg = analysis.pose
    angles = {"yaw": abs(yaw_deg), "pitch": abs(pitch_deg - _LEVEL_PITCH_DEG), "roll": abs(roll_deg)}
    largest = max(angles, key=lambda name: angles[name])
    return Measured(float(np.linalg.norm(list(angles.values()))), largest)


HEAD_POSE = Metric(
    "head_pose",
    "Facing the camera",
    ("faces the camera", "head turned"),
    "face",
    place=40,
    personal=True,
    measure=pose_angle,
    quality=Curve(((0, 100), (10, 92), (20, 72), (30, 42), (40, 20), (55, 5), (75, 0))),
    weight=1,
    unit="°",
    help="Whether the head faces the camera, or is turned, nodded or tilted away from it.",
    advice={
        "yaw": "Turn your face towards the camera.",
        "pitch": "Bring the camera to the height of your eyes.",
        "roll": "Hold the camera level and your head upright.",
    },
    praise="a face turned to the camera",
    tip={
        "yaw": "Turn your face to the camera",
        "pitch": "Camera at the height of your eyes",
        "roll": "Hold head and camera upright",
    },
)

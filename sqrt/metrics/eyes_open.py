"""Eyes open."""

import numpy as np

from sqrt.errors import NotMeasurable
from sqrt.faces import Landmarks
from sqrt.metrics.base import Metric, Sigmoid

# Upper and lower lid at three places of each eye.
_LIDS = (((159, 145), (160, 144), (158, 153)), ((386, 374), (387, 373), (385, 380)))


def eye_openness(landmarks: Landmarks) -> float:
    """Opening of the more closed eye, relative to the eye-to-chin distance; 0 is shut.

    Parameters
    ----------
    landmarks : 478x3, any unit
        In-plane rotation, scale and mirroring cancel.

    References
    ----------
    ISO/IEC 29794-5, eyes open: the widest of three lid-to-lid distances; OFIQ 1.0.3 has 98 landmarks there, and a
    mapping (x0 = 2 %, w = 1 %) that gives shut eyes 12. MediaPipe's lids measure 5.7 to 9.2 % on open eyes, smiling
    ones included.
    """
    points = landmarks[:, :2]
    chin = float(np.linalg.norm(points[[33, 133, 362, 263]].mean(0) - points[152]))
    if chin == 0:
        raise NotMeasurable("The face has no height.")
    return min(max(float(np.linalg.norm(points[u] - points[v])) for u, v in lids) for lids in _LIDS) / chin


EYES_OPEN = Metric(
    "eyes_open",
    "Eyes open",
    ("eyes open", "eyes less open"),
    "face",
    place=50,
    measure=lambda analysis: 100 * eye_openness(analysis.landmarks),
    quality=Sigmoid(x0=3.2, w=0.8),
    weight=1.5,
    unit="% of eye to chin",
    decimals=1,
    picture="eyes",
    help="How far the more closed eye is open: the gap between its lids in percent of the distance from the eyes to "
    "the chin. 0 is shut.",
    advice="Open your eyes: blink just before the shutter, or take a short burst.",
    tip="Open your eyes",
)

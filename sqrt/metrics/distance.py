"""Distance of the camera."""

import numpy as np

from sqrt.errors import NotMeasurable
from sqrt.metrics.analysis import Analysis
from sqrt.metrics.base import Curve, Metric

# Of MediaPipe's face mesh: the eyes' corners are 5 % closer together than these.
_PUPILS = [468, 473]
_PUPILS_CM = 6.3
_FRAME_DIAGONAL_MM = 43.27


def camera_distance(analysis: Analysis) -> float:
    r"""Distance from the camera to the eyes, in cm, where the file tells the lens.

    .. math:: 6.3\,\mathrm{cm} \cdot \frac{f_{35}}{43.27\,\mathrm{mm}} \cdot \frac{diagonal}{d / \cos(yaw)}

    `d` is the distance between the pupils and `diagonal` that of the picture, both in pixels; :math:`f_{35}` is the
    focal length for a frame of 36 x 24 mm, whose diagonal has 43.27 mm, which is what cameras go by (CIPA DCG-001). A
    turned head brings the eyes closer together. Adults have 54 to 74 mm between the pupils, 63 in the mean (Dodgson
    2004), so that the distance is known from 14 % less to 17 % more.

    Raises NotMeasurable where the file does not tell the lens, or tells that the picture is cropped or zoomed.
    """
    focal_35mm = analysis.photo.focal_35mm
    if focal_35mm is None:
        raise NotMeasurable("The file does not tell the lens, or the photo was cropped or zoomed.")
    height, width = analysis.photo.pixels.shape[:2]
    left, right = analysis.landmarks[_PUPILS, :2]
    frontal = float(np.hypot(*(right - left)) / np.cos(np.deg2rad(analysis.pose.yaw_deg)))
    return _PUPILS_CM * focal_35mm / _FRAME_DIAGONAL_MM * float(np.hypot(width, height)) / max(frontal, 1.0)


# At 30 cm a nose looks 30 % wider than at 150 cm, from where on more distance changes hardly anything (Ward et al.
# 2018, JAMA Facial Plastic Surgery). An arm's length is about 60.
DISTANCE = Metric(
    "distance",
    "Distance",
    ("taken from further away", "taken from very near"),
    "face",
    place=25,
    measure=camera_distance,
    quality=Curve(((10, 0), (20, 12), (30, 40), (45, 70), (60, 84), (90, 94), (150, 100))),
    weight=0.4,
    unit="cm",
    help="How far the camera was from your eyes, by what the file tells of the lens. From very near, a nose looks "
    "larger than it is.",
    advice="Hold the camera at arm's length or further, and crop the picture: from near, a nose looks larger than it "
    "is.",
    praise="a kind distance to the camera",
)

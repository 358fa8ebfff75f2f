"""Framing: how much of the height the face takes."""

from sqrt.metrics.analysis import Analysis
from sqrt.metrics.base import Curve, Measured, Metric

_IDEAL = 35


def face_height(analysis: Analysis) -> Measured:
    """Height of the face, hairline to chin, in percent of the frame's height.

    PhotoFeeler's 60,000 ratings prefer head-and-shoulders to waist (about 45 to 20 percent) to face-only and
    full-body. OFIQ's target of 45 % from eyes to chin is right for passports, not for selfies.
    """
    percent = 100 * analysis.face.box[3] / analysis.photo.pixels.shape[0]
    return Measured(percent, "far" if percent < _IDEAL else "close")


FACE_SIZE = Metric(
    "face_size",
    "How close you are",
    ("better framed", "framed too far or too close"),
    "face",
    place=20,
    measure=face_height,
    quality=Curve(
        (
            (4, 0),
            (8, 8),
            (12, 30),
            (17, 60),
            (22, 76),
            (30, 91),
            (38, 100),
            (48, 97),
            (58, 87),
            (68, 68),
            (78, 40),
            (95, 5),
        )
    ),
    weight=2.4,
    unit="%",
    picture="face",
    help="How much of the picture the face fills. Head and shoulders, or down to the waist, works best.",
    advice={
        "far": "Come closer: head and shoulders should fill most of the picture.",
        "close": "Hold the camera further away, so that your whole head and your shoulders are in the picture.",
    },
    praise="good framing",
    tip={"far": "Come closer", "close": "Move back a little"},
)

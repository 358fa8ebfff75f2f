"""Where the face is in the frame."""

from sqrt.metrics.analysis import Analysis
from sqrt.metrics.base import Curve, Measured, Metric

_FREE_ABOVE = 0.1


def edge_gap(analysis: Analysis) -> Measured:
    """Smallest distance of the face box to the frame's edges, in face widths; negative where the face is cut off.

    The gap above gets a tenth of a face width for free: close portraits are often cut above the hairline, on purpose.
    """
    x, y, w, h = analysis.face.box
    height, width = analysis.photo.pixels.shape[:2]
    gaps = {"left": x / w, "right": (width - x - w) / w, "bottom": (height - y - h) / w, "top": y / w + _FREE_ABOVE}
    nearest = min(gaps, key=lambda side: gaps[side])
    return Measured(gaps[nearest], nearest)


FACE_POSITION = Metric(
    "face_position",
    "Place in the picture",
    ("face well placed", "face near the edge"),
    "face",
    place=10,
    personal=True,
    measure=edge_gap,
    quality=Curve(((-0.3, 0), (-0.1, 8), (0.05, 38), (0.2, 78), (0.4, 94), (0.7, 98), (1.2, 100))),
    weight=0.7,
    unit="face widths to the edge",
    decimals=2,
    picture="face",
    help="Whether the face is well inside the picture. In the middle is fine, and so is a little to the side; near "
    "an edge it looks cut off.",
    advice={
        "left": "Move the camera so that you are nearer to the middle: your face is at the left edge.",
        "right": "Move the camera so that you are nearer to the middle: your face is at the right edge.",
        "top": "Tilt the camera up a little: there is no room above your head.",
        "bottom": "Tilt the camera down a little: your chin is at the lower edge.",
    },
    praise="a face well inside the picture",
    tip={
        "left": "Move to the middle",
        "right": "Move to the middle",
        "top": "Tilt the camera up",
        "bottom": "Tilt the camera down",
    },
)

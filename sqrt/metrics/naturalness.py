"""Traces of beauty filters."""

import cv2
import numpy as np

from sqrt.faces.crop import crop, to_picture, upright_matrix
from sqrt.metrics.analysis import Analysis, Floats, Mask
from sqrt.metrics.base import Curve, Measured, Metric
from sqrt.metrics.illustration import SIDE, Illustration

_FULL_CHROMA, _CHROMA_RANGE = 40.0, 25.0
"""CIELAB units, measured: unedited portraits end below 40; saturation doubled gives 60 and more."""
_FULL_EXCESS, _EXCESS_RANGE = 24.0, 14.0
"""CIELAB units beyond the eyes' whites, measured: a cast of a stop leaves 15 to 31, chroma times 2.6 gives 29 to 67."""
_TEXTURE = 0.12
"""Measured: unedited portraits have 0.11 to 0.31; a strong skin filter leaves 0.04 to 0.08."""


def skin_texture(gray: Floats, skin: Mask, oval: Mask) -> float:
    """Fine texture of the skin relative to that of the features; smoothing lowers it.

    Plain blur lowers both: measured, the median over 16 portraits goes from 0.17 to 0.13 and 0.16 under a blur of 1.5
    and 3 % of the eye distance.

    Parameters
    ----------
    gray : HxW luma of the aligned face
    skin, oval : HxW bool
        Skin without features; the whole face.
    """
    detail = np.abs(gray - cv2.GaussianBlur(gray, (0, 0), 1.5))
    rest = oval & ~skin
    return float(np.median(detail[skin]) / max(np.percentile(detail[rest], 80), 0.5))


def eye_white_chroma(analysis: Analysis) -> float:
    """Chroma (CIELAB) of the brighter part between the lids, which a colour cast raises as it raises the skin's.

    Under closed lids it is the skin's own. Raises NotMeasurable without landmarks.
    """
    eyes = analysis.eye_openings
    light, a, b = analysis.aligned_lab(eyes).T
    bright = light >= np.percentile(light, 60)
    return float(np.hypot(np.median(a[bright]), np.median(b[bright])))


def retouching(analysis: Analysis) -> Measured:
    """Strength of the clearest filter trace, percent: smoothed skin, or colours stronger than skin has."""
    # The strongest colours of the skin: pale and dark skin have less chroma on the whole, but no skin has this much.
    # Every second row tells them as well as all.
    rows = np.zeros_like(analysis.skin)
    rows[::2] = analysis.skin[::2]
    _, a, b = analysis.aligned_lab(rows).T
    chroma = float(np.percentile(np.hypot(a, b), 95))
    saturated = (chroma - _FULL_CHROMA) / _CHROMA_RANGE
    # A warm cast raises the skin's chroma, too, but that of the whites with it. The cascades see no eyelids.
    if analysis.face.landmarks is not None:
        excess = chroma - eye_white_chroma(analysis)
        saturated = min(saturated, (excess - _FULL_EXCESS) / _EXCESS_RANGE)
    smoothed = 1 - skin_texture(analysis.aligned_luma, analysis.skin, analysis.oval) / _TEXTURE
    strongest = max(saturated, smoothed, 0.0)
    return Measured(100 * min(strongest, 1.0), "colour" if saturated >= smoothed else "smooth")


def _skin(analysis: Analysis) -> Illustration:
    """A square of cheek, half the eye distance wide, where most skin is around it."""
    matrix = analysis.face_matrix
    around = cv2.distanceTransform(np.pad(analysis.cheeks, 1).astype(np.uint8), cv2.DIST_L2, 5)[1:-1, 1:-1]
    row, column = np.unravel_index(int(around.argmax()), around.shape)
    (centre,) = to_picture(np.array([[column + 0.5, row + 0.5]], np.float32), matrix)
    angle_deg = float(np.rad2deg(np.arctan2(-matrix[1, 0], matrix[0, 0])))
    zoom = SIDE / (analysis.inter_eye_distance / 2)
    patch = upright_matrix((float(centre[0]), float(centre[1])), angle_deg, zoom, (SIDE / 2, SIDE / 2))
    return Illustration(crop(analysis.photo.pixels, patch, (SIDE, SIDE)), "The skin of a cheek, enlarged.")


NATURALNESS = Metric(
    "naturalness",
    "Naturalness",
    ("more natural", "looks edited"),
    "style",
    place=30,
    measure=retouching,
    quality=Curve(((12, 100), (30, 70), (45, 38), (62, 10), (80, 0))),
    weight=1,
    unit="% filter trace",
    picture=_skin,
    help="Traces of filters: skin smoothed until its texture is gone, or colours stronger than skin has. The clearer "
    "of both counts, from 0 (no trace) to 100%.",
    advice={
        "colour": "Turn the saturation down: skin looks better with its own colour.",
        "smooth": "Turn the beauty filter off: skin has texture.",
    },
)

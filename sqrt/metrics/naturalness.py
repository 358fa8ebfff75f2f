"""Traces of beauty filters."""

from itertools import pairwise

import cv2
import numpy as np

from sqrt.errors import NotMeasurable
from sqrt.faces.crop import crop, to_picture, upright_matrix
from sqrt.metrics.analysis import Analysis, Floats, Mask, lab
from sqrt.metrics.base import Curve, Measured, Metric
from sqrt.metrics.illustration import SIDE, Illustration
from sqrt.words import N_

_FINE, _COARSE = 0.8, 1.6
"""Pixels of the aligned face, of 64 between the eyes: what lies below the first, and between both, is looked at."""
_NATURAL, _PLASTIC = -1.4, -5.6
"""Octaves of `skin_texture`: coarse skin in sharp light, and skin on which nothing is left."""
_STRONG_CHROMA = 68.0
"""CIELAB units at which the colour alone is a full trace; measured: the strongest colours of unedited skin have 9 to
35, saturation doubled gives 60 and more."""
_FULL_CHROMA, _CHROMA_RANGE = 40.0, 25.0
_FULL_EXCESS, _EXCESS_RANGE = 24.0, 14.0
"""CIELAB units beyond the eyes' whites, measured: a cast of a stop leaves 15 to 31, chroma times 2.6 gives 29 to 67."""
_CLIPPED = 246
"""Luma that is, or touches, white: light took the texture there, no filter."""


def skin_texture(gray: Floats, skin: Mask, oval: Mask) -> float:
    r"""Texture of the skin relative to the detail of the features, in octaves; smoothing the skin lowers it.

    .. math:: x = \tfrac{1}{3} \max(x_1, x_2) + \tfrac{2}{3} x_2, \quad x_b = \log_2 \frac{s_b + 0.1}{f_b + 1}

    Parameters
    ----------
    gray : HxW luma of the aligned face
    skin, oval : HxW bool
        Skin without features; the whole face.

    Notes
    -----
    In two bands, the finer first, `s` is the median of the detail on skin and `f` the 80th percentile of that on the
    features, in gray levels. What is done to the whole picture lowers both alike: blur, a small size, a veil. JPEG
    clears skin of the finer band first, which a filter does not do without the other: the finer ratio counts as no less
    than the coarser.

    Measured over 16 portraits: -3.5 to -1.9, median -2.8. At full strength the median falls by 1.2 with
    `benchmarks.flaws.skin_smoothing`, and of ``FILTERS`` there by 1.0 with a Gaussian, 0.9 bilateral, 0.8 median, 0.7
    frequency separation, 0.6 guided.
    """
    levels = [gray, *(cv2.GaussianBlur(gray, (0, 0), sigma) for sigma in (_FINE, _COARSE))]
    lit = skin & (levels[-1] < _CLIPPED)
    # Where light took most of the skin, the little that is left is the rim of that.
    if 2 * lit.sum() < skin.sum():
        raise NotMeasurable("The skin is too bright to show its texture.")
    rest = oval & ~skin
    ratios = []
    for finer, coarser in pairwise(levels):
        detail = np.abs(finer - coarser)
        ratios.append(float(np.log2((np.median(detail[lit]) + 0.1) / (np.percentile(detail[rest], 80) + 1))))
    fine, middle = ratios
    return (max(fine, middle) + 2 * middle) / 3


def eye_white_chroma(analysis: Analysis) -> float:
    """Chroma (CIELAB) of the brighter part between the lids, which a colour cast raises as it raises the skin's.

    Under closed lids it is the skin's own. Raises NotMeasurable without landmarks.
    """
    eyes = analysis.eye_openings
    light, a, b = analysis.aligned_lab(eyes).T
    bright = light >= np.percentile(light, 60)
    return float(np.hypot(np.median(a[bright]), np.median(b[bright])))


def skin_chroma(analysis: Analysis) -> float:
    """Chroma (CIELAB) of the skin's strongest colours, as far as it is not the light's."""
    # The strongest colours of the skin: pale and dark skin have less chroma on the whole, but no skin has this much.
    # Every second row tells them as well as all.
    rows = np.zeros_like(analysis.skin)
    rows[::2] = analysis.skin[::2]
    # Grain of the sensor has colours, too.
    _, a, b = lab(cv2.blur(analysis.aligned, (5, 5))[rows][None])[0].T
    chroma = float(np.percentile(np.hypot(a, b), 95))
    # A warm cast raises the skin's chroma, too, but that of the whites with it. The cascades see no eyelids.
    if analysis.face.landmarks is not None:
        excess = (chroma - eye_white_chroma(analysis) - _FULL_EXCESS) / _EXCESS_RANGE
        chroma = min(chroma, _FULL_CHROMA + _CHROMA_RANGE * excess)
    return max(chroma, 0.0)


def retouching(analysis: Analysis) -> Measured:
    """Strength of filter traces, percent: smoothed skin and colours stronger than skin has, both together.

    Neither has a threshold: what one of them leaves natural, the other takes its share of.
    """
    saturated = min((skin_chroma(analysis) / _STRONG_CHROMA) ** 4, 1.0)
    try:
        texture = skin_texture(analysis.aligned_luma, analysis.skin, analysis.oval)
    except NotMeasurable:
        texture = _NATURAL
    smoothed = min(max((_NATURAL - texture) / (_NATURAL - _PLASTIC), 0.0), 1.0)
    trace = 1 - (1 - saturated) * (1 - smoothed)
    return Measured(100 * trace, "colour" if saturated >= smoothed else "smooth")


def _skin(analysis: Analysis) -> Illustration:
    """A square of cheek, half the eye distance wide, where most skin is around it."""
    matrix = analysis.face_matrix
    around = cv2.distanceTransform(np.pad(analysis.cheeks, 1).astype(np.uint8), cv2.DIST_L2, 5)[1:-1, 1:-1]
    row, column = np.unravel_index(int(around.argmax()), around.shape)
    (centre,) = to_picture(np.array([[column + 0.5, row + 0.5]], np.float32), matrix)
    angle_deg = float(np.rad2deg(np.arctan2(-matrix[1, 0], matrix[0, 0])))
    zoom = SIDE / (analysis.inter_eye_distance / 2)
    patch = upright_matrix((float(centre[0]), float(centre[1])), angle_deg, zoom, (SIDE / 2, SIDE / 2))
    return Illustration(crop(analysis.photo.pixels, patch, (SIDE, SIDE)), N_("The skin of a cheek, enlarged."))


NATURALNESS = Metric(
    "naturalness",
    "Natural look",
    ("more natural", "looks edited"),
    "style",
    place=30,
    measure=retouching,
    quality=Curve(((10, 100), (38, 93), (50, 77), (64, 38), (85, 8), (100, 0))),
    weight=1.3,
    unit="% filter trace",
    picture=_skin,
    help="Whether the picture looks edited: skin that a filter has smoothed, or colours stronger than life.",
    advice={
        "colour": "Turn the colours down a little: skin looks better with its own colour.",
        "smooth": "Turn the beauty filter off: skin has texture.",
    },
    praise="a natural look",
)

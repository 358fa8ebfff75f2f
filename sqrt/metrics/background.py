"""Clutter behind the person."""

import cv2
import numpy as np

from sqrt.metrics.analysis import FRAME_SIDE, Analysis, Mask
from sqrt.metrics.base import Curve, Metric
from sqrt.metrics.illustration import Illustration, fitted
from sqrt.words import N_

_YELLOW = (255, 209, 102)


def _clear_edges(analysis: Analysis) -> tuple[Mask, Mask]:
    """Return where the background is, clear of the person, and where clear edges are; on the frame at 256 px.

    Smoothed a little, so that grain is no clutter. Scharr gradients as in ISO/IEC 29794-5 (background uniformity).
    """
    outside = cv2.erode(analysis.background.astype(np.uint8), np.ones((5, 5), np.uint8)).astype(bool)
    smooth = cv2.GaussianBlur(analysis.frame_lab, (0, 0), 1.3)
    across, down = cv2.Scharr(smooth, -1, 1, 0), cv2.Scharr(smooth, -1, 0, 1)
    steepness = cv2.transform(across * across + down * down, np.ones((1, 3), np.float32))
    # 32 is what Scharr answers to a ramp of one unit a pixel; sizes are relative to the frame.
    clear = 3 * 32 * FRAME_SIDE / max(smooth.shape[:2])
    return outside, steepness > clear**2


def clutter(analysis: Analysis) -> float:
    """Share of the background, in percent, covered by clear edges.

    ISO/IEC 29794-5 takes the mean of the gradients, here it is a share: a lone bright lamp is less clutter than a shelf
    of books.
    """
    outside, edges = _clear_edges(analysis)
    return 100 * float(edges[outside].mean()) if outside.any() else 0.0


def _picture(analysis: Analysis) -> Illustration:
    outside, edges = _clear_edges(analysis)
    pixels = fitted(analysis.view, 512)
    size_wh = pixels.shape[1], pixels.shape[0]

    def enlarged(mask: Mask) -> Mask:
        return cv2.resize(mask.astype(np.uint8), size_wh, interpolation=cv2.INTER_NEAREST) > 0

    shown = np.where(enlarged(outside)[..., None], pixels, pixels // 4)
    shown[enlarged(outside & edges)] = _YELLOW
    alt = N_("The picture with the person dimmed; the busy parts of the rest are yellow.")
    return Illustration(shown, alt)


# Measured: plain walls have 0 to 15, a backdrop of large letters 68.
BACKGROUND = Metric(
    "background",
    "Background",
    ("calmer background", "busier background"),
    "technical",
    place=70,
    measure=clutter,
    quality=Curve(((0, 100), (20, 90), (32, 74), (45, 47), (60, 12), (75, 0))),
    weight=0.5,
    unit="%",
    picture=_picture,
    help="How busy it is around you. Clear edges behind a person draw the eye away from the face; what the place is "
    "does not matter.",
    advice="Choose a plainer background, or step away from it so that it blurs.",
    praise="a calm background",
    tip="Choose a plainer background",
)

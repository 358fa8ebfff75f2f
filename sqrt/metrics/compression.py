"""JPEG blocking."""

import cv2
import numpy as np

from sqrt.errors import NotMeasurable
from sqrt.metrics.analysis import Analysis, Pixels
from sqrt.metrics.base import Curve, Metric
from sqrt.metrics.gray import gray_of

_BLOCK = 8
_SIDE = 768
# Twice the step less the mean of those beside it: so it is a whole number.
_TWICE_BEYOND_NEIGHBOURS = np.array([[-1, 2, -1]], np.float32)
_STRONGEST = 20


def blockiness(gray: Pixels, period: int) -> float:
    """Extra step at block borders, in gray levels; 0 without a grid.

    Parameters
    ----------
    gray : HxW luma in whole gray levels
    period : int
        Pixels between block borders.

    Notes
    -----
    The step between two neighbouring pixels is compared with the mean of the steps beside it, which a smooth ramp or
    an even texture cancels. The grid's offset is unknown after cropping: the phase with the largest mean counts, over
    the mean of the others. The mean of both axes; after Wang, Bovik and Evans, *Blind measurement of blocking
    artifacts in images*, ICIP 2000.
    """
    # Every second line tells as much as all of them.
    return (_along(gray[::2], period) + _along(cv2.transpose(gray[:, ::2]), period)) / 2


def _along(gray: Pixels, period: int) -> float:
    step = cv2.absdiff(gray[:, 1:], gray[:, :-1])
    beyond = cv2.filter2D(step, cv2.CV_16S, _TWICE_BEYOND_NEIGHBOURS)
    # Strong edges are the picture's own: no JPEG block steps by more.
    np.clip(beyond, -2 * _STRONGEST, 2 * _STRONGEST, out=beyond)
    excess = cv2.reduce(beyond, 0, cv2.REDUCE_AVG, dtype=cv2.CV_32F)[0, 1:-1] / 2
    columns = excess[: excess.size // period * period].reshape(-1, period).mean(0)
    if columns.size < 2:
        return 0.0
    best = int(columns.argmax())
    return max(0.0, float(columns[best] - np.delete(columns, best).mean()))


def block_step(analysis: Analysis) -> float:
    """Blockiness of the photo's middle at its own resolution, in gray levels."""
    period = _BLOCK * analysis.photo.scale
    if abs(period - round(period)) > 0.02 or period < 2:
        raise NotMeasurable("The photo was made smaller to be rated, which hides this.")
    height, width = analysis.photo.pixels.shape[:2]
    if min(height, width) < 4 * _BLOCK:
        raise NotMeasurable("The photo is too small to show this.")
    top, left = max(0, height - _SIDE) // 2, max(0, width - _SIDE) // 2
    return blockiness(gray_of(analysis.photo.pixels[top : top + _SIDE, left : left + _SIDE]), round(period))


# Measured: portraits as published have 0.1 to 1.1, JPEG quality 30 gives 1.8 to 4.1.
COMPRESSION = Metric(
    "compression",
    "Quality of the file",
    ("less compressed", "more compressed"),
    "technical",
    place=50,
    measure=block_step,
    quality=Curve(((0, 100), (0.8, 98.5), (1.2, 96.5), (1.6, 90), (2.2, 50), (3.2, 14), (5, 0))),
    weight=0.8,
    unit="gray levels",
    decimals=2,
    help="Little squares that show when a photo was squeezed into too small a file, as chats do.",
    advice="Use the original from your camera: chats and screenshots squeeze photos again.",
    praise="a file of full quality",
)

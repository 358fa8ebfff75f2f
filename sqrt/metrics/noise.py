"""Sensor noise."""

import cv2
import numpy as np

from sqrt.errors import NotMeasurable
from sqrt.metrics.analysis import Analysis, Floats
from sqrt.metrics.base import Curve, Metric
from sqrt.metrics.illustration import SIDE, Illustration, beside
from sqrt.words import N_

SHOWN_LUMA = 12, 243
"""Of 255; what is darker or lighter is clipped, and shows no grain."""
_BLOCK = 16
# Immerkaer's kernel along one axis, of the same along the other: zero on planes, so that shading is not noise.
_KERNEL = np.array([1, -2, 1], np.float32)
_KERNEL_SIGMA = 6


def noise_sigma(gray: Floats) -> float:
    """Standard deviation of the noise in HxW luma of 0 to 255, from the quietest blocks that are not clipped.

    References
    ----------
    Immerkaer, *Fast noise variance estimation*, CVIU 64 (1996); here per block of 16 px, since texture elsewhere
    would count as noise.
    """
    rows, columns = (length // _BLOCK for length in gray.shape)
    if rows * columns < 4:
        return 0.0
    residual = cv2.sepFilter2D(gray, -1, _KERNEL, _KERNEL)
    residual *= np.float32(1 / _KERNEL_SIGMA)
    power, mean = _block_means(residual * residual), _block_means(gray)
    usable = power[(mean > SHOWN_LUMA[0]) & (mean < SHOWN_LUMA[1])]
    if usable.size < 4:
        usable = power
    return float(np.sqrt(np.percentile(usable, 15)))


def _block_means(values: Floats) -> Floats:
    rows, columns = (length // _BLOCK for length in values.shape)
    blocks = values[: rows * _BLOCK, : columns * _BLOCK].reshape(rows, _BLOCK, columns * _BLOCK)
    # Along the columns first, of which many are summed at once.
    means: Floats = blocks.mean(1).reshape(rows, columns, _BLOCK).mean(2)
    return means


def grain(analysis: Analysis) -> float:
    """Noise of the photo as a screen shows it (1024 px), in gray levels of 255."""
    return noise_sigma(analysis.view_luma)


def _grain(analysis: Analysis) -> Illustration:
    """The evenest part of the picture as a screen shows it, and with its differences from the mean times four."""
    gray, side, step = analysis.view_luma, 64, 8
    if min(gray.shape) < side:
        raise NotMeasurable("The picture is too small.")
    # Only squares that lie wholly inside.
    inner = np.s_[side // 2 : gray.shape[0] - side // 2 + 1 : step, side // 2 : gray.shape[1] - side // 2 + 1 : step]
    mean, square = (cv2.blur(values, (side, side))[inner] for values in (gray, gray * gray))
    clipped = (mean <= SHOWN_LUMA[0]) | (mean >= SHOWN_LUMA[1])
    uneven = square - mean * mean + 1e6 * clipped
    top, left = (step * int(place) for place in np.unravel_index(int(uneven.argmin()), uneven.shape))
    patch = analysis.view[top : top + side, left : left + side]
    stronger = np.clip(128 + 4 * (patch - patch.mean((0, 1))), 0, 255).astype(np.uint8)
    alt = N_("The evenest part of the picture, enlarged, and beside it so strong that its speckles show.")
    both = (cv2.resize(one, (SIDE - 4, SIDE - 4), interpolation=cv2.INTER_NEAREST) for one in (patch, stronger))
    return Illustration(beside(*both), alt)


# Measured: clean portraits have 0.1 to 1.3.
NOISE = Metric(
    "noise",
    "Grain",
    ("less grain", "more grain"),
    "technical",
    place=40,
    measure=grain,
    quality=Curve(((0, 100), (1, 91), (2, 79), (4, 58), (8, 30), (14, 10), (22, 0))),
    weight=1.2,
    unit="gray levels",
    decimals=1,
    picture=_grain,
    help="Fine speckles that a camera adds when there is little light.",
    advice="Find more light, so that the camera need not strain, and do not zoom in.",
    praise="a clean picture without grain",
    tip="Find more light",
)

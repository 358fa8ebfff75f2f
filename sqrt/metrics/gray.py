"""Pictures in whole gray levels: a quarter of the memory of floats, and so few values that counting them is enough."""

import cv2
import numpy as np
from numpy.typing import NDArray


def gray_of(pixels: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Return HxW gamma-encoded luma of HxWx3 sRGB in whole gray levels."""
    return cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY)


def percentiles(gray: NDArray[np.uint8], *percents: float) -> NDArray[np.float64]:
    """Return the percentiles of HxW gray levels that `numpy.percentile` gives, in a tenth of its time."""
    counts = cv2.calcHist([gray], [0], None, [256], [0, 256])
    ends = np.cumsum(counts, dtype=np.int64)
    place = np.array(percents, np.float64) / 100 * (gray.size - 1)
    before = place.astype(np.int64)
    low, high = (np.searchsorted(ends, np.minimum(one, gray.size - 1), "right") for one in (before, before + 1))
    between: NDArray[np.float64] = low + (place - before) * (high - low).astype(np.float64)
    return between

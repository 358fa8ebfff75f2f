"""Where the people are in a picture, with edges that follow theirs."""

import cv2
import numpy as np
from numpy.typing import NDArray

from sqrt.faces.crop import reduced
from sqrt.metrics.analysis import SCREEN_SIDE, Floats, luma
from sqrt.reading import Pixels

_REACH = 0.03
"""Of the long side: how far the edge of the outline may be from the person's."""
_EVEN = 6.0
"""Gray levels of 255, below which a change is no edge to follow."""


def shares_of_people(pixels: Pixels, outline: NDArray[np.uint8]) -> Floats:
    """Return how much of each place of an HxWx3 picture is people, 0 to 1, at `SCREEN_SIDE`.

    Parameters
    ----------
    outline : numpy.ndarray
        As `sqrt.faces.FaceEngine.outline` gives it, stretched over the frame.

    Notes
    -----
    The outline is coarse; a guided filter (He, Sun and Tang 2010) draws its edge to that of the picture's light.
    """
    small = reduced(pixels, SCREEN_SIDE)
    height, width = small.shape[:2]
    people = cv2.resize(outline, (width, height), interpolation=cv2.INTER_LINEAR).astype(np.float32) / 255
    guide = luma(small)
    side = 2 * round(_REACH * max(width, height)) + 1

    def mean(values: Floats) -> Floats:
        return cv2.blur(values, (side, side))

    guide_mean, people_mean = mean(guide), mean(people)
    slope = (mean(guide * people) - guide_mean * people_mean) / (mean(guide * guide) - guide_mean**2 + _EVEN**2)
    shift = people_mean - slope * guide_mean
    return np.clip(mean(slope) * guide + mean(shift), 0, 1).astype(np.float32)

"""The light on a face, so that shots of one scene can be compared: what was metered otherwise, and what is lost."""

from typing import NamedTuple

import numpy as np

from sqrt.choosing.closeup import aligned
from sqrt.faces.crop import reduced
from sqrt.metrics.analysis import linear_luminance
from sqrt.rating import Rating
from sqrt.reading import Photo

_SIDE = 160
# Of the aligned face, in pixels: from the brows to the chin, and a little more for what shines.
_FACE, _SHINE = np.s_[50:140, 50:140], np.s_[40:150, 35:125]
_BLACK = 0.005
_CLIPPING = 235


class Light(NamedTuple):
    """How light a picture of something is: of no meaning by itself, only against another picture of the same.

    Attributes
    ----------
    stops : float
        Mean log2 of linear luminance; -7.6 to 0.
    lost : float
        Percent of the pixels that are white or about to be.
    of_face : bool
        Whether of the face; else of the whole picture.
    """

    stops: float
    lost: float
    of_face: bool


def light_of(photo: Photo, rating: Rating) -> Light:
    """Return the light on the main face, or in the picture where there are no eyes to align it by."""
    face = aligned(photo, rating, _SIDE)
    if face is None:
        small = reduced(photo.pixels, _SIDE)
        inner, outer = small, small
    else:
        inner, outer = face[_FACE], face[_SHINE]
    stops = float(np.log2(linear_luminance(inner) + _BLACK).mean())
    lost = np.clip((outer.max(2).astype(np.float32) - _CLIPPING) / (255 - _CLIPPING), 0, 1).mean()
    return Light(stops, 100 * float(lost), face is not None)

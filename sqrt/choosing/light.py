"""The light on a face, so that shots of one scene can be compared: what was metered otherwise, and what is lost."""

from typing import NamedTuple

import numpy as np

from sqrt.choosing.closeup import aligned
from sqrt.faces.crop import reduced
from sqrt.metrics.analysis import linear_luminance, luma
from sqrt.metrics.noise import SHOWN_LUMA
from sqrt.rating import Rating
from sqrt.reading import Photo, Pixels

_SIDE = 160
# Of the aligned face, in pixels: from the brows to the chin, and a little more for what shines.
_FACE, _SHINE = np.s_[50:140, 50:140], np.s_[40:150, 35:125]
_BLACK = 0.005
_CLIPPING = 235


class Light(NamedTuple):
    """How light a picture is: of no meaning by itself, only against another picture of the same.

    Attributes
    ----------
    on_face : float or None
        Mean log2 of linear luminance of the main face, -7.6 to 0; None where there are no eyes to align it by.
    around : float
        The same of the picture without the face.
    lost : float
        Percent of the face's pixels that are white or about to be; 0 without one.
    grainless : float
        Share of the picture, 0 to 1, that is too white or too black to show grain.
    """

    on_face: float | None
    around: float
    lost: float
    grainless: float


def light_of(photo: Photo, rating: Rating) -> Light:
    """Return the light in a photo, on its main face and around it."""
    small = reduced(photo.pixels, _SIDE)
    around = _around(small, small.shape[1] / photo.size_wh[0], rating)
    darkest, lightest = SHOWN_LUMA
    tones = luma(small)
    grainless = float(((tones <= darkest) | (tones >= lightest)).mean())
    face = aligned(photo, rating, _SIDE)
    if face is None:
        return Light(None, around, 0.0, grainless)
    shine = face[_SHINE].max(2).astype(np.float32)
    lost = float(np.clip((shine - _CLIPPING) / (255 - _CLIPPING), 0, 1).mean())
    return Light(_stops(face[_FACE]), around, 100 * lost, grainless)


def _around(small: Pixels, scale: float, rating: Rating) -> float:
    outside = np.ones(small.shape[:2], bool)
    for face in rating.faces:
        x, y, w, h = face.scaled(scale).box
        outside[max(int(y), 0) : max(int(y + h) + 1, 0), max(int(x), 0) : max(int(x + w) + 1, 0)] = False
    return _stops(small[outside][None] if outside.any() else small)


def _stops(pixels: Pixels) -> float:
    return float(np.log2(linear_luminance(pixels) + _BLACK).mean())

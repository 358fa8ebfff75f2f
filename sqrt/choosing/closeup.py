"""The main face of a photo, cut out so that those of several shots lie over each other."""

import numpy as np

from sqrt.faces.crop import crop, upright_matrix
from sqrt.rating import Rating
from sqrt.reading import Photo, Pixels

CLOSE_UP_SIDE = 640
"""Pixels of the side of a close-up at most."""

# In sides of the square: room for the whole head, its eyes where those of all others are.
_BETWEEN_EYES = 0.28
_EYES_AT = 0.5, 0.42


def aligned(photo: Photo, rating: Rating, side: int = 0) -> Pixels | None:
    """Return the main face as a square picture, upright, the eyes where all such pictures have them.

    Parameters
    ----------
    side : int, optional
        Of the picture, in pixels; unless given as many as the photo has for it, up to `CLOSE_UP_SIDE`.

    Returns None where no eyes were found.
    """
    if not rating.faces or (face := rating.faces[0].scaled(photo.scale)).eyes is None:
        return None
    left, right = np.array(face.eyes)
    across = right - left
    between = max(float(np.hypot(*across)), 1.0)
    side = side or min(CLOSE_UP_SIDE, round(between / _BETWEEN_EYES))
    x, y = (left + right) / 2
    angle_deg = float(np.degrees(np.arctan2(across[1], across[0])))
    to = _EYES_AT[0] * side, _EYES_AT[1] * side
    return crop(photo.pixels, upright_matrix((x, y), angle_deg, _BETWEEN_EYES * side / between, to), (side, side))

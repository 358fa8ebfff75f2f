"""The main face of a photo, cut out so that those of several shots lie over each other."""

import numpy as np

from sqrt.faces.crop import crop, upright_matrix
from sqrt.rating import Rating
from sqrt.reading import Photo, Pixels

CLOSE_UP_SIDE = 640
"""Pixels of the side of a close-up at most."""

# In sides of the square, from the left and from the top.
_EYES_AT = 0.5, 0.42
_HEAD = 3.6


def aligned(photo: Photo, rating: Rating, side: int = 0, width: float = _HEAD) -> Pixels | None:
    """Return the main face as a square picture, upright, the eyes where all such pictures have them.

    Parameters
    ----------
    side : int, optional
        Of the picture, in pixels; unless given as many as the photo has for it, up to `CLOSE_UP_SIDE`.
    width : float, optional
        Of what it shows, in inter-eye distances; unless given there is room for the whole head.

    Returns None where no eyes were found.
    """
    if not rating.faces or (face := rating.faces[0].scaled(photo.scale)).eyes is None:
        return None
    left, right = np.array(face.eyes)
    across = right - left
    between = max(float(np.hypot(*across)), 1.0)
    side = side or min(CLOSE_UP_SIDE, round(width * between))
    x, y = (left + right) / 2
    angle_deg = float(np.degrees(np.arctan2(across[1], across[0])))
    to = _EYES_AT[0] * side, _EYES_AT[1] * side
    return crop(photo.pixels, upright_matrix((x, y), angle_deg, side / (width * between), to), (side, side))

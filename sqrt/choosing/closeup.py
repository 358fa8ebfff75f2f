"""The main face of a photo, cut out so that those of several shots lie over each other."""

import numpy as np

from sqrt.faces import Face
from sqrt.faces.crop import Matrix, crop, upright_matrix
from sqrt.rating import Rating
from sqrt.reading import Photo, Pixels

CLOSE_UP_SIDE = 640
"""Pixels of the side of a close-up at most."""

EYES_AT = 0.5, 0.42
"""In sides of the square, from the left and from the top."""
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
    between = float(np.hypot(*np.subtract(*face.eyes)))
    side = side or min(CLOSE_UP_SIDE, round(width * max(between, 1.0)))
    return crop(photo.pixels, aligning(face, side, width), (side, side))


def aligning(face: Face, side: int, width: float) -> Matrix:
    """Return what maps the pixels of the photo that a face with eyes was found in to those of `aligned`."""
    assert face.eyes is not None
    left, right = np.array(face.eyes)
    across = right - left
    between = max(float(np.hypot(*across)), 1.0)
    x, y = (left + right) / 2
    angle_deg = float(np.degrees(np.arctan2(across[1], across[0])))
    return upright_matrix((x, y), angle_deg, side / (width * between), (EYES_AT[0] * side, EYES_AT[1] * side))

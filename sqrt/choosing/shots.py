"""What is kept of each of many photos, so that they can be compared: never the photo itself."""

from dataclasses import dataclass
from datetime import datetime

import numpy as np

from sqrt.choosing.groups import Fingerprint, fingerprint
from sqrt.faces import Face
from sqrt.faces.crop import crop, reduced, upright_matrix
from sqrt.rating import Rating
from sqrt.reading import Photo, to_jpeg

PREVIEW_SIDE = 640
"""Pixels of the long side of a preview."""
CLOSE_UP_SIDE = 640
"""Pixels of the side of a close-up at most."""

# In sides of the close-up: room for the whole head, its eyes where those of all others are.
_BETWEEN_EYES = 0.28
_EYES_AT = 0.5, 0.42
_QUALITY = 85


@dataclass(frozen=True, eq=False)
class Shot:
    """One of several photos.

    Attributes
    ----------
    name : str
    rating : Rating
    preview : bytes
        The whole picture, a JPEG of at most `PREVIEW_SIDE`.
    close_up : bytes or None
        The main face, a square JPEG with the eyes where all close-ups have them, as sharp as the photo has it, up to
        `CLOSE_UP_SIDE`. None where no eyes were found.
    fingerprint : Fingerprint
    taken_at : datetime.datetime or None
        See `sqrt.Photo`.
    """

    name: str
    rating: Rating
    preview: bytes
    close_up: bytes | None
    fingerprint: Fingerprint
    taken_at: datetime | None


def shot_of(name: str, photo: Photo, rating: Rating) -> Shot:
    """Return what is kept of a rated photo: some 100 kB, however large it is."""
    preview = reduced(photo.pixels, PREVIEW_SIDE)
    # The rating's faces are in pixels of the input.
    close_up = _close_up(photo, rating.faces[0].scaled(photo.scale)) if rating.faces else None
    return Shot(name, rating, to_jpeg(preview, _QUALITY), close_up, fingerprint(preview), photo.taken_at)


def _close_up(photo: Photo, face: Face) -> bytes | None:
    if face.eyes is None:
        return None
    left, right = np.array(face.eyes)
    across = right - left
    between = float(np.hypot(*across))
    if between < 1:
        return None
    side = min(CLOSE_UP_SIDE, max(round(between / _BETWEEN_EYES), 1))
    x, y = (left + right) / 2
    angle_deg = float(np.degrees(np.arctan2(across[1], across[0])))
    to = _EYES_AT[0] * side, _EYES_AT[1] * side
    matrix = upright_matrix((x, y), angle_deg, _BETWEEN_EYES * side / between, to)
    return to_jpeg(crop(photo.pixels, matrix, (side, side)), _QUALITY)

"""Whether two shots from one place show different people: by the outlines of hair, neck and clothes.

Nothing of the face is looked at or kept, nor what is darker than what: only along which lines the edges around the
face run. Another hairdo makes other outlines, so that this tells shots of one sitting apart, and recognises nobody.
"""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from sqrt.choosing.closeup import EYES_AT, aligned, aligning
from sqrt.faces.crop import to_picture
from sqrt.metrics.analysis import luma
from sqrt.rating import Rating
from sqrt.reading import Photo

_WIDTH, _SIDE = 8.0, 64  # inter-eye distances, pixels
_SMOOTHED, _FLAT, _DARK = 0.75, 0.3, 16  # pixels, octaves by eight pixels, gray levels
# Half axes and how far below the eyes the middle lies, in inter-eye distances.
_FACE_ACROSS, _FACE_DOWN, _FACE_BELOW = 1.0, 1.45, 0.45
# How two are laid over each other, in pixels: a turned head brings the eyes together, a nod moves hair against them.
_MARGIN, _MOVED, _SCALES = 8, 4, (0.92, 1.0, 1.09)
_ENOUGH = 100 * 127.0**2  # a hundred places with an edge; a head and shoulders before a wall have 500 to 1000
_CHANGED, _BY_TURN = 0.245, 0.006
"""How much may differ, and how much more by degree that the head was turned. Of shots of one person, with a smile or a
strange face and the head where it pleased, 98 of 100 lie within; of two people in white in one studio, 1 of 100; of two
in tight crops, without shoulders, half."""


@dataclass(frozen=True, eq=False)
class Outlines:
    """The edges around the only face in a picture.

    Attributes
    ----------
    edges : ndarray
        64x64x3, int8. First a vector at twice the angle in which an edge runs, so that its two sides may change places;
        its length is at most 127. Then 1 where the picture shows something that is not the face.
    yaw_deg, pitch_deg : float
        Of the head.
    """

    edges: NDArray[np.int8]
    yaw_deg: float
    pitch_deg: float


def outlines_of(photo: Photo, rating: Rating) -> Outlines | None:
    """Return the edges around a face; None where there is none or another one, or its pose is not known."""
    if len(rating.faces) != 1 or (face := rating.faces[0].scaled(photo.scale)).eyes is None or face.pose is None:
        return None
    picture = aligned(photo, rating, _SIDE, _WIDTH)
    assert picture is not None
    octaves = cv2.GaussianBlur(np.log2(luma(picture) + _DARK), None, _SMOOTHED)
    across, down = cv2.Sobel(octaves, cv2.CV_32F, 1, 0), cv2.Sobel(octaves, cv2.CV_32F, 0, 1)
    x, y = np.meshgrid(np.arange(_SIDE) + 0.5, np.arange(_SIDE) + 0.5)
    there = to_picture(np.stack([x, y], -1).reshape(-1, 2), aligning(face, _SIDE, _WIDTH)).reshape(_SIDE, _SIDE, 2)
    height, width = photo.pixels.shape[:2]
    shown = ((there > 0) & (there < (width, height))).all(-1).astype(np.uint8)
    shown = cv2.erode(shown, np.ones((3, 3)), borderType=cv2.BORDER_REPLICATE)
    unit = _SIDE / _WIDTH
    x, y = x / unit - EYES_AT[0] * _WIDTH, y / unit - EYES_AT[1] * _WIDTH
    shown[np.hypot(x / _FACE_ACROSS, (y - _FACE_BELOW) / _FACE_DOWN) < 1] = 0
    steep = np.hypot(across, down)
    length = 127 * shown / (steep + _FLAT) / np.maximum(steep, 1e-6)
    edges = np.stack([length * (across**2 - down**2), length * 2 * across * down, shown], -1).round().astype(np.int8)
    return Outlines(edges, face.pose.yaw_deg, face.pose.pitch_deg)


def of_another(one: Outlines, other: Outlines) -> bool:
    """Tell whether two pictures show different people; as long as hair and clothes stay as they are."""
    turned_deg = max(abs(one.yaw_deg - other.yaw_deg), abs(one.pitch_deg - other.pitch_deg))
    return difference(one, other) > _CHANGED + _BY_TURN * turned_deg


def difference(one: Outlines, other: Outlines) -> float:
    """Return how much of the edges differs, laid over each other as well as can be.

    One less their normalised correlation, 0 (nothing) to 1; 0 also where both pictures hardly show the same place.
    """
    inner = one.edges[_MARGIN:-_MARGIN, _MARGIN:-_MARGIN].astype(np.float32)
    most = []
    for scale in _SCALES:
        seen = _enlarged(other.edges, scale)
        alike = _correlated(seen[..., :2], inner[..., :2])
        # Of each only what the other shows, too.
        mine = _correlated(seen[..., 2], (inner[..., :2] ** 2).sum(-1))
        others = _correlated((seen[..., :2] ** 2).sum(-1), inner[..., 2])
        power = np.sqrt(np.maximum(mine, 0) * np.maximum(others, 0))
        most.append(float(np.where(power > _ENOUGH, alike / np.maximum(power, _ENOUGH), 1).max()))
    return 1 - min(max(*most, 0.0), 1.0)


def _enlarged(edges: NDArray[np.int8], scale: float) -> NDArray[np.float32]:
    """Enlarge about the eyes, and leave as much around what is compared as it may be moved."""
    side = _SIDE - 2 * (_MARGIN - _MOVED)
    eyes = np.array(EYES_AT) * _SIDE - 0.5  # OpenCV counts from the centre of the first pixel
    matrix = np.column_stack([scale * np.eye(2), eyes - (_MARGIN - _MOVED) - scale * eyes])
    return cv2.warpAffine(edges.astype(np.float32), matrix, (side, side))


def _correlated(picture: NDArray[np.float32], part: NDArray[np.float32]) -> NDArray[np.float64]:
    found = cv2.matchTemplate(np.ascontiguousarray(picture), np.ascontiguousarray(part), cv2.TM_CCORR)
    return found.astype(np.float64)

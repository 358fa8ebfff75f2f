"""Faces by OpenCV's Haar cascades: needs nothing but the OpenCV wheel."""

import cv2
import numpy as np
from numpy.typing import NDArray

from sqrt.faces.crop import reduced
from sqrt.faces.face import Face

Box = tuple[float, float, float, float]

SEARCH_SIDE = 640
"""Pixels of the long side at which faces are searched."""


class CascadeEngine:
    """Frontal and profile faces, and the two eyes of a frontal one. One thread at a time."""

    name = "cascade"

    def __init__(self, scale_factor: float = 1.1, min_neighbors: int = 5, min_size: float = 0.05) -> None:
        self._scale_factor = scale_factor
        self._min_neighbors = min_neighbors
        self._min_size = min_size
        self._frontal = _load("frontalface_default")
        self._profile = _load("profileface")
        self._eye = _load("eye")

    def find(self, pixels: NDArray[np.uint8]) -> list[Face]:
        """Return the faces of an HxWx3 RGB picture, the main one first."""
        gray, scale = self._gray(pixels)
        frontal = [self._frontal_face(gray, box) for box in self._search(self._frontal, gray)]
        # A frontal hit without an eye is often no face at all: it stands only if nothing better is found.
        faces = [face for face in frontal if face.eyes] or self._profiles(gray) or frontal
        return by_importance([face.scaled(1 / scale) for face in faces], pixels.shape)

    def outline(self, pixels: NDArray[np.uint8]) -> None:
        """Cascades see no outlines."""

    def _gray(self, pixels: NDArray[np.uint8]) -> tuple[NDArray[np.uint8], float]:
        small = reduced(pixels, SEARCH_SIDE)
        return cv2.cvtColor(small, cv2.COLOR_RGB2GRAY), small.shape[1] / pixels.shape[1]

    def _search(self, cascade: cv2.CascadeClassifier, gray: NDArray[np.uint8]) -> list[Box]:
        side = max(20, round(self._min_size * min(gray.shape)))
        found = cascade.detectMultiScale(gray, self._scale_factor, self._min_neighbors, minSize=(side, side))
        return [(float(x), float(y), float(w), float(h)) for x, y, w, h in found]

    def _profiles(self, gray: NDArray[np.uint8]) -> list[Face]:
        width = gray.shape[1]
        leftward = self._search(self._profile, gray)
        # The cascade knows only faces that look to the left of the picture.
        rightward = self._search(self._profile, cv2.flip(gray, 1))
        return [Face(box=box, confidence=0.5) for box in leftward] + [
            Face(box=(width - x - w, y, w, h), confidence=0.5) for x, y, w, h in rightward
        ]

    def _frontal_face(self, gray: NDArray[np.uint8], box: Box) -> Face:
        x, y, w, h = (round(side) for side in box)
        upper = gray[y + h // 5 : y + h * 11 // 20, x : x + w]
        enlarge = max(1.0, 160 / w)  # the eye cascade sees nothing under 20 px
        upper = cv2.resize(upper, None, fx=enlarge, fy=enlarge, interpolation=cv2.INTER_LINEAR)
        side = round(w * enlarge / 8)
        found = self._eye.detectMultiScale(upper, 1.1, 4, minSize=(side, side), maxSize=(side * 3, side * 3))
        centres = [(x + (ex + ew / 2) / enlarge, y + h // 5 + (ey + eh / 2) / enlarge, ew) for ex, ey, ew, eh in found]
        left = max((eye for eye in centres if eye[0] < x + 0.45 * w), key=lambda eye: eye[2], default=None)
        right = max((eye for eye in centres if eye[0] > x + 0.55 * w), key=lambda eye: eye[2], default=None)
        eyes = None
        if left and right and abs(left[1] - right[1]) < 0.2 * w:
            eyes = (float(left[0]), float(left[1])), (float(right[0]), float(right[1]))
        return Face(box=box, confidence=0.9 if eyes else 0.6, eyes=eyes)


def by_importance(faces: list[Face], shape: tuple[int, ...]) -> list[Face]:
    """Sort faces, the main one first: large, and near the middle of an HxW picture."""
    height, width = shape[:2]

    def importance(face: Face) -> float:
        x, y, w, h = face.box
        away = np.hypot((x + w / 2) / width - 0.5, (y + h / 2) / height - 0.5)
        return float(w * h * (1 - away))

    return sorted(faces, key=importance, reverse=True)


def _load(name: str) -> cv2.CascadeClassifier:
    return cv2.CascadeClassifier(f"{cv2.data.haarcascades}haarcascade_{name}.xml")

"""Cutting a turned, rescaled square out of a picture without aliasing."""

import cv2
import numpy as np
from numpy.typing import NDArray

Matrix = NDArray[np.float64]
"""2x3: maps (x, y, 1) of the picture to (x, y) of the crop; a pixel covers [i, i + 1), its centre lies at i + 0.5."""


def upright_matrix(centre: tuple[float, float], angle_deg: float, scale: float, to: tuple[float, float]) -> Matrix:
    """Return the similarity that turns by `-angle_deg` about `centre`, scales, and puts the centre at `to`."""
    cos, sin = scale * np.cos(np.deg2rad(angle_deg)), scale * np.sin(np.deg2rad(angle_deg))
    (x, y), (u, v) = centre, to
    return np.array([[cos, sin, u - cos * x - sin * y], [-sin, cos, v + sin * x - cos * y]])


def to_picture(points: NDArray[np.float32], matrix: Matrix) -> NDArray[np.float32]:
    """Map Nx2 points of the crop back to the picture."""
    inverse = cv2.invertAffineTransform(matrix)
    return (points @ inverse[:, :2].T + inverse[:, 2]).astype(np.float32)


def crop(pixels: NDArray[np.uint8], matrix: Matrix, size_wh: tuple[int, int]) -> NDArray[np.uint8]:
    """Cut the crop that `matrix` describes; what lies outside the picture repeats its border.

    The part needed is reduced by area averaging first, since bilinear sampling of a much larger face would alias and
    the result would then depend on the photo's resolution.
    """
    scale = float(np.hypot(matrix[0, 0], matrix[0, 1]))
    corners = np.array([[0, 0], [size_wh[0], 0], [0, size_wh[1]], size_wh], np.float32)
    around = to_picture(corners, matrix)
    height, width = pixels.shape[:2]
    left, top = np.floor(around.min(0)).astype(int) - 2
    right, bottom = np.ceil(around.max(0)).astype(int) + 2
    left, top = min(max(left, 0), width - 1), min(max(top, 0), height - 1)
    part = pixels[top : max(bottom, top + 1), left : max(right, left + 1)]
    moved = matrix.copy()
    moved[:, 2] += matrix[:, :2] @ (left, top)
    if scale < 1:
        wide, high = (max(1, round(side * scale)) for side in (part.shape[1], part.shape[0]))
        ratio_x, ratio_y = part.shape[1] / wide, part.shape[0] / high
        part = cv2.resize(part, (wide, high), interpolation=cv2.INTER_AREA)
        moved[:, 0] *= ratio_x
        moved[:, 1] *= ratio_y
    moved[:, 2] += moved[:, :2] @ (0.5, 0.5) - 0.5  # OpenCV counts from the centre of the first pixel
    return cv2.warpAffine(part, moved, size_wh, flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)

"""Making a picture smaller, and cutting a turned square out of it, without aliasing."""

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


def halved(pixels: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Return the picture at half its size, each pixel the mean of four; an odd last row or column is dropped."""
    height, width = pixels.shape[0] // 2, pixels.shape[1] // 2
    # Exactly by two is the one factor at which OpenCV's area averaging is fast.
    return cv2.resize(pixels[: 2 * height, : 2 * width], (width, height), interpolation=cv2.INTER_AREA)


def reduced(pixels: NDArray[np.uint8], side: int) -> NDArray[np.uint8]:
    """Return the picture with its long side at most `side` pixels: halved, and then interpolated by less than two."""
    height, width = pixels.shape[:2]
    scale = side / max(height, width)
    if scale >= 1:
        return pixels
    while max(pixels.shape[:2]) >= 2 * side and min(pixels.shape[:2]) > 1:
        pixels = halved(pixels)
    size_wh = max(1, round(width * scale)), max(1, round(height * scale))
    return cv2.resize(pixels, size_wh, interpolation=cv2.INTER_LINEAR)


def crop(pixels: NDArray[np.uint8], matrix: Matrix, size_wh: tuple[int, int]) -> NDArray[np.uint8]:
    """Cut the crop that `matrix` describes; what lies outside the picture repeats its border.

    The part needed is halved as often as possible first, since bilinear sampling of a much larger face would alias and
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
    while scale < 0.5 and min(part.shape[:2]) > 1:
        part = halved(part)
        moved[:, :2] *= 2
        scale *= 2
    moved[:, 2] += moved[:, :2] @ (0.5, 0.5) - 0.5  # OpenCV counts from the centre of the first pixel
    return cv2.warpAffine(part, moved, size_wh, flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)

"""Bursts made from a portrait: shots that differ by what a hand does in between, and some of them by a flaw."""

import cv2
import numpy as np
from numpy.typing import NDArray

from benchmarks.flaws import FLAWS, Flaw
from sqrt.faces import Face

Pixels = NDArray[np.uint8]

_GRAIN = 1.5  # gray levels of 255, of a phone in daylight

# The lids from the outer to the inner corner, upper and lower, and the brow above: MediaPipe's face mesh.
_LIDS = (
    ([33, 246, 161, 160, 159, 158, 157, 173, 133], [33, 7, 163, 144, 145, 153, 154, 155, 133]),
    ([263, 466, 388, 387, 386, 385, 384, 398, 362], [263, 249, 390, 373, 374, 380, 381, 382, 362]),
)
_BROWS = ([70, 63, 105, 66, 107], [300, 293, 334, 296, 336])
_IRISES = (468, 473)


def _blink(pixels: Pixels, face: Face, share: float, rng: np.random.Generator) -> Pixels:
    """Close the eyes by a `share` of the gap between the lids: the upper comes down, its skin stretched."""
    assert face.landmarks is not None
    points = face.landmarks[:, :2].astype(np.float32)
    y_to, x_to = np.mgrid[: pixels.shape[0], : pixels.shape[1]].astype(np.float32)
    y_from = y_to.copy()
    for (upper, lower), brow in zip(_LIDS, _BROWS, strict=True):
        lid, below, above = (_curve(points[some], pixels.shape[1]) for some in (upper, lower, brow))
        inside = np.isfinite(lid) & np.isfinite(below)
        columns = np.flatnonzero(inside)
        # Half-way to the brow the skin stays where it is.
        fixed = lid[columns] - 0.5 * np.maximum(lid[columns] - np.interp(columns, *_known(above)), 1)
        down = lid[columns] + share * np.maximum(below[columns] - lid[columns], 0)
        y = y_to[:, columns]
        stretched = fixed + (y - fixed) * (lid[columns] - fixed) / np.maximum(down - fixed, 1e-3)
        y_from[:, columns] = np.where((y > fixed) & (y < down), stretched, y)
    return cv2.remap(pixels, x_to, y_from, cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE)


def _look_aside(pixels: Pixels, face: Face, share: float, rng: np.random.Generator) -> Pixels:
    """Turn the irises further to the side where they already look; by a `share` of the eye's width."""
    assert face.landmarks is not None
    points = face.landmarks[:, :2].astype(np.float32)
    y_to, x_to = np.mgrid[: pixels.shape[0], : pixels.shape[1]].astype(np.float32)
    x_from = x_to.copy()
    offsets = []
    for (upper, _), iris in zip(_LIDS, _IRISES, strict=True):
        corners = points[[upper[0], upper[-1]]]
        offsets.append((points[iris, 0] - corners[:, 0].mean()) / max(abs(corners[1, 0] - corners[0, 0]), 1))
    yaw_deg = face.pose.yaw_deg if face.pose else 0.0
    # The turn of the head and of the irises together, as `gaze_angle` adds them.
    side = 1.0 if np.rad2deg(np.arcsin(np.clip(np.mean(offsets) / 0.45, -1, 1))) + yaw_deg >= 0 else -1.0
    for upper, lower in _LIDS:
        left, right = sorted((points[upper[0], 0], points[upper[-1], 0]))
        width = right - left
        middle_y = points[[*upper, *lower], 1].mean()
        u = (x_to - (left + right) / 2) / max(width / 2, 1)
        # Nothing moves at the corners, nor beyond the lids.
        strength = np.clip(1 - u**4, 0, 1) * np.exp(-(((y_to - middle_y) / max(0.3 * width, 1)) ** 4))
        x_from -= side * share * width * strength
    return cv2.remap(pixels, x_from, y_to, cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE)


def _curve(points: NDArray[np.float32], width: int) -> NDArray[np.float32]:
    """Return the y of a line through points for each column; NaN where it does not reach."""
    x, y = points[np.argsort(points[:, 0])].T
    columns = np.arange(width)
    return np.where((columns >= x[0]) & (columns <= x[-1]), np.interp(columns, x, y), np.nan).astype(np.float32)


def _known(curve: NDArray[np.float32]) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
    columns = np.flatnonzero(np.isfinite(curve))
    return columns, curve[columns]


BURST_FLAWS: dict[str, Flaw] = {
    "blink": Flaw(_blink, ("eyes_open",), (0.5, 0.75, 1.0)),
    "look_aside": Flaw(_look_aside, ("eye_contact",), (0.16, 0.22, 0.28)),
    **{name: FLAWS[name] for name in ("defocus", "motion_blur", "noise", "underexposure", "overexposure")},
}
"""What goes wrong from one shot to the next."""


def moved(pixels: Pixels, rng: np.random.Generator, share: float = 0.01) -> Pixels:
    """Return the next shot of a burst: moved by a `share` of the width, turned by half a degree, nearer or farther."""
    height, width = pixels.shape[:2]
    matrix = cv2.getRotationMatrix2D((width / 2, height / 2), rng.uniform(-0.5, 0.5), 1 + rng.uniform(-share, share))
    matrix[:, 2] += rng.uniform(-share, share, 2) * width
    return cv2.warpAffine(pixels, matrix, (width, height), flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REFLECT)


def shifted(pixels: Pixels, rng: np.random.Generator, share: float = 0.01) -> Pixels:
    """Return the picture moved by whole pixels, at most a `share` of its width."""
    most = max(int(share * pixels.shape[1]), 1)
    across, down = (int(one) for one in rng.integers(-most, most + 1, 2))
    padded = cv2.copyMakeBorder(pixels, most, most, most, most, cv2.BORDER_REFLECT)
    height, width = pixels.shape[:2]
    return np.ascontiguousarray(padded[most + down : most + down + height, most + across : most + across + width])


def grainy(pixels: Pixels, rng: np.random.Generator, sigma: float = _GRAIN) -> Pixels:
    """Return the picture with noise of its own, by default a phone's in daylight; `sigma` of 255."""
    grain = rng.standard_normal(pixels.shape, np.float32)
    return np.clip(pixels + sigma * grain, 0, 255).round().astype(np.uint8)

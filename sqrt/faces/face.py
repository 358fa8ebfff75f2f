"""What an engine knows of a face."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

Landmarks = NDArray[np.float32]
"""478x3: x and y in pixels of the picture, z (depth) on the same scale, growing away from the camera."""


class Pose(NamedTuple):
    """Head pose in degrees; zero looks straight into the lens.

    Yaw is positive when the face turns towards the right of the picture, pitch when it looks down, roll when the head
    leans clockwise as seen in the picture.
    """

    yaw_deg: float
    pitch_deg: float
    roll_deg: float


@dataclass(frozen=True, eq=False)
class Face:
    """One face, in pixels of the picture it was found in.

    Parameters
    ----------
    box : tuple of four floats
        x, y, width, height, from the hairline to the chin; may reach over the frame's edge.
    confidence : float
        0 to 1.
    eyes : two (x, y) points, optional
        Centres of the eye at the picture's left and of the one at its right.
    landmarks : 478x3 float32, optional
        MediaPipe's face mesh with irises.
    blendshapes : mapping of 52 names to 0..1, optional
        MediaPipe's expression coefficients; *left* and *right* in these names are the subject's.
    pose : Pose, optional
        Head pose; needs landmarks.
    """

    box: tuple[float, float, float, float]
    confidence: float
    eyes: tuple[tuple[float, float], tuple[float, float]] | None = None
    landmarks: Landmarks | None = None
    blendshapes: Mapping[str, float] | None = None
    pose: Pose | None = None

    def scaled(self, factor: float) -> "Face":
        """Return the same face in a picture enlarged by `factor`."""
        x, y, w, h = self.box
        eyes = None
        if self.eyes is not None:
            (left_x, left_y), (right_x, right_y) = self.eyes
            eyes = (left_x * factor, left_y * factor), (right_x * factor, right_y * factor)
        return replace(
            self,
            box=(x * factor, y * factor, w * factor, h * factor),
            eyes=eyes,
            landmarks=None if self.landmarks is None else self.landmarks * np.float32(factor),
        )

    def moved(self, across: float, down: float) -> "Face":
        """Return the same face, `across` pixels further to the right and `down` further down."""
        x, y, w, h = self.box
        eyes = None
        if self.eyes is not None:
            (left_x, left_y), (right_x, right_y) = self.eyes
            eyes = (left_x + across, left_y + down), (right_x + across, right_y + down)
        return replace(
            self,
            box=(x + across, y + down, w, h),
            eyes=eyes,
            landmarks=None if self.landmarks is None else self.landmarks + np.array((across, down, 0), np.float32),
        )


class FaceEngine(Protocol):
    """Finds faces; not safe to share between threads."""

    name: str

    def find(self, pixels: NDArray[np.uint8]) -> list[Face]:
        """Return the faces of an HxWx3 RGB picture, the main one first: the largest, preferring the middle."""

    def outline(self, pixels: NDArray[np.uint8]) -> NDArray[np.uint8] | None:
        """Return how probably each place of the picture shows a person, 0 to 255; None where the engine cannot tell.

        256x256, stretched over the whole frame.
        """

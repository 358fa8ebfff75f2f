"""Where people are in a picture: seen by MediaPipe's selfie segmentation, run by ``cv2.dnn``, or guessed from faces."""

from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from sqrt.faces.crop import reduced
from sqrt.faces.device import Device, put_on
from sqrt.faces.face import Face

SIDE = 256
PERSON = 77
"""Of the outline's 0 to 255: a place that may be hair as well as not is no background."""

_MISSED = 0.5
"""Share of a face; where the outline holds less of it, it has not seen the head."""
# Ellipses, half their axes in widths and heights of the face's box: skin alone, and the head with all its hair.
_SKIN, _HEAD = (0.5, 0.55), (0.85, 0.9)


class Segmenter:
    """MediaPipe's selfie segmentation (general, 256x256; model card of 2021); one thread at a time.

    Parameters
    ----------
    network : bytes
        The ``.tflite`` file.
    device : "cpu", "opencl" or "cuda"
    """

    def __init__(self, network: bytes, device: Device = "cpu") -> None:
        self.net = cv2.dnn.readNetFromTFLite(np.frombuffer(network, np.uint8))
        put_on(self.net, device)

    def outline(self, pixels: NDArray[np.uint8]) -> NDArray[np.uint8]:
        """Return how probably each place of an HxWx3 RGB picture shows a person, 0 to 255 (surely).

        `SIDE` x `SIDE`, stretched over the whole frame whatever its shape, as the network sees it.
        """
        # By half at first: bilinear sampling of a much larger picture would alias.
        small = cv2.resize(reduced(pixels, 2 * SIDE), (SIDE, SIDE), interpolation=cv2.INTER_AREA)
        self.net.setInput(cv2.dnn.blobFromImage(small, 1 / 255))
        return np.rint(255 * np.clip(self.net.forward().reshape(SIDE, SIDE), 0, 1)).astype(np.uint8)


def everybody(shape: tuple[int, int], faces: Sequence[Face], outline: NDArray[np.uint8] | None) -> NDArray[np.bool_]:
    """Return where people are in a picture of HxW pixels with these faces, the main one first.

    As the outline shows them. A head that it misses is guessed from the face: an ellipse. So is, with a widening
    trapezoid under it, the person whose main face it misses, and everybody where there is no outline.
    """
    height, width = shape
    mask = np.zeros(shape, np.bool_)
    if outline is not None:
        mask |= cv2.resize(outline, (width, height), interpolation=cv2.INTER_LINEAR) >= PERSON
    seen = mask.copy()
    for rank, face in enumerate(faces):
        skin = _ellipse(shape, face, _SKIN)
        mask |= skin  # never background, whatever light or hand lies on it
        if skin.any() and seen[skin].mean() >= _MISSED:
            continue
        mask |= _ellipse(shape, face, _HEAD)
        # Where others were seen, a head that was not may look over their shoulders.
        if outline is None or rank == 0:
            mask |= _torso(shape, face)
    return mask


def _ellipse(shape: tuple[int, int], face: Face, half_axes: tuple[float, float]) -> NDArray[np.bool_]:
    (x, y, w, h), (across, down) = face.box, half_axes
    mask = np.zeros(shape, np.uint8)
    centre, axes = (round(x + w / 2), round(y + 0.42 * h)), (round(across * w), round(down * h))
    cv2.ellipse(mask, centre, axes, 0, 0, 360, 1, -1)
    return mask.astype(np.bool_)


def _torso(shape: tuple[int, int], face: Face) -> NDArray[np.bool_]:
    x, y, w, h = face.box
    mask = np.zeros(shape, np.uint8)
    middle, shoulder, bottom = x + w / 2, y + 1.35 * h, y + 6 * h
    torso = [(middle - 0.6 * w, y + h), (middle + 0.6 * w, y + h), (middle + 1.7 * w, shoulder)]
    torso += [(middle + 2 * w, bottom), (middle - 2 * w, bottom), (middle - 1.7 * w, shoulder)]
    cv2.fillPoly(mask, [np.round(np.array(torso)).astype(np.int32)], 1)
    return mask.astype(np.bool_)

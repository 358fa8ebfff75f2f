"""Films of a portrait that moves before a camera, with the truth of where its face is."""

from collections.abc import Callable, Iterator
from typing import NamedTuple

import cv2
import numpy as np
import skimage.data
from numpy.typing import NDArray

from sqrt.faces import Face, FaceEngine

Pixels = NDArray[np.uint8]

SIZE_WH = (640, 480)
RATE = 15
"""Pictures a second."""
_EXPOSURE_S = 1 / 30
_SUB_EXPOSURES = 4
_NOISE = 4.0
"""Standard deviation of a camera's grain, of 255."""
_FACE_WIDTH = 130.0
"""Pixels, at scale 1."""


class Place(NamedTuple):
    """Where a face is: its middle and its growth, in pixels of the frame, and how it is turned."""

    x: float
    y: float
    scale: float = 1.0
    roll_deg: float = 0.0
    aside: float = 0.0
    """How far the features are shifted sideways within the head, in face widths, as where it turns aside."""


def _swing(seconds: float) -> float:
    """0 to 1 in two seconds, and back."""
    return 1 - abs(1 - seconds % 4 / 2)


def _shaken(seconds: float) -> Place:
    turn = 2 * np.pi * seconds
    return Place(
        320 + 22 * np.sin(2.7 * turn) + 8 * np.sin(6.1 * turn), 230 + 16 * np.sin(3.3 * turn) + 6 * np.cos(5.3 * turn)
    )


MOTIONS: dict[str, Callable[[float], Place]] = {
    "across": lambda s: Place(80 + 480 * _swing(s), 220),
    "diagonal": lambda s: Place(110 + 420 * _swing(s), 120 + 240 * _swing(s)),
    "growing": lambda s: Place(320 + 40 * _swing(s), 230, 0.6 + 0.9 * _swing(s)),
    "turning": lambda s: Place(
        280 + 80 * _swing(s), 230, 1.0, 14 * float(np.sin(np.pi * s)), 0.14 * float(np.sin(1.3 * np.pi * s))
    ),
    "shaking": _shaken,
    "stopping": lambda s: Place(80 + 480 * min(1.0, 2 * _swing(s)), 220),
    "still": lambda s: Place(320, 220),
}


class Film(NamedTuple):
    """Frames of `SIZE_WH`, RGB, and of each the true box of the face: x, y, width and height in pixels."""

    frames: list[Pixels]
    boxes: NDArray[np.float64]


class Person:
    """A portrait cut out along its outline, to be put before a background."""

    def __init__(self, pixels: Pixels, engine: FaceEngine) -> None:
        face = engine.find(pixels)[0]
        # More pixels than that would only be thrown away.
        scale = min(1.0, 1.5 * _FACE_WIDTH / face.box[2])
        self._pixels = cv2.resize(pixels, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
        self._face: Face = face.scaled(scale)
        outline = engine.outline(pixels)
        assert outline is not None
        self._cut = cv2.resize(outline, self._pixels.shape[1::-1]).astype(np.float32) / 255

    def film(self, motion: Callable[[float], Place], seconds: float, seed: int = 0) -> Film:
        """Return a film with the blur and the grain of a camera."""
        grain = np.random.default_rng(seed)
        times = np.arange(round(RATE * seconds)) / RATE
        frames = [self._frame(motion, at, grain) for at in times.tolist()]
        return Film(frames, np.array([self.box(motion(at)) for at in times.tolist()]))

    def box(self, place: Place) -> tuple[float, float, float, float]:
        """Return where the face is at a place, turned or not."""
        _, _, w, h = self._face.box
        zoom = place.scale * _FACE_WIDTH / w
        return place.x - zoom * w / 2, place.y - zoom * h / 2, zoom * w, zoom * h

    def _frame(self, motion: Callable[[float], Place], at: float, grain: np.random.Generator) -> Pixels:
        light = np.zeros((*SIZE_WH[::-1], 3), np.float32)
        # The middle of the exposure is the frame's time.
        for moment in _moments(at):
            light += self._before_background(motion(max(moment, 0.0))) / _SUB_EXPOSURES
        return np.clip(light + _NOISE * grain.standard_normal(light.shape, np.float32), 0, 255).astype(np.uint8)

    def _before_background(self, place: Place) -> NDArray[np.float32]:
        x, y, w, h = self._face.box
        middle = (x + w / 2, y + h / 2)
        matrix = cv2.getRotationMatrix2D(middle, -place.roll_deg, place.scale * _FACE_WIDTH / w)
        matrix[:, 2] += np.array([place.x, place.y]) - middle
        pixels = self._turned(place.aside)
        person = cv2.warpAffine(pixels, matrix, SIZE_WH, flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
        cut = cv2.warpAffine(self._cut, matrix, SIZE_WH, flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
        cut = cut[..., None]
        return cut * person.astype(np.float32) + (1 - cut) * _BACKGROUND

    def _turned(self, aside: float) -> Pixels:
        """Shift what is at the front of the head sideways, and its rim less, as a cylinder that turns shows it."""
        if not aside:
            return self._pixels
        x, y, w, h = self._face.box
        height, width = self._pixels.shape[:2]
        down, across = np.mgrid[:height, :width].astype(np.float32)
        away = ((across - x - w / 2) / (0.65 * w)) ** 2 + ((down - y - h / 2) / (0.75 * h)) ** 2
        shift = aside * w * np.sqrt(np.clip(1 - away, 0, 1))
        return cv2.remap(self._pixels, (across - shift).astype(np.float32), down, cv2.INTER_LINEAR)


def _moments(at: float) -> Iterator[float]:
    for number in range(_SUB_EXPOSURES):
        yield at + ((number + 0.5) / _SUB_EXPOSURES - 0.5) * _EXPOSURE_S


# A table in a room: edges and textures that a face passes.
_BACKGROUND = cv2.resize(skimage.data.coffee(), SIZE_WH, interpolation=cv2.INTER_AREA).astype(np.float32)

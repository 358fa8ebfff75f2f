"""The photo with what the rating saw in it drawn on top.

Lines are light inside a dark edge, so that they show on every background, and no layer is told by its colour alone.
"""

import math
from collections.abc import Collection, Sequence
from enum import StrEnum
from typing import Any, TypeAlias

import cv2
import numpy as np
from numpy.typing import ArrayLike, NDArray

from sqrt.faces import Face
from sqrt.rating import Rating
from sqrt.reading import Photo

__all__ = ["Layer", "draw"]

_Picture: TypeAlias = NDArray[np.uint8]
_Colour: TypeAlias = tuple[int, int, int]

_DARK, _WHITE, _TEAL, _AMBER = (12, 14, 20), (255, 255, 255), (64, 224, 208), (255, 209, 102)
_BLUES, _REDS = ((16, 40, 120), (90, 150, 255)), ((255, 176, 170), (200, 24, 24))  # ground and hatch
_SHADOW_MAX, _HIGHLIGHT_MIN = (2, 2, 2), (253, 253, 253)

# The sharpness map looks at a picture in which the face has this height in pixels or, without a face, the long side the
# second; one cell of the map is a 32nd of the face. The cap bounds the time for far-away faces.
_FACE_HEIGHT, _FACELESS_SIDE, _CELL = 256, 768, 8
_MAX_SHARPNESS_SIDE = 1280
# Root mean square of the Laplacian in grey levels at the dark and the bright end of the map; equal steps are equal
# ratios. Smooth skin and defocused walls lie about the lower, lashes and hair in focus about the upper.
_SHARPNESS_RANGE = 1.5, 48.0
_SUBPIXEL_BITS = 4


class Layer(StrEnum):
    """Something that can be drawn over a photo."""

    FACE = "face", "Face"
    LANDMARKS = "landmarks", "Points of the face"
    EYE_LINE = "eye_line", "Eye line"
    THIRDS = "thirds", "Thirds"
    SHADOWS = "shadows", "Lost in black"
    HIGHLIGHTS = "highlights", "Lost in white"
    SHARPNESS = "sharpness", "Where it is sharp"

    label: str

    def __new__(cls, value: str, label: str) -> "Layer":
        member = str.__new__(cls, value)
        member._value_, member.label = value, label
        return member


def draw(photo: Photo, rating: Rating, layers: Collection[Layer], *, max_side: int = 1280) -> _Picture:
    """Return a new RGB picture: the photo, reduced to `max_side` pixels if it is larger, with `layers` drawn over it.

    Areas come first, lines on top. What the rating does not have, such as landmarks from the cascades, is not drawn.
    """
    longest = max(photo.pixels.shape)
    plain = _resized(photo.pixels, max_side / longest) if max_side < longest else photo.pixels
    scale = plain.shape[1] / photo.size_wh[0]
    faces = [face.scaled(scale) for face in rating.faces]
    picture = _sharpness(photo, plain, rating.faces) if Layer.SHARPNESS in layers else plain.copy()
    if Layer.SHADOWS in layers:
        _hatch(picture, cv2.inRange(plain, (0, 0, 0), _SHADOW_MAX), _BLUES, direction=1)
    if Layer.HIGHLIGHTS in layers:
        _hatch(picture, cv2.inRange(plain, _HIGHLIGHT_MIN, (255, 255, 255)), _REDS, direction=-1)
    if Layer.THIRDS in layers:
        right, bottom = plain.shape[1] - 1, plain.shape[0] - 1
        upright = [[(right * part / 3, 0), (right * part / 3, bottom)] for part in (1, 2)]
        level = [[(0, bottom * part / 3), (right, bottom * part / 3)] for part in (1, 2)]
        _stroke(picture, [*upright, *level], _WHITE, 0.5)
    if Layer.FACE in layers:
        meant = {advice.face for advice in rating.advice} - {0}
        for index, face in reversed([*enumerate(faces)]):  # the main face on top
            colour, width = (_AMBER, 2.5) if index in meant else (_TEAL, 0.7 if index else 2.5)
            _stroke(picture, _brackets(picture, face), colour, width)
    if Layer.LANDMARKS in layers:
        for face in faces:
            if face.landmarks is not None:  # dots by the face: on a small one, large dots would hide it
                radius = max(0.5, face.box[2] / 220)
                _disks(picture, face.landmarks[:, :2], _WHITE, radius, edge=max(0.5, radius / 3))
    if Layer.EYE_LINE in layers and faces and faces[0].eyes is not None:
        _eye_line(picture, np.array(faces[0].eyes), faces[0].box[2])
    return picture


def _resized(pixels: _Picture, factor: float) -> _Picture:
    size_wh = [max(1, round(side * factor)) for side in pixels.shape[1::-1]]
    resized = cv2.resize(pixels, size_wh, interpolation=cv2.INTER_AREA if factor < 1 else cv2.INTER_CUBIC)
    return np.asarray(resized, np.uint8)


def _unit(picture: _Picture) -> float:
    """Length that what is drawn is measured in: 1 px in a picture of 640, 2 in one of 1280."""
    return float(max(picture.shape)) / 640


def _subpixels(points: ArrayLike) -> NDArray[np.int32]:
    return np.asarray(np.rint(np.asarray(points, np.float64) * 2**_SUBPIXEL_BITS), np.int32)


def _stroke(picture: _Picture, paths: Sequence[ArrayLike], colour: _Colour, width: float) -> None:
    inner, edge = max(1, round(width * _unit(picture))), max(1, round(0.6 * _unit(picture)))
    lines = [_subpixels(path) for path in paths]
    cv2.polylines(picture, lines, False, _DARK, inner + 2 * edge, cv2.LINE_AA, _SUBPIXEL_BITS)
    cv2.polylines(picture, lines, False, colour, inner, cv2.LINE_AA, _SUBPIXEL_BITS)


def _disks(picture: _Picture, centres: ArrayLike, colour: _Colour, radius: float, edge: float) -> None:
    for disk_colour, size in ((_DARK, int(_subpixels(radius + edge))), (colour, int(_subpixels(radius)))):
        for centre in _subpixels(centres).tolist():
            cv2.circle(picture, centre, size, disk_colour, cv2.FILLED, cv2.LINE_AA, _SUBPIXEL_BITS)


def _brackets(picture: _Picture, face: Face) -> list[ArrayLike]:
    """Trace the four corners of the face's box, cut to the frame so that they are seen where it reaches over."""
    x, y, w, h = face.box
    margin, (height, width) = 2 * _unit(picture), picture.shape[:2]
    columns = np.clip((x, x + w), margin, max(margin, width - 1 - margin))
    rows = np.clip((y, y + h), margin, max(margin, height - 1 - margin))
    arm = 0.22 * min(np.ptp(columns), np.ptp(rows))
    return [
        [(column, row + down), (column, row), (column + along, row)]
        for column, along in zip(columns, (arm, -arm), strict=True)
        for row, down in zip(rows, (arm, -arm), strict=True)
    ]


def _eye_line(picture: _Picture, eyes: NDArray[np.float64], face_width: float) -> None:
    """Draw the line through the eyes right across the face, and the upper third, where eyes look well, in dashes."""
    third, dash = (picture.shape[0] - 1) / 3, max(6.0, 16 * _unit(picture))
    dashes = [[(start, third), (start + dash / 2, third)] for start in np.arange(0, picture.shape[1], dash)]
    _stroke(picture, dashes, _WHITE, 0.5)
    middle, apart = eyes.mean(axis=0), eyes[1] - eyes[0]
    reach = apart * max(1.0, 0.7 * face_width / max(1e-6, float(np.linalg.norm(apart))))
    _stroke(picture, [[middle - reach, middle + reach]], _AMBER, 1)
    _disks(picture, eyes, _AMBER, max(1.0, 2.5 * _unit(picture)), edge=max(0.5, 0.6 * _unit(picture)))


def _hatch(picture: _Picture, mask: Any, colours: tuple[_Colour, _Colour], direction: int) -> None:
    """Paint the masked pixels, opaque: there is nothing to be seen in them anyway."""
    period = max(4, round(5 * _unit(picture)))
    steps = np.add.outer(np.arange(period), direction * np.arange(period)) % period
    tile = np.where(steps[..., np.newaxis] < period // 2, colours[1], colours[0]).astype(np.uint8)
    height, width = mask.shape
    cv2.copyTo(np.tile(tile, (height // period + 1, width // period + 1, 1))[:height, :width], mask, picture)


def _sharpness(photo: Photo, plain: _Picture, faces: Sequence[Face]) -> _Picture:
    """Colour a grey copy of the picture by the local strength of its finest detail, yellow being sharp.

    Detail is judged at one size of the face: the map stays the same when the photo is reduced, until the photo gets too
    coarse for its face, which the map then shows as blur.
    """
    side: float = _FACELESS_SIDE
    if faces and faces[0].box[3] > 0:
        side = min(_MAX_SHARPNESS_SIDE, max(photo.size_wh) * _FACE_HEIGHT / faces[0].box[3])
    source = plain if max(plain.shape) >= side else photo.pixels
    grey: Any = cv2.cvtColor(_resized(source, side / max(source.shape)), cv2.COLOR_RGB2GRAY)
    laplacian: Any = cv2.Laplacian(grey, cv2.CV_32F)
    cells_wh = [math.ceil(length / _CELL) for length in grey.shape[::-1]]
    energy: Any = cv2.GaussianBlur(cv2.resize(laplacian**2, cells_wh, interpolation=cv2.INTER_AREA), (0, 0), 1)
    low, high = np.log(np.square(_SHARPNESS_RANGE))
    level = np.clip((np.log(energy + 1e-6) - low) / (high - low), 0, 1)
    colours = cv2.applyColorMap(np.rint(level * 255).astype(np.uint8), cv2.COLORMAP_VIRIDIS)
    heat = cv2.resize(cv2.cvtColor(colours, cv2.COLOR_BGR2RGB), plain.shape[1::-1], interpolation=cv2.INTER_LINEAR)
    ground = cv2.cvtColor(cv2.cvtColor(plain, cv2.COLOR_RGB2GRAY), cv2.COLOR_GRAY2RGB)
    return np.asarray(cv2.addWeighted(ground, 0.45, heat, 0.55, 0), np.uint8)

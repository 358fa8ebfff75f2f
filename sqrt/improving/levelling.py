"""A picture turned until heads are upright, where it is the picture that leans: by how much, and what is kept of it."""

from collections.abc import Iterator
from dataclasses import replace
from typing import NamedTuple

import cv2
import numpy as np

from sqrt.faces import Face
from sqrt.improving.framing import FRAMING, MIN_SIDE, predicted
from sqrt.metrics.analysis import Analysis
from sqrt.rating import Rating

_LEAST_ROLL_DEG = 3.0
_ASPECTS = (1.0, 4 / 5)
_SIZES = (1.0, 0.9, 0.8, 0.7, 0.6)
_EYE_LEVELS = (0.38, 0.42, 0.34)
_SHARES = (1.0, 0.75, 0.5)
_NEARLY = 1.0
"""Points of the overall score, for which no more of the picture is given away: it would be seen less sharp."""
# What must stay around a head, in widths and heights of its box: left, above, right, below.
_HEAD = (0.3, 0.3, 0.3, 0.1)

_ON_AXIS_DEG = 2.5
_CLEARLY = 1.25
_EDGE = 64.0
"""Of Sobel's operator: 16 gray levels from one side to the other."""
_FEW = 0.005
"""Of the places behind the people: on fewer edges nothing is built."""


class Turn(NamedTuple):
    """A rectangle in a picture that stands upright once the picture is turned.

    Parameters
    ----------
    angle_deg : float
        By which the picture is turned, clockwise.
    x, y : float
        The rectangle's middle, as shares of the picture's width and height.
    width, height : float
        Its sides, as shares of the picture's.
    """

    angle_deg: float = 0.0
    x: float = 0.5
    y: float = 0.5
    width: float = 1.0
    height: float = 1.0


def level_turn(rating: Rating, analysis: Analysis) -> Turn | None:
    """Return the turn that makes most of the framing with heads upright, or None where the picture does not lean.

    Parameters
    ----------
    analysis : Analysis
        Of the same photo: lines behind the people that are upright already tell that only the head leans.
    """
    rolls = [face.pose.roll_deg for face in rating.faces if face.pose]
    roll_deg = float(np.median(rolls)) if rolls else 0.0
    if abs(roll_deg) < _LEAST_ROLL_DEG or _stands_upright(analysis, -roll_deg):
        return None
    found = [(_worth(rating, turn), turn) for share in _SHARES for turn in _turns(rating, -share * roll_deg)]
    if not found:
        return None
    enough = max(worth for worth, _ in found) - _NEARLY
    return max((turn for worth, turn in found if worth >= enough), key=lambda turn: turn.width * turn.height)


def _turns(rating: Rating, angle_deg: float) -> Iterator[Turn]:
    """Yield rectangles of several shapes and sizes that lie in the picture, the main face well placed in them."""
    width, height = rating.size_wh
    cos, sin = np.cos(np.deg2rad(angle_deg)), np.sin(np.deg2rad(angle_deg))
    face = _turned(rating, rating.faces[0], angle_deg)
    (left_x, left_y), (right_x, right_y) = face.eyes or ((0, 0), (0, 0))
    eyes_x, eyes_y = (left_x + right_x) / 2, (left_y + right_y) / 2
    for aspect in (width / height, *_ASPECTS):
        high_most = min(width / (aspect * cos + abs(sin)), height / (aspect * abs(sin) + cos))
        for size in _SIZES:
            high = size * high_most
            wide = aspect * high
            if min(wide, high) < MIN_SIDE:
                continue
            # Half of what the rectangle takes of the picture that is not turned.
            reach_x, reach_y = (wide * cos + high * abs(sin)) / 2, (wide * abs(sin) + high * cos) / 2
            for level in _EYE_LEVELS:
                x, y = _back(rating, eyes_x, eyes_y + (0.5 - level) * high, angle_deg)
                x, y = np.clip(x, reach_x, width - reach_x), np.clip(y, reach_y, height - reach_y)
                turn = Turn(*map(float, (angle_deg, x / width, y / height, wide / width, high / height)))
                if _holds_everybody(rating, turn):
                    yield turn


def _holds_everybody(rating: Rating, turn: Turn) -> bool:
    left, top, wide, high = _rectangle(rating, turn)
    for face in rating.faces:
        x, y, w, h = _turned(rating, face, turn.angle_deg).box
        inside = left <= x - _HEAD[0] * w and top <= y - _HEAD[1] * h
        if not (inside and x + (1 + _HEAD[2]) * w <= left + wide and y + (1 + _HEAD[3]) * h <= top + high):
            return False
    return True


def _worth(rating: Rating, turn: Turn) -> float:
    x, y, w, h = (round(side) for side in _rectangle(rating, turn))
    face = _turned(rating, rating.faces[0], turn.angle_deg)
    return predicted(rating, face, (x, y, w, h), (*FRAMING, "head_pose"))


def _rectangle(rating: Rating, turn: Turn) -> tuple[float, float, float, float]:
    """Return x, y, width and height in the turned picture, whose middle stays where it is."""
    width, height = rating.size_wh
    x, y = _around_middle(rating, turn.x * width, turn.y * height, turn.angle_deg)
    wide, high = turn.width * width, turn.height * height
    return x - wide / 2, y - high / 2, wide, high


def _turned(rating: Rating, face: Face, angle_deg: float) -> Face:
    """Return box, eyes and pose of a face in the turned picture."""
    x, y, w, h = face.box
    middle_x, middle_y = _around_middle(rating, x + w / 2, y + h / 2, angle_deg)
    eyes = face.eyes and (
        _around_middle(rating, *face.eyes[0], angle_deg),
        _around_middle(rating, *face.eyes[1], angle_deg),
    )
    pose = face.pose and face.pose._replace(roll_deg=face.pose.roll_deg + angle_deg)
    box = middle_x - w / 2, middle_y - h / 2, w, h
    return replace(face, box=box, eyes=eyes, pose=pose, landmarks=None)


def _around_middle(rating: Rating, x: float, y: float, angle_deg: float) -> tuple[float, float]:
    """Return where a point of the picture comes to lie when it is turned clockwise about its middle."""
    middle_x, middle_y = (side / 2 for side in rating.size_wh)
    cos, sin = float(np.cos(np.deg2rad(angle_deg))), float(np.sin(np.deg2rad(angle_deg)))
    across, down = x - middle_x, y - middle_y
    return middle_x + cos * across - sin * down, middle_y + sin * across + cos * down


def _back(rating: Rating, x: float, y: float, angle_deg: float) -> tuple[float, float]:
    return _around_middle(rating, x, y, -angle_deg)


def _stands_upright(analysis: Analysis, angle_deg: float) -> bool:
    """Say whether more lines behind the people are upright or level than would be after the turn."""
    gray = analysis.screen_gray
    person = cv2.resize(analysis.person.astype(np.uint8), gray.shape[::-1], interpolation=cv2.INTER_NEAREST)
    x, y = cv2.Sobel(gray, cv2.CV_32F, 1, 0)[person == 0], cv2.Sobel(gray, cv2.CV_32F, 0, 1)[person == 0]
    strength, direction_deg = np.hypot(x, y), np.rad2deg(np.arctan2(y, x))
    strength[strength < _EDGE] = 0  # of what is even, rounding to whole gray levels makes upright and level lines

    def on_axis(turned_deg: float) -> float:
        off_deg = np.abs((direction_deg + turned_deg + 45) % 90 - 45)
        return float(strength[off_deg <= _ON_AXIS_DEG].sum())

    return on_axis(0) > max(_CLEARLY * on_axis(angle_deg), _EDGE * _FEW * strength.size)

"""The crop of a photo that would frame its face better."""

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

import numpy as np

from sqrt.faces import Face
from sqrt.metrics import Measured, Metric
from sqrt.metrics.analysis import Analysis
from sqrt.rating import Rater, Rating, overall_of
from sqrt.reading import Photo, part

__all__ = ["MIN_GAIN", "Crop", "suggest_crop"]

MIN_GAIN = 2.0
"""Points below which a crop is not worth what it takes away."""
MIN_SIDE = 320
"""Pixels of the short side, below which a crop is no use as a profile picture."""

FRAMING = ("face_size", "face_position", "composition")
_ASPECTS = (1.0, 4 / 5, 3 / 4, 9 / 16)
_FACE_SHARES = (0.15, 0.18, 0.23, 0.26, 0.3, 0.34, 0.38, 0.43, 0.48)
_EYE_LEVELS = (0.38, 0.34, 0.42, 0.46)
# For a face that looks aside, the room is before it: how far from the middle it may stand, as a share of the width.
_ASIDE = (0.0, -0.08, 0.08)
_NEARLY = 0.5
"""Points."""

# What must stay in the picture around a face's box, in its widths and heights: left, above, right, below.
_HEAD = (0.5, 0.35, 0.5, 0.1)
_SHOULDERS = (0.8, 0.35, 0.8, 0.6)

_Box = tuple[int, int, int, int]


class Crop(NamedTuple):
    """A part of a photo that is worth more than the whole.

    `box_xywh` is in pixels of the upright input, wholly inside it. `gain` is how many points of the overall score the
    rating of `photo`, which is that part, has more than the rating of the whole.
    """

    box_xywh: _Box
    gain: float
    photo: Photo


class _Candidate(NamedTuple):
    predicted: float
    """Overall score, were only the framing to change."""
    shape: int
    """Which shape: 0 is the photo's own."""
    box_xywh: _Box


def suggest_crop(photo: Photo, rating: Rating, rater: Rater) -> Crop | None:
    """Return the crop that raises the overall score most by its framing, or None where none brings `MIN_GAIN` points.

    Every face stays in it whole, the main one with hair and shoulders, as far as the photo has them. Where a face is
    too close, no crop can help; a photo for a document is not to be edited. The search asks the framing metrics where
    the face would be, at no cost; at most two crops are then rated for real. `rating` must be that of `photo`, by
    `rater`.
    """
    perfect = rating.scores | {key: 100.0 for key in FRAMING if key in rating.scores}
    if not rating.faces or rating.purpose.document:
        return None
    if overall_of(perfect, metrics=rating.purpose.metrics) - rating.overall < MIN_GAIN:
        return None
    best: Crop | None = None
    for box in _most_promising(rating):
        piece = part(photo, box)
        gain = rater.rate_photo(piece).overall - rating.overall
        # Less is not worth another shape, either.
        if gain >= (best.gain if best else 0) + MIN_GAIN:
            best = Crop(box, gain, piece)
    return best


def _most_promising(rating: Rating) -> list[_Box]:
    """Return the best crop of each of two shapes, as the framing metrics predict.

    Of those that are nearly as good as the best, the photo's own shape, and as much of the photo as possible.
    """
    candidates = list(_candidates(rating))
    enough = max([rating.overall + MIN_GAIN, *(candidate.predicted - _NEARLY for candidate in candidates)])
    boxes: dict[int, _Box] = {}
    for candidate in sorted(candidates, key=lambda one: -one.box_xywh[2] * one.box_xywh[3]):
        if candidate.predicted >= enough:
            boxes.setdefault(candidate.shape, candidate.box_xywh)
    return [boxes[shape] for shape in sorted(boxes)[:2]]


def _candidates(rating: Rating) -> Iterator[_Candidate]:
    width, height = rating.size_wh
    face = rating.faces[0]
    _, y, _, h = face.box
    eye_level = (face.eyes[0][1] + face.eyes[1][1]) / 2 if face.eyes else y + 0.38 * h
    first_x, first_y, last_x, last_y = _needed(rating)
    middle = (first_x + last_x) / 2
    shapes = [width / height, *(aspect for aspect in _ASPECTS if abs(aspect * height / width - 1) > 0.02)]
    for shape, aspect in enumerate(shapes):
        tallest = min(height, width / aspect)
        for high in (tallest, *(h / share for share in _FACE_SHARES if h / share < tallest)):
            wide = high * aspect
            if min(wide, high) < MIN_SIDE or wide < last_x - first_x or high < last_y - first_y:
                continue
            for level in _EYE_LEVELS:
                for aside in _ASIDE:
                    left = middle - (0.5 + aside) * wide
                    left = min(max(left, last_x - wide, 0), first_x, width - wide)
                    top = min(max(eye_level - level * high, last_y - high, 0), first_y, height - high)
                    box = round(left), round(top), round(wide), round(high)
                    yield _Candidate(predicted(rating, face, box), shape, box)


def _needed(rating: Rating) -> tuple[float, float, float, float]:
    """Return left, top, right and bottom of what must stay in the picture, as far as it is in it."""
    margins = [_SHOULDERS, *[_HEAD] * (len(rating.faces) - 1)]
    sides = np.array(
        [
            (x - left * w, y - above * h, x + w + right * w, y + h + below * h)
            for (x, y, w, h), (left, above, right, below) in zip((f.box for f in rating.faces), margins, strict=True)
        ]
    )
    (left, top), (right, bottom) = sides[:, :2].min(0), sides[:, 2:].max(0)
    width, height = rating.size_wh
    return max(left, 0), max(top, 0), min(right, width), min(bottom, height)


def predicted(rating: Rating, face: Face, box: _Box, keys: Sequence[str] = FRAMING) -> float:
    """Return the overall score that a part of a photo, of this box, would have, were only the metrics of `keys` to
    change: they ask for the frame's size and the main face alone.
    """
    x, y, w, h = box
    metrics = rating.purpose.metrics
    changed = scores_in_frame(face.moved(-x, -y), (w, h), metrics, [key for key in keys if key in rating.scores])
    return overall_of(rating.scores | changed, metrics=metrics)


def scores_in_frame(
    face: Face, size_wh: tuple[int, int], metrics: Mapping[str, Metric], keys: Sequence[str] = FRAMING
) -> dict[str, float]:
    """Return what the metrics of `keys` give a face in an otherwise empty frame; raises NotMeasurable."""
    frame = Photo(np.broadcast_to(np.uint8(0), (*size_wh[::-1], 3)), size_wh)
    analysis = Analysis(frame, [face])
    found = {key: metrics[key].measure(analysis) for key in keys}
    return {key: metrics[key].quality(one.value if isinstance(one, Measured) else one) for key, one in found.items()}

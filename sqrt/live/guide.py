"""What whoever stands before the camera is led to: where the face should be, a level head, eyes on the lens."""

from collections.abc import Iterator
from functools import lru_cache
from typing import NamedTuple

import numpy as np

from sqrt.errors import NotMeasurable
from sqrt.faces import Face, Pose
from sqrt.faces.cascade import CascadeEngine
from sqrt.faces.landmarks import LandmarkEngine
from sqrt.improving.framing import FRAMING, scores_in_frame
from sqrt.metrics.people import MATTERS
from sqrt.rating import GOOD, Rating, overall_of
from sqrt.rating.purposes import Purpose

ALIKE = 0.5
"""Points of the framing's score that nobody sees."""
NEAR = 10.0
"""Points of the framing's score that a face may have less than on the target, and still be in its place."""
_STEP = 0.02
"""Of the picture's height, in which places and sizes are tried."""
# Of the box that an engine draws: width over height, and how far down the eyes are; medians of 17 portraits.
_PROPORTIONS = {LandmarkEngine.name: (0.81, 0.33), CascadeEngine.name: (1.0, 0.40)}

Box = tuple[float, float, float, float]
"""x, y, width and height, as shares of the picture's width and height."""


class Guide(NamedTuple):
    """Where the main face should be, and what is right already.

    `target` is the box that the purpose's framing metrics like best in a picture of this shape; None where it is not
    known how the engine draws its boxes. `level` tells whether everybody's head is upright and faces the camera, `gaze`
    whether everybody looks into the lens, `framing` whether the main face is framed about as well as on the target; all
    are False where nobody is seen. What the engine cannot see counts as right.
    """

    target: Box | None
    level: bool
    gaze: bool
    framing: bool


def guide(rating: Rating) -> Guide:
    """Return what the person on a rated frame of the camera is led to."""
    metrics = rating.purpose.metrics
    target, best = None, GOOD + NEAR
    if rating.engine in _PROPORTIONS:
        target, best = _target(rating.purpose, rating.size_wh, rating.engine)
    if not rating.faces:
        return Guide(target, level=False, gaze=False, framing=False)
    framing = {key: rating.scores[key] for key in FRAMING if key in rating.scores}
    return Guide(
        target,
        level=rating.scores.get("head_pose", GOOD) >= GOOD,
        gaze=all(_looks(rating, face) for face in _people(rating)),
        framing=overall_of(framing, metrics=metrics) >= best - NEAR,
    )


def _people(rating: Rating) -> list[Face]:
    """Return who counts as `sqrt.metrics.people.everyone` has it, without those it needs the picture for."""
    least = MATTERS * rating.faces[0].box[3]
    return [face for face in rating.faces if face.box[3] >= least]


def _looks(rating: Rating, face: Face) -> bool:
    if face.landmarks is None:
        return True
    try:
        scores = scores_in_frame(face, rating.size_wh, rating.purpose.metrics, ["eye_contact"])
    except NotMeasurable:  # a shut eye looks at nothing
        return False
    return scores["eye_contact"] >= GOOD


@lru_cache(maxsize=64)
def _target(purpose: Purpose, size_wh: tuple[int, int], engine: str) -> tuple[Box, float]:
    """Return the middle of all boxes that are framed about as well as the best, and the best's score of 0 to 100."""
    width, height = size_wh
    tried = [
        (box, overall_of(scores_in_frame(face, size_wh, purpose.metrics), metrics=purpose.metrics))
        for box, face in _tried(size_wh, engine)
    ]
    best = max(score for _, score in tried)
    x, y, w, h = np.mean([box for box, score in tried if score >= best - ALIKE], axis=0).tolist()
    return (x / width, y / height, w / width, h / height), best


def _tried(size_wh: tuple[int, int], engine: str) -> Iterator[tuple[Box, Face]]:
    """Give boxes in pixels with a face in each, all in the middle: who looks ahead has no reason to be elsewhere."""
    width, height = size_wh
    aspect, eye_level = _PROPORTIONS[engine]
    for share in np.arange(0.1, 0.9, _STEP).tolist():
        h = share * height
        w = aspect * h
        x = (width - w) / 2
        for top in np.arange(0, 1 - share, _STEP).tolist():
            y = top * height
            eye_y = y + eye_level * h
            eyes = (x + 0.27 * w, eye_y), (x + 0.73 * w, eye_y)
            yield (x, y, w, h), Face((x, y, w, h), 1.0, eyes, pose=Pose(0, 0, 0))

"""What is told of a stream: to the browser after each rating, and to the page."""

from dataclasses import dataclass
from typing import Literal

from sqrt.live.best import Shot
from sqrt.live.guide import Box, guide
from sqrt.rating import Rating
from sqrt.words import N_

Way = Literal["webrtc", "snapshots"]
Want = Literal["best", "kept"]

PRAISE = N_("Hold it: nothing to change")


@dataclass(frozen=True)
class Look:
    """What one rating says of where everybody is.

    Attributes
    ----------
    boxes : tuple of boxes
        Of the faces, the main one first.
    target : box or None
        Where the main face's box should be.
    level, gaze, framing : bool
        What is right already; see `sqrt.live.guide.Guide`.
    """

    boxes: tuple[Box, ...] = ()
    target: Box | None = None
    level: bool = False
    gaze: bool = False
    framing: bool = False


@dataclass(frozen=True)
class Told:
    """What a page shows over its camera's picture, in its language.

    Attributes
    ----------
    ratings : int
        How many there were.
    score : float or None
        0 to 100, steadied; None before the first rating. `word` is what it is called.
    tips : tuple of str
        What to do, at most two; where there are none, `praise`.
    problem : str or None
        Why the newest picture could not be rated.
    busy : bool
        Whether ratings come less often than asked for.
    look : Look
        Where everybody is.
    hold : bool
        Whether a shot is about to be kept.
    next_s : float
        Seconds until the next picture is wanted.
    want : str or None
        For what a shot at full size is wanted now.
    age_s : float or None
        Seconds since the rated frame was taken, as far as the server can know: without the way of the fastest.
    way : str or None
        How the newest frame came; None before the first, and where WebRTC brings no more.
    """

    ratings: int
    score: float | None
    word: str
    tips: tuple[str, ...]
    praise: str | None
    problem: str | None
    busy: bool
    look: Look
    hold: bool
    next_s: float
    want: Want | None
    age_s: float | None
    way: Way | None


@dataclass(frozen=True)
class Snapshot:
    """What the page shows of a stream.

    `score` is None until a picture was rated; `trend` is (seconds ago, score of 0 to 100) of the last minute; `kept`
    are the shots beside the `best`, newest first; `problem` why the newest picture could not be rated; `way` how it
    came.
    """

    score: float | None
    trend: tuple[tuple[float, float], ...]
    best: Shot | None
    kept: tuple[Shot, ...]
    frames: int
    ratings: int
    drops: int
    busy: bool
    problem: str | None
    way: Way | None


def look_of(rating: Rating) -> Look:
    """Return where everybody is on a rated picture, and should be."""
    width, height = rating.size_wh
    boxes = tuple((x / width, y / height, w / width, h / height) for x, y, w, h in (one.box for one in rating.faces))
    return Look(boxes, *guide(rating))

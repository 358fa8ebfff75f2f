"""What the browser is told after each rating of its camera."""

from dataclasses import dataclass
from typing import Literal

from sqrt.rating import Rating, band
from sqrt.words import N_, said

Way = Literal["webrtc", "snapshots"]
Want = Literal["best", "kept"]
Box = tuple[float, float, float, float]
"""x, y, width and height, as shares of the picture's width and height; it is not mirrored."""

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
    framing, level, gaze : bool
        What is right already: place and size, heads, and eyes.
    """

    boxes: tuple[Box, ...] = ()
    target: Box | None = None
    framing: bool = False
    level: bool = False
    gaze: bool = False


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
        Seconds since the rated frame arrived.
    way : str or None
        How the newest frame came.
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


def look_of(rating: Rating) -> Look:
    """Return where everybody is on a rated picture, and should be."""
    width, height = rating.size_wh
    boxes = tuple((x / width, y / height, w / width, h / height) for x, y, w, h in (one.box for one in rating.faces))
    return Look(boxes, None, True, True, True)


def word_of(score: float | None, language: str) -> str:
    """Return what a score is called; nothing where there is none."""
    return "" if score is None else said(band(score), language)

"""The best moments of a clip: its frames rated one after another, the best that clearly differ kept."""

from collections.abc import Callable, Generator
from contextlib import closing
from dataclasses import dataclass
from typing import NamedTuple

from sqrt.compare import Fingerprint, fingerprint
from sqrt.errors import PhotoError
from sqrt.photo import Photo, load_photo, part, to_jpeg
from sqrt.rating import Rating
from sqrt.video import samples

BEST = 3
APART_S = 1.0
"""Seconds between two moments that may both be shown."""
APART_BITS = 12
"""Of the 128 that two fingerprints can differ in, of the whole frames or of the faces: as much must two moments."""
WORSE = 15.0
"""Points below the best moment, from which another is not worth showing."""
# One that stands in the way of another may itself give way to a better: the next best are kept in hand.
_IN_HAND = 12


@dataclass(frozen=True, eq=False)
class Moment:
    """A frame worth keeping: its time in the clip, its rating, and a JPEG at full frame size."""

    at_s: float
    rating: Rating
    jpeg: bytes
    looks: tuple[Fingerprint, ...]
    """Of the frame, and of the face if there is one."""

    def like(self, other: "Moment") -> bool:
        """Tell whether two moments are too close in time, or show almost the same."""
        if abs(self.at_s - other.at_s) < APART_S:
            return True
        if len(self.looks) != len(other.looks):
            return False
        return all(mine - theirs < APART_BITS for mine, theirs in zip(self.looks, other.looks, strict=True))


class ClipProgress(NamedTuple):
    """How far a clip was rated: share done, time and overall score of the newest frame, and the best so far."""

    done: float
    at_s: float
    overall: float
    best: list[Moment]


def rate_clip(
    data: bytes,
    rate: Callable[[Photo], Rating],
    *,
    rate_hz: float,
    max_s: float,
    max_bytes: int,
    max_pixels: int,
) -> Generator[ClipProgress]:
    """Rate `rate_hz` frames for each second of a clip; yield after each. Closing it is how to cancel.

    The best are at most `BEST` moments, best first, that clearly differ, `APART_S` apart in time and `APART_BITS` in
    what they show, and are less than `WORSE` points below the best. Raises ClipError, possibly after some frames, and
    what `rate` raises but for PhotoError: a frame that cannot be rated is passed over.
    """
    in_hand: list[Moment] = []
    frames = samples(data, rate_hz=rate_hz, max_s=max_s, max_bytes=max_bytes, max_pixels=max_pixels)
    with closing(frames):
        for at_s, done, pixels in frames:
            try:
                photo = load_photo(pixels, max_side=max(pixels.shape), max_pixels=max_pixels)
                rating = rate(photo)
            except PhotoError:
                continue
            if len(in_hand) < _IN_HAND or rating.overall > in_hand[-1].rating.overall:
                in_hand.append(Moment(at_s, rating, to_jpeg(photo.pixels), _looks(photo, rating)))
                in_hand.sort(key=lambda moment: -moment.rating.overall)
                best = best_of(in_hand)
                others = [moment for moment in in_hand if moment not in best]
                in_hand = sorted([*best, *others[: _IN_HAND - len(best)]], key=lambda moment: -moment.rating.overall)
            yield ClipProgress(done, at_s, rating.overall, best_of(in_hand))


def best_of(moments: list[Moment]) -> list[Moment]:
    """Return the best of moments sorted by score that differ from all better ones, at most `BEST`."""
    best: list[Moment] = []
    for moment in moments:
        near = moment.rating.overall > moments[0].rating.overall - WORSE
        if near and len(best) < BEST and not any(moment.like(better) for better in best):
            best.append(moment)
    return best


def _looks(photo: Photo, rating: Rating) -> tuple[Fingerprint, ...]:
    whole = fingerprint(photo)
    if not rating.faces:
        return (whole,)
    width, height = photo.size_wh
    x, y, w, h = rating.faces[0].box
    left, top = max(0, round(x)), max(0, round(y))
    right, bottom = min(width, round(x + w)), min(height, round(y + h))
    return whole, fingerprint(part(photo, (left, top, max(1, right - left), max(1, bottom - top))))

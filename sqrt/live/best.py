"""The best shot of a stream so far."""

from dataclasses import dataclass
from functools import cached_property

from sqrt.choosing.light import Light, light_of
from sqrt.choosing.ranking import rank_scene
from sqrt.rating import Rating
from sqrt.reading import Photo, to_jpeg

MARGIN = 3.0
"""Points of the overall score that a shot may have less than the best so far, and still be better in what is seen."""


@dataclass(frozen=True, eq=False)
class Shot:
    """A frame worth keeping, at full size and not mirrored, with its rating."""

    photo: Photo
    rating: Rating

    @cached_property
    def light(self) -> Light:
        """What is compared of it beside the rating."""
        return light_of(self.photo, self.rating)

    @cached_property
    def jpeg(self) -> bytes:
        """The frame as a file."""
        return to_jpeg(self.photo.pixels)


class Best:
    """Keeps the best shot with a face of those that it is offered; one thread at a time."""

    def __init__(self) -> None:
        self.shot: Shot | None = None
        self._peak = 0.0

    def offer(self, shot: Shot) -> None:
        """Take a shot in the place of the best if it is better, held against it, or for another purpose."""
        rating, best = shot.rating, self.shot
        if best and best.rating.purpose is not rating.purpose:
            best, self._peak = None, 0.0
        if not rating.faces:
            return
        # Held against it only where it is about as good as the best so far.
        if best is None or (rating.overall >= self._peak - MARGIN and rank_scene([best, shot]).order[0] == 1):
            self.shot, self._peak = shot, max(self._peak, rating.overall)

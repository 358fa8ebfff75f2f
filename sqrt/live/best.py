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
    """A picture that is kept: its file, upright and not mirrored, and what it is worth.

    `full` tells a shot at the camera's own size from a frame that was sent to be rated.
    """

    jpeg: bytes
    rating: Rating
    light: Light
    full: bool


@dataclass(frozen=True, eq=False)
class Seen:
    """A rated picture that may become a shot; `data` is its JPEG file, or None where it came without one."""

    photo: Photo
    rating: Rating
    data: bytes | None = None
    full: bool = False

    @cached_property
    def light(self) -> Light:
        """What is compared of it beside the rating."""
        return light_of(self.photo, self.rating)

    @cached_property
    def shot(self) -> Shot:
        """What is kept of it."""
        return Shot(self.data or to_jpeg(self.photo.pixels), self.rating, self.light, self.full)


class _Peak:
    """The best of those that can be held against each other."""

    def __init__(self) -> None:
        self.shot: Shot | None = None
        self.overall = 0.0

    def offer(self, seen: Seen) -> bool:
        overall = seen.rating.overall
        # Held against it only where it is about as good as the best so far.
        if self.shot and (overall < self.overall - MARGIN or rank_scene([self.shot, seen]).order[0] == 0):
            return False
        self.shot, self.overall = seen.shot, max(self.overall, overall)
        return True


class Best:
    """Keeps the best shot with a face of those that it is offered; one thread at a time.

    Frames and shots at full size are held against their like only: their sizes alone set them apart.
    """

    def __init__(self) -> None:
        self._frames, self._full = _Peak(), _Peak()

    @property
    def shot(self) -> Shot | None:
        """The best at full size, unless a frame was clearly better."""
        frame, full = self._frames.shot, self._full.shot
        if frame and full and frame.rating.overall > full.rating.overall + 2 * MARGIN:
            return frame
        return full or frame

    @property
    def shots(self) -> list[Shot]:
        """All that are held."""
        return [peak.shot for peak in (self._frames, self._full) if peak.shot]

    def offer(self, seen: Seen) -> bool:
        """Take a shot if it is better than its like, or for another purpose; tell whether a full-size one is wanted.

        It is after a frame that is the best, or almost, while the best is not there in full.
        """
        if not seen.rating.faces:
            return False
        kept = self._frames.shot or self._full.shot
        if kept and kept.rating.purpose is not seen.rating.purpose:
            self._frames, self._full = _Peak(), _Peak()
        if seen.full:
            self._full.offer(seen)
            return False
        became = self._frames.offer(seen)
        small = self.shot is not None and not self.shot.full
        return became or (small and seen.rating.overall >= self._frames.overall - MARGIN)

"""A shot at the camera's own size, rated in full."""

from collections.abc import Callable
from dataclasses import dataclass

from sqrt.errors import SqrtError
from sqrt.live.best import Seen
from sqrt.live.picture import Picture, as_jpeg
from sqrt.live.shots import Kind, Shots
from sqrt.monitoring import analysed
from sqrt.rating import WAIT_S, Rater, Rating
from sqrt.reading import Photo


@dataclass(frozen=True)
class Taken:
    """What became of a full-size shot: what it is worth, its size in pixels, and whether it is kept.

    Where it could not be rated, `problem` says why, and nothing else is told.
    """

    overall: float = 0.0
    size_wh: tuple[int, int] = (0, 0)
    kept: bool = False
    problem: str | None = None


class FullSize:
    """Waits in the pool for its turn; `done` is told, by any thread, what became of it."""

    def __init__(self, rater: Rater, shots: Shots, kind: Kind, done: Callable[[Taken], None]) -> None:
        self._rater, self._shots, self._kind, self._done = rater, shots, kind, done

    def score(self, picture: Picture) -> None:
        """Rate a JPEG and take it in."""
        assert isinstance(picture, bytes)
        try:
            photo, rating = analysed("live", lambda: self._examined(picture))
        except SqrtError as error:
            self._done(Taken(problem=error.user_message))
            return
        kept = self._shots.take(Seen(photo, rating, picture, full=True), self._kind)
        self._done(Taken(rating.overall, rating.size_wh, kept))

    def _examined(self, jpeg: bytes) -> tuple[Photo, Rating]:
        photo, rating = self._rater.examine(jpeg, WAIT_S)
        return as_jpeg(photo), rating

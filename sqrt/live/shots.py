"""The shots of one stream: the best, and those that were taken or kept by themselves."""

import threading
import weakref
from collections import deque
from collections.abc import Callable
from typing import Literal

from sqrt.live.best import MARGIN, Best, Seen, Shot

KEPT = 6
"""Shots beside the best; of more the oldest goes."""
ASK_S = 3.0
"""Seconds between two full-size shots that are asked for because a frame was the best."""

Kind = Literal["best", "kept", "taken"]


class Shots:
    """Holds shots; safe to share between threads.

    Parameters
    ----------
    keep : callable
        Told of each shot that is held, and how many bytes it has.
    """

    def __init__(self, keep: Callable[[object, int], None]) -> None:
        self._count = keep
        self._lock = threading.Lock()
        self._open = True
        self._counted: weakref.WeakSet[Shot] = weakref.WeakSet()
        self._clear()

    def _clear(self) -> None:
        self._best = Best()
        self._kept: deque[Shot] = deque(maxlen=KEPT)
        self._frame: Shot | None = None  # what was captured of the stream, until its full-size shot is there
        self._asked_at = float("-inf")

    @property
    def best(self) -> Shot | None:
        """The best so far."""
        with self._lock:
            return self._best.shot

    @property
    def kept(self) -> tuple[Shot, ...]:
        """Those beside it, newest first."""
        with self._lock:
            return tuple(reversed(self._kept))

    def forget(self) -> None:
        """Hold nothing, as in the beginning."""
        with self._lock:
            self._clear()

    def close(self) -> None:
        """Hold nothing from now on."""
        with self._lock:
            self._open = False
            self._clear()

    def offer(self, seen: Seen, now: float) -> bool:
        """Offer a rated frame; tell whether a full-size shot is to be asked for."""
        with self._lock:
            wanted = self._open and self._best.offer(seen)
            self._count_new()
            if not wanted or now - self._asked_at < ASK_S:
                return False
            self._asked_at = now
            return True

    def capture(self, seen: Seen) -> None:
        """Keep a frame until the full-size shot is there for which it is asked now."""
        with self._lock:
            if self._open:
                self._frame = seen.shot
                self._kept.append(seen.shot)
                self._count_new()

    def take(self, seen: Seen, kind: Kind) -> bool:
        """Take a full-size shot in; tell whether it is held."""
        with self._lock:
            if not self._open:
                return False
            self._best.offer(seen)
            if kind == "taken" or (kind == "kept" and self._replaces_frame(seen)):
                self._kept.append(seen.shot)
            self._count_new()
            return seen.shot in self._held()

    def _replaces_frame(self, seen: Seen) -> bool:
        frame, self._frame = self._frame, None
        if frame is None or frame not in self._kept:
            return True
        # It is of another moment: somebody may have blinked.
        if seen.rating.overall < frame.rating.overall - 2 * MARGIN:
            return False
        self._kept.remove(frame)
        return True

    def _held(self) -> list[Shot]:
        return [*self._best.shots, *self._kept]

    def _count_new(self) -> None:
        for shot in self._held():
            if shot not in self._counted:
                self._counted.add(shot)
                self._count(shot, len(shot.jpeg))

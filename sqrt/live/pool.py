"""The threads that rate live pictures, shared by all streams."""

import logging
import threading
import time
import weakref
from collections.abc import Callable
from typing import Protocol

from sqrt.live.picture import Picture

_log = logging.getLogger(__name__)

SWEEP_S = 0.5
"""How often streams that went silent are looked for."""


class Work(Protocol):
    """What the pool rates pictures for."""

    def score(self, picture: Picture) -> None:
        """Rate a picture and keep what follows from it; raises nothing that is expected."""


class Stream(Work, Protocol):
    """What the pool needs of a stream."""

    def expire(self) -> bool:
        """Leave the pool if no picture came for some seconds, and tell whether that is so."""


class LivePool:
    """Rates the pictures of many streams with few threads, and queues nothing.

    A stream that must wait has one place, and in it only its newest picture: whatever was there before is dropped.
    Places are served in the order in which they were taken, so that a crowded server rates all streams equally often.

    Parameters
    ----------
    workers : int
        Threads; 0 makes a pool that works only when `work` and `sweep` are called.
    most : int
        Streams at a time.
    clock : callable
        Seconds that never run backwards.
    """

    def __init__(self, workers: int, most: int = 1000, clock: Callable[[], float] = time.monotonic) -> None:
        self._most, self._clock = most, clock
        self._waiting: dict[Work, Picture] = {}
        self._streams: weakref.WeakSet[Stream] = weakref.WeakSet()
        self._changed = threading.Condition()
        self._open = True
        self._swept_at = clock()
        self._threads = [
            threading.Thread(target=self._run, name=f"live-rating-{number}", daemon=True) for number in range(workers)
        ]
        for thread in self._threads:
            thread.start()

    @property
    def streams(self) -> int:
        """How many streams are live."""
        with self._changed:
            return len(self._streams)

    def join(self, stream: Stream) -> bool:
        """Count a stream among the live ones, if it is not yet and there is room; tell whether it is one."""
        with self._changed:
            if stream not in self._streams and len(self._streams) >= self._most:
                return False
            self._streams.add(stream)
            return True

    def leave(self, stream: Stream) -> None:
        """Count a stream no more, and forget its picture that waits."""
        with self._changed:
            self._streams.discard(stream)
            self._waiting.pop(stream, None)

    def withdraw(self, work: Work) -> None:
        """Forget a picture that waits."""
        with self._changed:
            self._waiting.pop(work, None)

    def offer(self, work: Work, picture: Picture) -> bool:
        """Ask for a picture to be rated; tell whether an older one for the same was dropped for it."""
        with self._changed:
            dropped = work in self._waiting
            self._waiting[work] = picture  # who waits keeps the place
            self._changed.notify()
        return dropped

    def work(self) -> bool:
        """Rate the picture that waits longest; tell whether there was one."""
        with self._changed:
            if not self._waiting:
                return False
            work = next(iter(self._waiting))
            picture = self._waiting.pop(work)
        try:
            work.score(picture)
        except Exception:  # a bug, and loud as such; the other streams go on
            _log.exception("a live picture was not rated")
        return True

    def sweep(self) -> None:
        """Let streams go that went silent: a closed tab may be reported only half a minute later."""
        with self._changed:
            streams = list(self._streams)
        for stream in streams:
            stream.expire()

    def close(self) -> None:
        """End the threads; waits for the ratings under way."""
        with self._changed:
            self._open = False
            self._changed.notify_all()
        for thread in self._threads:
            thread.join()

    def _run(self) -> None:
        while self._open:
            if self._must_sweep():
                self.sweep()
            if not self.work():
                with self._changed:
                    self._changed.wait_for(lambda: self._waiting or not self._open, timeout=SWEEP_S)

    def _must_sweep(self) -> bool:
        with self._changed:  # one of the threads does it
            now = self._clock()
            due = now - self._swept_at >= SWEEP_S
            if due:
                self._swept_at = now
            return due

"""The threads that rate live frames, shared by all streams."""

import logging
import threading
import time
from collections.abc import Callable
from typing import Protocol, TypeAlias

import numpy as np
from numpy.typing import NDArray

_Pixels: TypeAlias = NDArray[np.uint8]

_log = logging.getLogger(__name__)

SWEEP_S = 0.5
"""How often streams that went silent are looked for."""


class Stream(Protocol):
    """What the pool needs of a stream."""

    ended: bool

    def score(self, pixels: _Pixels) -> None:
        """Rate an HxWx3 RGB frame and keep what follows from it; raises nothing that is expected."""

    def expire(self) -> bool:
        """Give back what is held if no frame came for some seconds, and tell whether that is so."""


class LivePool:
    """Rates the frames of many streams with few threads, and queues nothing.

    A stream that must wait has one place, and in it only its newest frame: whatever was there before is dropped. Places
    are served in the order in which they were taken, so that a crowded server rates all streams equally often.

    Parameters
    ----------
    workers : int
        Threads; 0 makes a pool that works only when `work` and `sweep` are called.
    clock : callable
        Seconds that never run backwards.
    """

    def __init__(self, workers: int, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._waiting: dict[Stream, _Pixels] = {}
        self._streams: set[Stream] = set()
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
            return sum(not stream.ended for stream in self._streams)

    def join(self, stream: Stream) -> None:
        """Count a stream among the live ones, until it ends or goes silent."""
        with self._changed:
            self._streams.add(stream)

    def withdraw(self, stream: Stream) -> None:
        """Forget the frame of a stream that waits."""
        with self._changed:
            self._waiting.pop(stream, None)

    def offer(self, stream: Stream, pixels: _Pixels) -> bool:
        """Ask for a frame to be rated; tell whether an older one of the stream was dropped for it."""
        with self._changed:
            dropped = stream in self._waiting
            self._waiting[stream] = pixels  # a stream that waits keeps its place
            self._changed.notify()
        return dropped

    def work(self) -> bool:
        """Rate the frame of the stream that waits longest; tell whether there was one."""
        with self._changed:
            if not self._waiting:
                return False
            stream = next(iter(self._waiting))
            pixels = self._waiting.pop(stream)
        try:
            stream.score(pixels)
        except Exception:  # a bug, and loud as such; the other streams go on
            _log.exception("a live frame was not rated")
        return True

    def sweep(self) -> None:
        """Let streams go that went silent: a closed tab may be reported only half a minute later."""
        with self._changed:
            for stream in [stream for stream in self._streams if stream.expire()]:
                self._streams.discard(stream)
                self._waiting.pop(stream, None)

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

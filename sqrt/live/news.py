"""Whoever waits for the next rating of a stream is woken by it."""

import threading
from collections.abc import Callable


class News:
    """What has happened, and how much of it was told; safe to share between threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._happened = self._told = 0
        self._wake: Callable[[], None] = nothing

    def listen(self, wake: Callable[[], None]) -> bool:
        """Have `wake` called once, by any thread, when there is news; tell whether there is some, not told before.

        There is one listener: an earlier one is called no more.
        """
        with self._lock:
            self._wake = wake
            return self._happened > self._told

    def add(self) -> None:
        """Note that something has happened."""
        with self._lock:
            self._happened += 1
        self.wake()

    def wake(self) -> None:
        """Wake whoever listens, though nothing has happened."""
        with self._lock:
            wake, self._wake = self._wake, nothing
        wake()

    def tell(self) -> None:
        """Note that all is told."""
        with self._lock:
            self._told = self._happened


def nothing() -> None:
    """Do nothing."""

"""Room in memory for photos that are decoded whole."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager


class Room:
    """So many pixels at a time, first come, first served; one for all threads of a process."""

    def __init__(self) -> None:
        self._door = threading.Lock()
        self._changed = threading.Condition()
        self._taken = 0

    @contextmanager
    def taken(self, pixels: int, of: int) -> Iterator[None]:
        """Take room for `pixels`; waits while that and what others have taken come to more than `of`."""
        # Whoever waits keeps the door shut, or many small photos would keep a large one waiting for ever.
        with self._door, self._changed:
            self._changed.wait_for(lambda: not self._taken or self._taken + pixels <= of)
            self._taken += pixels
        try:
            yield
        finally:
            with self._changed:
                self._taken -= pixels
                self._changed.notify()

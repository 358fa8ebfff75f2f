"""The face engines of a process: so many at work at a time, whoever asks and with whatever settings."""

import threading
from collections import deque
from collections.abc import Callable, Hashable, Iterator
from contextlib import contextmanager

from sqrt.errors import BusyError
from sqrt.faces import FaceEngine


class Engines:
    """Lends engines, at most `size` at a time and kept in all, first come, first served; safe to share between threads.

    An engine is made when first needed: each costs some 17 MB, and few pages rate two photos at once. Where another
    kind is asked for and there is no room, the one that nobody has used for longest goes.
    """

    def __init__(self, size: int) -> None:
        self._size = size
        self._lent = 0
        self._idle: list[tuple[Hashable, FaceEngine]] = []
        self._line: deque[object] = deque()
        self._changed = threading.Condition()

    @property
    def waiting(self) -> int:
        """Photos that stand in line."""
        return len(self._line)

    @contextmanager
    def borrowed(
        self, kind: Hashable, make: Callable[[], FaceEngine], wait_s: float | None = None
    ) -> Iterator[FaceEngine]:
        """Lend an engine of a `kind` to whoever waits longest; raises BusyError where that takes longer than `wait_s`.

        `make` makes one where none of the kind is there.
        """
        turn = object()
        with self._changed:
            self._line.append(turn)
            try:
                if not self._changed.wait_for(lambda: self._lent < self._size and self._line[0] is turn, wait_s):
                    raise BusyError(f"no engine free within {wait_s} s, {len(self._line)} photos in line")
                self._lent += 1
                engine = self._taken(kind)
            finally:
                self._line.remove(turn)
                self._changed.notify_all()
        try:
            engine = engine or make()
            yield engine
        finally:
            with self._changed:
                self._lent -= 1
                if engine:
                    self._idle.append((kind, engine))
                self._changed.notify_all()

    def _taken(self, kind: Hashable) -> FaceEngine | None:
        for place in reversed(range(len(self._idle))):
            if self._idle[place][0] == kind:
                return self._idle.pop(place)[1]
        if self._lent + len(self._idle) > self._size:
            self._idle.pop(0)
        return None

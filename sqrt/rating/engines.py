"""The face engines of a process: so many at work at a time, whoever asks and with whatever settings."""

import itertools
import threading
from collections.abc import Callable, Hashable, Iterator
from contextlib import contextmanager

from sqrt.errors import BusyError
from sqrt.faces import FaceEngine


class _Turn:
    """A place in the line."""

    def __init__(self, client: str) -> None:
        self.client = client


class Engines:
    """Lends engines, at most `size` at a time and kept in all; safe to share between threads.

    Clients take turns: a crowd of photos by one keeps another's single one waiting for no more than one of them. Of the
    same client who came first is first.

    An engine is made when first needed: each costs some 17 MB, and few pages rate two photos at once. Where another
    kind is asked for and there is no room, the one that nobody has used for longest goes.
    """

    def __init__(self, size: int) -> None:
        self._size = size
        self._lent = 0
        self._served: dict[str, int] = {}  # when a client had the latest turn, of those in line
        self._turns = itertools.count()
        self._idle: list[tuple[Hashable, FaceEngine]] = []
        self._line: list[_Turn] = []
        self._changed = threading.Condition()

    @property
    def waiting(self) -> int:
        """Photos that stand in line."""
        return len(self._line)

    @contextmanager
    def borrowed(
        self, kind: Hashable, make: Callable[[], FaceEngine], wait_s: float | None = None, client: str = ""
    ) -> Iterator[FaceEngine]:
        """Lend an engine of a `kind` to a `client`; raises BusyError where their turn does not come within `wait_s`.

        `make` makes one where none of the kind is there.
        """
        turn = _Turn(client)
        with self._changed:
            self._line.append(turn)
            try:
                if not self._changed.wait_for(lambda: self._is_next(turn), wait_s):
                    raise BusyError(f"no engine free within {wait_s} s, {len(self._line)} photos in line")
                self._lent += 1
                self._served[client] = next(self._turns)
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
                if not any(one.client == client for one in self._line):
                    self._served.pop(client, None)
                if engine:
                    self._idle.append((kind, engine))
                self._changed.notify_all()

    def _is_next(self, turn: "_Turn") -> bool:
        return self._lent < self._size and min(self._line, key=lambda one: self._served.get(one.client, -1)) is turn

    def _taken(self, kind: Hashable) -> FaceEngine | None:
        for place in reversed(range(len(self._idle))):
            if self._idle[place][0] == kind:
                return self._idle.pop(place)[1]
        if self._lent + len(self._idle) > self._size:
            self._idle.pop(0)
        return None

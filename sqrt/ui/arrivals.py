"""What arrives for a page, taken file by file: a browser tells of a drop no sooner than when all of it is there.

So a drop may be larger than what its visitor may have here at a time: what has arrived is worked on, and what has not
waits in the browser until there is room for it.
"""

import threading
import time
import weakref
from collections import deque
from collections.abc import Callable, Iterable

from sqrt.ui.uploads import Waiting, this_session

PAUSE_S = 10.0
"""So long after the last of a drop has come, what was announced and did not come is given up."""
_LOOK_S = 0.5

_lock = threading.Lock()
_of_session: weakref.WeakValueDictionary[str, "Arrivals"] = weakref.WeakValueDictionary()


class Arrivals:
    """Uploads of the session being drawn that wait to be worked on, as they arrive; for any thread.

    Parameters
    ----------
    most_bytes : int
        What may wait here; a larger file only alone.

    Attributes
    ----------
    queue : deque of pairs
        Each file's name and its bytes, the first first; work takes them from here.
    room : int
        How many more are taken; `left_out` are the names of those for which there was none.
    shown : bool
        Whether the page is, for which what is announced is meant.
    busy : callable
        Whether work goes on that takes from the queue.
    """

    def __init__(self, most_bytes: int, clock: Callable[[], float] = time.monotonic) -> None:
        self.most_bytes, self.room = most_bytes, 0
        self.queue: deque[tuple[str, Waiting]] = deque()
        self.left_out: list[str] = []
        self.shown = False
        self.busy: Callable[[], bool] = lambda: False
        self._clock, self._moved_at = clock, clock()
        self._announced: set[str] = set()
        self._coming: dict[str, int] = {}
        self._known: set[str] = set()
        self._news = threading.Event()
        with _lock:
            _of_session[this_session()] = self

    def announce(self, file_ids: Iterable[str]) -> None:
        """Take note of files that the page's visitor is about to send."""
        self._announced.update(file_ids)
        self._moved_at = self._clock()

    def expects(self, file_id: str) -> bool:
        """Whether a file has been announced, and neither come nor failed."""
        return file_id in self._announced

    def has_room(self, size: int, stored: int) -> bool:
        """Whether a file of so many bytes may begin to arrive, where so many are stored."""
        taken = stored + sum(self._coming.values())
        return not taken or taken + size <= self.most_bytes

    def begin(self, file_id: str, size: int) -> None:
        """Take note that a file of so many bytes is on its way; `end` is to follow."""
        self._coming[file_id] = size

    def end(self, file_id: str) -> None:
        """Take note that a file has come, or failed."""
        self._coming.pop(file_id, None)
        self._announced.discard(file_id)
        self._moved_at = self._clock()
        self._news.set()

    def all_told(self) -> None:
        """Forget what was announced: the browser has told that all of it has come or failed."""
        self._announced &= self._coming.keys()
        self._news.set()

    def take(self, file_id: str, name: str, claim: Callable[[], Waiting]) -> None:
        """Put a file in the queue, if it was not before and there is room for it."""
        with _lock:
            if file_id in self._known:
                return
            self._known.add(file_id)
            file = claim()
            if self.room > 0:
                self.room -= 1
                self.queue.append((name, file))
            else:
                self.left_out.append(name)
                file.forget()
        self._news.set()

    @property
    def on_their_way(self) -> int:
        """How many files are still to come."""
        recently = self._clock() - self._moved_at < PAUSE_S
        return len(self._announced | self._coming.keys()) if self._coming or recently else 0

    def may_come(self) -> bool:
        """Wait a moment for the next file; return whether there is one, or may be."""
        if not self.queue and self.on_their_way:
            self._news.wait(_LOOK_S)
            self._news.clear()
        return bool(self.queue or self.on_their_way)

    def forget(self) -> None:
        """Let go of what waits."""
        while self.queue:
            self.queue.popleft()[1].forget()


def arrivals_of(session_id: str) -> Arrivals | None:
    """Return where a session's page takes uploads file by file, if it does."""
    with _lock:
        return _of_session.get(session_id)

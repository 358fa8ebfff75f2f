"""The files of compared photos, held for as long as their visitor compares, so that they can be taken along."""

import threading
from dataclasses import dataclass

from sqrt.choosing.shots import Shot
from sqrt.ui.uploads import count_as_kept, this_session


@dataclass(frozen=True, eq=False)
class _File:
    data: bytes


class Originals:
    """The files of the best rated shots of the session being drawn, `most_bytes` at most; for any thread.

    What they take is counted as the session's.
    """

    def __init__(self, most_bytes: int) -> None:
        self.most_bytes = most_bytes
        self._session_id = this_session()
        self._lock = threading.Lock()
        self._files: dict[Shot, _File] = {}

    def offer(self, shot: Shot, data: bytes) -> None:
        """Hold the file of a shot, and let those of the lowest rated go where there is no room for all."""
        with self._lock:
            self._files[shot] = file = _File(data)
            count_as_kept(file, len(data), self._session_id)
            while sum(len(one.data) for one in self._files.values()) > self.most_bytes:
                del self._files[min(self._files, key=lambda one: one.rating.overall)]

    def of(self, shot: Shot) -> bytes | None:
        """Return the file of a shot, just as it came; None where it is not held."""
        with self._lock:
            file = self._files.get(shot)
        return file.data if file else None

    def __len__(self) -> int:
        with self._lock:
            return len(self._files)

    def forget(self) -> None:
        """Let all files go."""
        with self._lock:
            self._files.clear()

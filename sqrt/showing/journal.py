"""What an unfinished report has so far: on the disk, where memory need not hold it and a sudden end loses none."""

import base64
import errno
import json
import os
import threading
from array import array
from collections.abc import Iterator, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, overload

from sqrt.showing.report import Report

_MARK = "sqrt "  # how a journal begins


class Journal(Sequence[Report]):
    """A file of JSON lines beside the report; a sequence of the reports that were added, each read when asked for.

    A file that has changed since, or was rated with other settings (`terms`), is not known. A context manager, which
    leaves the file behind unless `finish` was called; safe to share between threads. Raises OSError where it cannot be
    written, or is not a journal.
    """

    def __init__(self, path: Path, terms: str) -> None:
        self._path = path
        self._known: dict[str, int] = {}  # where in the file
        self._added = array("q")
        terms = f"{_MARK}{terms}"
        _check(path)
        # Written anew, as the earlier one may hold what other settings gave, and a torn line.
        new = path.with_name(f"{path.name}.new")
        with new.open("wb") as file:
            file.write(_line(json.dumps(terms)))
            for key, line in _kept(path, terms):
                self._known[key] = file.tell()
                file.write(_line(line))
        new.replace(path)
        self._file = path.open("r+b")
        self._lock = threading.Lock()

    def __enter__(self) -> "Journal":
        return self

    def __exit__(self, *_: type[BaseException] | BaseException | TracebackType | None) -> None:
        self._file.close()

    def __len__(self) -> int:
        return len(self._added)

    @overload
    def __getitem__(self, place: int) -> Report: ...
    @overload
    def __getitem__(self, place: slice) -> Sequence[Report]: ...
    def __getitem__(self, place: int | slice) -> Report | Sequence[Report]:
        if isinstance(place, slice):
            return [self._read(at) for at in self._added[place]]
        return self._read(self._added[place])

    def known(self, file: str) -> Report | None:
        """Return the report of a file that was rated by an earlier run and has not changed since."""
        at = self._known.get(_key(file))
        return None if at is None else self._read(at)

    def add(self, report: Report) -> None:
        """Keep a report, from here on also through a sudden end."""
        if (at := self._known.get(key := _key(report.file))) is None:
            picture = base64.b64encode(report.picture).decode("ascii")
            entry = {"key": key, "file": report.file, "facts": report.facts, "picture": picture}
            at = self._write(json.dumps(entry))
        self._added.append(at)

    def finish(self) -> None:
        """Remove the file: the report is written."""
        self._path.unlink()

    def _write(self, line: str) -> int:
        with self._lock:
            at = self._file.seek(0, os.SEEK_END)
            self._file.write(_line(line))
            self._file.flush()
        return at

    def _read(self, at: int) -> Report:
        with self._lock:
            self._file.seek(at)
            entry = json.loads(self._file.readline())
        return Report(entry["file"], entry["facts"], base64.b64decode(entry["picture"]))


def _check(path: Path) -> None:
    if not path.exists():
        return
    with path.open("rb") as file:
        start = file.read(len(_MARK) + 1).decode(errors="replace")
    if start and not start.startswith(f'"{_MARK}'):
        raise FileExistsError(errno.EEXIST, "another file is in the way", str(path))


def _line(text: str) -> bytes:
    return f"{text}\n".encode()


def _kept(path: Path, terms: str) -> Iterator[tuple[str, str]]:
    """Yield the lines of an earlier run under the same terms, each with its photo's key."""
    if not path.exists():
        return
    with path.open(encoding="utf-8", errors="replace") as file:
        for line in file:
            if (entry := _parsed(line)) is None:  # the last line, torn
                return
            if isinstance(entry, str):
                if entry != terms:
                    return
                continue
            yield entry["key"], line.rstrip("\n")


def _key(file: str) -> str:
    try:
        status = os.stat(file)
    except (OSError, ValueError):
        return ""  # refused in a moment, or gone since
    return f"{os.path.abspath(file)} {status.st_size} {status.st_mtime_ns}"


def _parsed(line: str) -> Any:
    try:
        return json.loads(line)
    except ValueError:
        return None

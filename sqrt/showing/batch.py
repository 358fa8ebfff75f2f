"""Many files rated side by side for the command line, and what is done kept for when it is interrupted."""

import base64
import errno
import json
import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from types import TracebackType
from typing import Any, NamedTuple, TypeVar

from sqrt.choosing.shots import Shot, shot_of
from sqrt.errors import SqrtError
from sqrt.monitoring import analysed
from sqrt.rating import Rater
from sqrt.reading import EXTENSIONS
from sqrt.showing.reports import Report, marked_up

_Made = TypeVar("_Made")

_MARK = "sqrt "  # how a journal begins


class Refused(NamedTuple):
    """A file that could not be rated, and why, in a sentence."""

    file: str
    reason: str


def photo_files(paths: Iterable[str]) -> Iterator[str]:
    """Yield files as they are, and for each folder the photos in it and below, by name; hidden ones are left out."""
    for path in paths:
        if not os.path.isdir(path):
            yield path
            continue
        for folder, below, names in os.walk(path):  # does not follow links, which may lead in a circle
            below[:] = sorted(name for name in below if not name.startswith("."))
            for name in sorted(names):
                if not name.startswith(".") and name.lower().endswith(tuple(f".{one}" for one in EXTENSIONS)):
                    yield os.path.join(folder, name)


def rated(
    files: Sequence[str], rater: Rater, *, pictures: bool, done: Callable[[str], Report | None] = lambda _: None
) -> Iterator[Report | Refused]:
    """Rate files, as many at a time as the rater has engines; yield in their order.

    With `pictures`, each report holds the marked-up photo. `done` gives what need not be rated again.
    """
    yield from _each(files, rater, partial(_report, rater, pictures, done))


def looked_at(files: Sequence[str], rater: Rater) -> Iterator[Shot | Refused]:
    """Rate files, as `rated` does, so that they can be compared; each shot is called as its file."""
    yield from _each(files, rater, partial(_shot, rater))


def _each(files: Sequence[str], rater: Rater, work: Callable[[str], _Made | Refused]) -> Iterator[_Made | Refused]:
    with ThreadPoolExecutor(rater.settings.engine_pool_size, thread_name_prefix="rate") as pool:
        try:
            yield from pool.map(work, files)
        finally:
            pool.shutdown(wait=False, cancel_futures=True)


def _shot(rater: Rater, file: str) -> Shot | Refused:
    try:
        photo, rating = analysed("command line", partial(rater.examine, file))
    except SqrtError as error:
        return Refused(file, error.user_message)
    return shot_of(file, photo, rating)


def _report(rater: Rater, pictures: bool, done: Callable[[str], Report | None], file: str) -> Report | Refused:
    if (known := done(file)) is not None:
        return known
    try:
        photo, rating = analysed("command line", partial(rater.examine, file))
    except SqrtError as error:
        return Refused(file, error.user_message)
    return Report.of(file, rating, marked_up(photo, rating) if pictures else b"")


class Journal:
    """What an unfinished report has so far: a file of JSON lines beside it, which outlives the process.

    A file that has changed since, or was rated with other settings (`terms`), is not known. A context manager, which
    leaves the file behind unless `finish` was called; raises OSError where it cannot be written, or is not a journal.
    """

    def __init__(self, path: Path, terms: str) -> None:
        self._path = path
        self._known: dict[str, Report] = {}
        terms = f"{_MARK}{terms}"
        kept = [json.dumps(terms)]
        if path.exists():
            text = path.read_text(encoding="utf-8", errors="replace")
            if text and not text.startswith(f'"{_MARK}'):
                raise FileExistsError(errno.EEXIST, "another file is in the way", str(path))
            for line in text.splitlines():
                if (entry := _parsed(line)) is None:  # the last line, torn
                    break
                if isinstance(entry, str):
                    if entry != terms:
                        break
                    continue
                self._known[entry["key"]] = Report(entry["file"], entry["facts"], base64.b64decode(entry["picture"]))
                kept.append(line)
        self._file = path.open("w", encoding="utf-8")
        self._write(kept)

    def __enter__(self) -> "Journal":
        return self

    def __exit__(self, *_: type[BaseException] | BaseException | TracebackType | None) -> None:
        self._file.close()

    def __len__(self) -> int:
        return len(self._known)

    def known(self, file: str) -> Report | None:
        """Return the report of a file that was rated before and has not changed since."""
        return self._known.get(_key(file))

    def add(self, report: Report) -> None:
        """Keep a report, from here on also through a sudden end."""
        if (key := _key(report.file)) not in self._known:
            picture = base64.b64encode(report.picture).decode("ascii")
            self._write([json.dumps({"key": key, "file": report.file, "facts": report.facts, "picture": picture})])

    def finish(self) -> None:
        """Remove the file: the report is written."""
        self._path.unlink()

    def _write(self, lines: list[str]) -> None:
        self._file.writelines(f"{line}\n" for line in lines)
        self._file.flush()


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

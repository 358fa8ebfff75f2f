"""Many files rated side by side, for the command line."""

import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import NamedTuple, TypeVar

from sqrt.choosing.shots import Shot, shot_of
from sqrt.errors import SqrtError
from sqrt.monitoring import analysed
from sqrt.rating import Rater
from sqrt.reading import EXTENSIONS
from sqrt.showing import processes
from sqrt.showing.report import Report, marked_up

_Made = TypeVar("_Made")

WORTH_PROCESSES = 100
"""Photos from which processes of their own are sooner done: they take half a second to begin, and then a tenth less."""


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
    files: Sequence[str],
    rater: Rater,
    *,
    pictures: bool,
    done: Callable[[str], Report | None] = lambda _: None,
    tell: Callable[[str], None] = lambda _: None,
) -> Iterator[Report | Refused]:
    """Rate files, as many at a time as the rater has engines; yield in their order.

    With `pictures`, each report holds the marked-up photo. `done` gives what need not be rated again. Many files are
    rated by processes of their own; `tell` is told in a sentence when one ends by itself.
    """
    jobs, work = rater.settings.engine_pool_size, partial(_report, pictures)
    if jobs > 1 and len(files) >= WORTH_PROCESSES:
        return processes.each(files, work, rater.settings, jobs, done=done, lost=_lost, tell=tell)
    return _each(files, rater, lambda rater, file: done(file) or work(rater, file))


def looked_at(files: Sequence[str], rater: Rater) -> Iterator[Shot | Refused]:
    """Rate files, as `rated` does in one process, so that they can be compared; each shot is called as its file."""
    return _each(files, rater, _shot)


def _each(files: Sequence[str], rater: Rater, work: Callable[[Rater, str], _Made]) -> Iterator[_Made]:
    with ThreadPoolExecutor(rater.settings.engine_pool_size, thread_name_prefix="rate") as pool:
        try:
            yield from pool.map(partial(work, rater), files)
        finally:
            pool.shutdown(wait=False, cancel_futures=True)


def _shot(rater: Rater, file: str) -> Shot | Refused:
    try:
        photo, rating = analysed("command line", partial(rater.examine, file))
    except SqrtError as error:
        return Refused(file, error.user_message)
    return shot_of(file, photo, rating)


def _report(pictures: bool, rater: Rater, file: str) -> Report | Refused:
    try:
        photo, rating = analysed("command line", partial(rater.examine, file))
    except SqrtError as error:
        return Refused(file, error.user_message)
    return Report.of(file, rating, marked_up(photo, rating) if pictures else b"")


def _lost(file: str) -> Refused:
    return Refused(file, "The process that rated this photo ended by itself, twice; perhaps memory is short.")

"""``python -m sqrt archive SOURCE --to TARGET``: photos by the hundred thousand, rated on Dask into Parquet parts."""

import argparse
import os
import random
import signal
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, suppress
from datetime import timedelta
from itertools import chain
from types import FrameType
from typing import TYPE_CHECKING

import numpy as np

from sqrt import __version__
from sqrt.errors import SqrtError
from sqrt.rating import PURPOSES, Rater
from sqrt.rating.rater import terms_of
from sqrt.settings import Settings
from sqrt.showing.reports import printable
from sqrt.terminal import complain, rater_for, say

if TYPE_CHECKING:  # it takes long to load, and comes with an extra
    from distributed import Client

    from sqrt.archiving.listing import Entry
    from sqrt.archiving.parts import Parts
    from sqrt.archiving.run import Tally
    from sqrt.archiving.worker import Batch

_EXTRA = {"dask", "distributed", "pyarrow", "fsspec", "cryptography"}
_SAMPLE = 12  # photos that are rated to estimate the time
_GOES_ON = "Interrupted; the same command goes on from here."


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add all that this command asks for."""
    parser.add_argument(
        "source",
        metavar="SOURCE",
        help="a folder, a glob, a list of addresses (text, one a line, or Parquet with a column 'address'), or one of "
        "these in an object store, such as s3://bucket/prefix",
    )
    parser.add_argument(
        "--to", required=True, metavar="TARGET", help="folder for the parts, or such as s3://bucket/archive"
    )
    parser.add_argument(
        "--for", dest="purpose", choices=[*PURPOSES], help="what the photos are for; PURPOSE unless set"
    )
    where = parser.add_mutually_exclusive_group()
    where.add_argument("--scheduler", metavar="ADDRESS", help="of a Dask cluster, such as tcp://host:8786")
    where.add_argument("--workers", type=_up_to(256), metavar="N", help="processes on this machine; a core unless set")
    parser.add_argument("--batch", type=_up_to(10_000), default=100, metavar="N", help="photos a part, 100 unless set")
    parser.add_argument("--dry-run", action="store_true", help="count, rate a few to estimate the time, write nothing")


def _up_to(most: int) -> Callable[[str], int]:
    def parsed(text: str) -> int:
        if not (text.isdecimal() and 1 <= int(text) <= most):
            raise argparse.ArgumentTypeError(f"must be a whole number from 1 to {most}")
        return int(text)

    return parsed


def run(options: argparse.Namespace, settings: Settings) -> int:
    """Rate what is not in the archive yet; return the exit status."""
    try:
        from sqrt.archiving import cluster
        from sqrt.archiving.run import Tally
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] not in _EXTRA:
            raise
        complain(
            'For archives please run `pip install "selfie-quality-rater[archive]"`, or in a clone '
            '`pip install -e ".[archive]"`.'
        )
        return 2
    # As for one photo, this says what is missing; workers elsewhere have models of their own.
    rater = rater_for(settings, 1, 1) if options.dry_run or not options.scheduler else None
    if isinstance(rater, int):
        return rater
    try:
        if options.dry_run and rater:
            _estimate(options, settings, rater)
            return 0
        with _interruptible() as interrupted:
            tally = Tally()
            workers = cluster.existing(options.scheduler) if options.scheduler else cluster.embedded(_workers(options))
            _archive(options, settings, tally, interrupted, workers)
    except SqrtError as error:
        complain(str(error.user_message))
        return 2
    except KeyboardInterrupt:
        complain(_GOES_ON)
        raise
    if not (tally.rated or tally.refused or tally.skipped or interrupted.is_set()):
        complain("There are no photos in the source.")
        return 1
    before = f", {tally.skipped:,} done before" if tally.skipped else ""
    say(f"{_photos(tally.rated)} rated, {tally.refused:,} refused{before}.")
    if interrupted.is_set():
        complain(_GOES_ON)
        return 128 + signal.SIGINT
    return 1 if tally.refused else 0


def _archive(
    options: argparse.Namespace,
    settings: Settings,
    tally: "Tally",
    interrupted: threading.Event,
    workers: "AbstractContextManager[Client]",
) -> None:
    from sqrt.archiving import listing
    from sqrt.archiving.parts import Parts
    from sqrt.archiving.progress import bar
    from sqrt.archiving.run import Run
    from sqrt.archiving.worker import RatingPlugin

    parts = Parts(options.to)
    parts.prepare()
    found = _left(options, settings, parts, tally)
    first = next(found, None)  # what cannot be listed is told before a worker starts
    if first is None:
        return
    folder = listing.folder_of(options.source)
    plugin = RatingPlugin(settings, parts, folder, __version__, embedded=not options.scheduler)
    with workers as client, bar(options.source, tally) as shown:
        Run(client, plugin, tally, shown.tell, interrupted.is_set).through(chain([first], found))


def _left(options: argparse.Namespace, settings: Settings, parts: "Parts", tally: "Tally") -> "Iterator[Batch]":
    """Yield what is not in the archive yet, and count in `tally` what is."""
    from sqrt.archiving.done import Done
    from sqrt.archiving.listing import entries
    from sqrt.archiving.run import batches

    def unread(folder: str) -> None:
        complain(f"{printable(folder)} cannot be read, and is left out.")

    return batches(entries(options.source, unread), options.batch, Done(parts.rows(terms_of(settings))), tally)


def _estimate(options: argparse.Namespace, settings: Settings, rater: Rater) -> None:
    """Count, rate some photos of the source, and tell how long all that are left would take."""
    from sqrt.archiving import cluster
    from sqrt.archiving.parts import Parts
    from sqrt.archiving.run import Tally

    tally = Tally()
    left = 0
    some: list[Entry] = []
    for batch in _left(options, settings, Parts(options.to), tally):
        for entry in batch.entries:  # each of them as likely as another
            left += 1
            if len(some) < _SAMPLE:
                some.append(entry)
            elif (place := random.randrange(left)) < _SAMPLE:
                some[place] = entry
    say(f"{_photos(left)} to rate, {tally.skipped:,} done before.")
    if not some:
        return
    workers = _workers(options)
    if options.scheduler:
        with cluster.existing(options.scheduler) as client:
            workers = sum(client.nthreads().values())
    spent_s = _seconds_each(some, rater)
    took = timedelta(seconds=round(left * spent_s / workers))
    say(f"At {spent_s:.3f} s a photo, {workers} at a time, that takes about {took} (hours:minutes:seconds).")


def _seconds_each(entries: "Sequence[Entry]", rater: Rater) -> float:
    from sqrt.archiving.places import content, trouble

    rater.rate(np.zeros((64, 64, 3), np.uint8))  # an engine is made with its first photo
    started = time.perf_counter()
    for entry in entries:
        with suppress(SqrtError, *trouble()):
            rater.rate(content(entry.address, entry.bytes, rater.settings.max_file_mb * 2**20))
    return (time.perf_counter() - started) / len(entries)


def _workers(options: argparse.Namespace) -> int:
    return options.workers or os.cpu_count() or 1


def _photos(number: int) -> str:
    return f"{number:,} photo{'' if number == 1 else 's'}"


@contextmanager
def _interruptible() -> Iterator[threading.Event]:
    """Let the first Ctrl-C set what is yielded, and the second interrupt."""
    interrupted = threading.Event()

    def heed(_signal: int, _frame: FrameType | None) -> None:
        if interrupted.is_set():
            raise KeyboardInterrupt
        interrupted.set()
        # Not by print, in whose midst the signal may have come.
        os.write(2, b"\nThe batches in hand are finished; Ctrl-C once more ends at once.\n")

    before = signal.signal(signal.SIGINT, heed)
    try:
        yield interrupted
    finally:
        signal.signal(signal.SIGINT, before)

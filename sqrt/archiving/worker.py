"""A worker's part: it rates a batch with an engine of its own, and writes what it found."""

import signal
import threading
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Any, NamedTuple, Protocol

import cv2
from distributed import Worker, WorkerPlugin, get_worker
from distributed.core import Status

from sqrt.archiving.done import photo_hash
from sqrt.archiving.listing import Entry
from sqrt.archiving.parts import Parts, part_name
from sqrt.archiving.places import ArchiveError, Facts, content, facts, is_remote, is_there, trouble, why
from sqrt.archiving.schema import Row, row
from sqrt.errors import SqrtError
from sqrt.rating import Rater, Rating, Source
from sqrt.rating.rater import TERMS, terms_of
from sqrt.settings import Settings, load_settings

_LEAVING = {Status.closing, Status.closed, Status.failed}
_LIMITS = {"max_file_mb", "max_megapixels", "max_whole_megapixels", "face_engine"}


class Rates(Protocol):
    """What rates photos: a `Rater`."""

    engine: str
    sees_outlines: bool

    def examine(self, image: Source) -> tuple[Any, Rating]:
        """Return the photo and its rating; raises SqrtError where it is none."""
        ...


class GivenUp(Exception):
    """A worker was given up by its cluster while it rated a batch, which is another's by now."""


class Counts(NamedTuple):
    """What became of a batch; `fault` is the sentence why the archive cannot go on."""

    rated: int = 0
    refused: int = 0
    skipped: int = 0
    fault: str = ""


class Batch:
    """Entries, and for each the hashes of what its address was when it was rated before.

    Dask logs the arguments of what fails: this one says nothing of addresses.
    """

    def __init__(self, entries: Sequence[Entry], known: Sequence[Sequence[int]]) -> None:
        self.entries = entries
        self.known = known

    @property
    def part(self) -> str:
        """Name the part that it becomes."""
        return part_name(self.entries, self.known)

    def __repr__(self) -> str:
        return f"<{len(self.entries)} photos>"


class RatingPlugin(WorkerPlugin):  # type: ignore[misc]
    """Makes a worker one that rates: registered once, it is set up in every worker that comes.

    Parameters
    ----------
    settings
        Of these only what changes a rating, and what bounds a photo, goes to the workers: their models and devices are
        theirs, and passwords nobody's.
    parts
        Where each batch is written.
    folder
        The folder that is listed, if it is one: where that is lost, photos that cannot be opened say nothing.
    release
        SQRT's version, for the rows.
    embedded
        Whether the workers are this command's own: then they leave Ctrl-C to it.
    make
        Makes what rates, from settings.
    """

    def __init__(
        self,
        settings: Settings,
        parts: Parts,
        folder: str | None,
        release: str,
        *,
        embedded: bool,
        make: Callable[[Settings], Rates] = Rater,
    ) -> None:
        self._carried = settings.model_dump(include=TERMS | _LIMITS)
        self._terms = terms_of(settings)
        self._most = settings.max_file_mb * 2**20
        self.parts = parts
        self._folder = folder
        self._release = release
        self._embedded = embedded
        self._make = make

    def setup(self, worker: Worker) -> None:
        """Prepare a worker; what rates is made with its first batch, whose answer can tell what is missing."""
        self._worker = worker
        self._lock = threading.Lock()
        self._rater: Rates | None = None
        self._threads = worker.state.nthreads
        cv2.setNumThreads(1)  # the cores are taken by the other workers
        if self._embedded and threading.current_thread() is threading.main_thread():
            signal.signal(signal.SIGINT, signal.SIG_IGN)

    def rate(self, batch: Batch) -> Counts:
        """Rate a batch and write its part; nothing is written where all was done before.

        Raises GivenUp where the batch is no longer this worker's: its photos would stand there twice.
        """
        try:
            rater = self._ready()
            version = f"{self._release} {rater.engine} {'seen' if rater.sees_outlines else 'guessed'} {self._terms}"
            found = [
                self._row(rater, version, entry, known) for entry, known in zip(batch.entries, batch.known, strict=True)
            ]
            rows = [one for one in found if one is not None]
            if self._worker.status in _LEAVING:
                raise GivenUp
            if rows:
                self.parts.write(batch.part, rows)
        except SqrtError as error:  # a photo's own is in its row
            return Counts(fault=str(error.user_message))
        refused = sum(one.get("refused") is not None for one in rows)
        return Counts(len(rows) - refused, refused, len(found) - len(rows))

    def refuse(self, batch: Batch, sentence: str) -> None:
        """Write the part of a single photo that nobody could rate; raises ArchiveError."""
        (entry,) = batch.entries
        if entry.bytes is None:
            try:
                entry = Entry(entry.address, *facts(entry.address))
            except trouble():
                pass  # it stands as it was listed
        version = f"{self._release} none {self._terms}"
        self.parts.write(batch.part, [row(*entry, sentence, version)])

    def _ready(self) -> Rates:
        with self._lock:
            if self._rater is None:
                own = load_settings()
                self._rater = self._make(own.model_copy(update=self._carried | {"engine_pool_size": self._threads}))
            return self._rater

    def _row(self, rater: Rates, version: str, entry: Entry, known: Sequence[int]) -> Row | None:
        address, known_facts = entry.address, Facts(entry.bytes, entry.changed)
        try:
            if entry.bytes is None:
                known_facts = facts(address)
            if known and photo_hash(address, *known_facts) in known:
                return None
            image = content(address, known_facts.bytes, self._most)
        except trouble() as error:
            if not self._is_there(address):
                raise ArchiveError(f"The photos cannot be read any more: {why(error)}.") from error
            # Without facts, so that it is asked for again the next time.
            if known and photo_hash(address, None, None) in known:
                return None
            return row(address, None, None, "This file cannot be opened.", version, _now())
        try:
            found: Rating | str = rater.examine(image)[1]
        except SqrtError as error:
            found = str(error.user_message)
        return row(address, *known_facts, found, version, _now())

    def _is_there(self, address: str) -> bool:
        if is_remote(address):
            return is_there(address)
        return self._folder is None or is_there(self._folder)


def rate_batch(plugin: str, batch: Batch) -> Counts:
    """Rate a batch in the worker that this runs in, by the plugin of that name."""
    found: RatingPlugin = get_worker().plugins[plugin]
    return found.rate(batch)


def _now() -> datetime:
    return datetime.now(UTC)

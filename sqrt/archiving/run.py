"""An archive made batch by batch: how much is in hand is bounded, and what kills its worker is found and refused."""

import logging
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from itertools import islice
from typing import NamedTuple
from uuid import uuid4

from distributed import Client, Future, KilledWorker, as_completed
from distributed.client import FutureCancelledError
from distributed.scheduler import NoWorkerError

from sqrt.archiving.done import Done, Seen, photo_hash
from sqrt.archiving.listing import Entry
from sqrt.archiving.places import ArchiveError
from sqrt.archiving.worker import Batch, Counts, GivenUp, RatingPlugin, rate_batch
from sqrt.errors import SqrtError

_WINDOW = 2  # batches in hand for each thread of a worker: one is rated, one waits
_TRIES = 3  # of a single photo, before it is what ended its workers
_IN_A_ROW = 30  # failures with no batch done between, after which it is not the photos
_ENDINGS = (KilledWorker, GivenUp)
_ENDED = "This photo could not be rated: what tried to ended at once."
_FAILED = "This photo could not be rated: something unexpected went wrong."

_log = logging.getLogger(__name__)


@dataclass
class Tally:
    """What became of the photos so far; `retried` counts batches, and parts of batches, that were tried again."""

    rated: int = 0
    refused: int = 0
    skipped: int = 0
    retried: int = 0


class _Piece(NamedTuple):
    """A batch, or what is left of one that failed `tries` times since it cannot be halved any more."""

    batch: Batch
    suspect: bool = False
    tries: int = 0


def batches(entries: Iterable[Entry], size: int, done: Done, tally: Tally) -> Iterator[Batch]:
    """Yield what is left to rate, so many at a time, and count in `tally` what is not.

    A batch of which nothing was done holds what it held when the listing was gone through before, so that its part has
    the same name; what is left of others is put together.
    """
    seen = Seen()
    rest: list[tuple[Entry, list[int]]] = []
    listed = iter(entries)
    while window := list(islice(listed, size)):
        known = done.of(window)
        new = seen.first([photo_hash(one.address, None, None) for one in window])
        left = [
            (entry, told)
            for entry, told, first in zip(window, known, new, strict=True)
            if first and (entry.bytes is None or photo_hash(*entry) not in told)
        ]
        if len(left) < len(window):
            tally.skipped += len(window) - len(left)
            rest += left
            left, rest = (rest[:size], rest[size:]) if len(rest) >= size else ([], rest)
        if left:
            yield _batch(left)
    if rest:
        yield _batch(rest)


def _batch(left: list[tuple[Entry, list[int]]]) -> Batch:
    entries, known = zip(*left, strict=True)
    return Batch(entries, known)


class Run:
    """Sends batches to the workers of a `client` and counts what becomes of them in `tally`.

    `changed` is called after each; once `stopped` says so no more are sent, and those in hand are waited for.
    """

    def __init__(
        self,
        client: Client,
        plugin: RatingPlugin,
        tally: Tally,
        changed: Callable[[], None] = lambda: None,
        stopped: Callable[[], bool] = lambda: False,
    ) -> None:
        self._client = client
        self._plugin = plugin
        self._name = f"sqrt-{uuid4().hex}"
        self._tally = tally
        self._changed = changed
        self._stopped = stopped
        self._again: deque[_Piece] = deque()
        self._in_hand: dict[Future, _Piece] = {}
        self._failed_in_a_row = 0

    def through(self, batches: Iterator[Batch]) -> None:
        """Go through all batches; raises ArchiveError where that cannot go on, with what is done in its parts."""
        self._register()
        completed = as_completed()
        try:
            while True:
                window = _WINDOW * max(1, sum(self._client.nthreads().values()))
                while len(self._in_hand) < window and (piece := self._next(batches)):
                    completed.add(self._send(piece))
                if not self._in_hand:
                    break
                future = next(completed)
                if future.status == "lost":  # its worker died with the result, and Dask runs it again
                    completed.add(future)
                    continue
                self._settle(future, self._in_hand.pop(future))
                self._changed()
        except (OSError, FutureCancelledError) as error:  # Dask's: of photos and parts they are told otherwise
            raise ArchiveError("The scheduler is gone.") from error
        finally:
            with suppress(OSError):  # where the scheduler is gone there is nothing to tidy up
                for future in self._in_hand:
                    future.cancel()
                if self._client.status == "running":
                    self._client.unregister_worker_plugin(self._name)

    def _register(self) -> None:
        try:
            self._client.register_plugin(self._plugin, self._name)
        except (ImportError, AttributeError) as error:
            raise ArchiveError("The workers have not the same SQRT installed.") from error

    def _next(self, batches: Iterator[Batch]) -> _Piece | None:
        if self._stopped():
            return None
        # What was tried before first, so that no more of it gathers than is in hand. A single photo goes alone: it is
        # to be refused for what it does itself.
        busy = any(_is_single(piece) for piece in self._in_hand.values())
        for place, piece in enumerate(self._again):
            if not (busy and _is_single(piece)):
                del self._again[place]
                return piece
        batch = next(batches, None)
        return _Piece(batch) if batch else None

    def _send(self, piece: _Piece) -> Future:
        future = self._client.submit(
            rate_batch, self._name, piece.batch, key=f"rate_batch-{uuid4().hex}", priority=int(piece.suspect)
        )
        self._in_hand[future] = piece
        return future

    def _settle(self, future: Future, piece: _Piece) -> None:
        if future.status == "cancelled":
            raise ArchiveError("The scheduler is gone.")
        failure = future.exception()
        if failure is None:
            try:
                counts = future.result()
            except (KilledWorker, NoWorkerError) as error:
                failure = error  # the worker that held it has died, and the next as well
            else:
                self._count(counts)
                return
        if isinstance(failure, ImportError):
            raise ArchiveError("The workers have not the same SQRT installed.") from failure
        elif isinstance(failure, NoWorkerError):
            raise ArchiveError("The workers are gone.") from failure
        elif isinstance(failure, SqrtError):
            raise ArchiveError(str(failure.user_message)) from failure
        else:
            self._halve(piece, failure)

    def _count(self, counts: Counts) -> None:
        if counts.fault:
            raise ArchiveError(counts.fault)
        self._failed_in_a_row = 0
        self._tally.rated += counts.rated
        self._tally.refused += counts.refused
        self._tally.skipped += counts.skipped

    def _halve(self, piece: _Piece, failure: BaseException) -> None:
        entries, known = piece.batch.entries, piece.batch.known
        if (written := self._plugin.parts.rows_in(piece.batch.part)) is not None:
            # Its worker died after that, and before it could say so.
            rows, refused = written
            self._count(Counts(rows - refused, refused, len(entries) - rows))
            return
        self._failed_in_a_row += 1
        if self._failed_in_a_row > _IN_A_ROW:
            told = "end" if isinstance(failure, _ENDINGS) else f"fail ({type(failure).__name__})"
            raise ArchiveError(f"The workers {told} with whatever they are given.")
        self._tally.retried += 1
        if len(entries) > 1:
            half = len(entries) // 2
            for part in (slice(half), slice(half, None)):
                self._again.append(_Piece(Batch(entries[part], known[part]), suspect=True))
        elif isinstance(failure, _ENDINGS) and piece.tries + 1 < _TRIES:
            self._again.append(piece._replace(suspect=True, tries=piece.tries + 1))
        else:
            self._refuse(piece.batch, failure)

    def _refuse(self, batch: Batch, failure: BaseException) -> None:
        self._tally.retried -= 1
        killed = isinstance(failure, _ENDINGS)
        if not killed:
            _log.error("a photo could not be rated", exc_info=failure)
        self._plugin.refuse(batch, _ENDED if killed else _FAILED)
        self._tally.refused += 1


def _is_single(piece: _Piece) -> bool:
    return piece.suspect and len(piece.batch.entries) == 1

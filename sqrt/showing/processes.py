"""Photos rated by processes of their own: so many at a time, each with one engine and one thread.

The threads of one process wait for each other, as Python runs one at a time; and what ends a process, such as a lack of
memory, takes no more along than the photos in hand.
"""

import logging
import os
import queue
import signal
import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager, suppress
from itertools import islice
from logging.handlers import QueueHandler
from multiprocessing import get_context, parent_process
from typing import Generic, TypeVar

import cv2

from sqrt.rating import Rater
from sqrt.settings import Settings

_Made = TypeVar("_Made")
_Done = tuple[_Made, list[logging.LogRecord]]
Work = Callable[[Rater, str], _Made]

_AHEAD = 4
"""Photos for each process that are in hand or made before their turn."""
AGAIN = "A process that rated photos ended by itself; what was in hand is tried once more."


def each(
    files: Iterable[str],
    work: Work[_Made],
    settings: Settings,
    jobs: int,
    *,
    done: Callable[[str], _Made | None] = lambda _: None,
    lost: Callable[[str], _Made],
    tell: Callable[[str], None],
) -> Iterator[_Made]:
    """Do `work` on files, `jobs` at a time; yield what it made, in their order.

    Parameters
    ----------
    work
        What other processes can be given: a function of a module, perhaps with arguments of `functools.partial`.
    done
        Gives what need not be made again.
    lost
        Gives what stands for a file at which a process ended twice.
    tell
        Is told in a sentence when a process ended. What was in hand is then tried once more, one by one, which shows
        what it was that ended it.
    """
    crew = _Crew(work, settings, jobs)
    rest, waiting = iter(files), deque[tuple[str, Future[_Done[_Made]]]]()

    def taken_up(file: str) -> Future[_Done[_Made]]:
        return crew.taken_up(file) if (known := done(file)) is None else _over((known, []))

    try:
        while True:
            waiting.extend((file, taken_up(file)) for file in islice(rest, jobs * _AHEAD - len(waiting)))
            if not waiting:
                return
            if _is_lost(waiting[0][1]):
                tell(AGAIN)
                waiting = deque((file, crew.again(file, lost) if _is_lost(one) else one) for file, one in waiting)
            made, records = waiting.popleft()[1].result()
            for record in records:
                logging.getLogger(record.name).handle(record)
            yield made
    finally:
        crew.leave()


class _Crew(Generic[_Made]):
    """Processes, which begin when they are needed; after one has ended, fresh ones."""

    def __init__(self, work: Work[_Made], settings: Settings, jobs: int) -> None:
        self._work = work
        self._settings = settings.model_copy(update={"engine_pool_size": 1})
        self._jobs = jobs
        self._pool = self._fresh()

    def taken_up(self, file: str) -> "Future[_Done[_Made]]":
        try:
            with _interrupts_held():
                return self._pool.submit(_worked, self._work, file)
        except BrokenProcessPool as error:
            failed: Future[_Done[_Made]] = Future()
            failed.set_exception(error)
            return failed

    def again(self, file: str, lost: Callable[[str], _Made]) -> "Future[_Done[_Made]]":
        """Try a file alone, and wait for it."""
        if _is_lost(one := self.taken_up(file)):  # the processes of before
            self._renew()
            one = self.taken_up(file)
        if _is_lost(one):
            self._renew()
            return _over((lost(file), []))
        return one

    def leave(self) -> None:
        self._pool.shutdown(wait=False, cancel_futures=True)

    def _renew(self) -> None:
        self._pool.shutdown()
        self._pool = self._fresh()

    def _fresh(self) -> ProcessPoolExecutor:
        level = logging.getLogger("sqrt").getEffectiveLevel()
        # Not by fork: OpenCV's threads and locks would be copied in whatever state they are.
        return ProcessPoolExecutor(self._jobs, get_context("spawn"), _begin, (self._settings, level))


def _is_lost(one: Future[_Done[_Made]]) -> bool:
    return isinstance(one.exception(), BrokenProcessPool)


def _over(result: _Done[_Made]) -> Future[_Done[_Made]]:
    future: Future[_Done[_Made]] = Future()
    future.set_result(result)
    return future


@contextmanager
def _interrupts_held() -> Iterator[None]:
    """Hold back Ctrl-C, which a terminal sends to all: processes that begin now never see it, this one does after."""
    if not hasattr(signal, "pthread_sigmask"):
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


# --- In the other process ------------------------------------------------------------------------------------------

_rater: Rater
_lines: queue.SimpleQueue[logging.LogRecord] = queue.SimpleQueue()


def _begin(settings: Settings, level: int) -> None:
    global _rater
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # where it could not be held back
    threading.Thread(target=_end_with_parent, daemon=True).start()
    cv2.setNumThreads(1)
    _rater = Rater(settings)
    # A log file has one writer: what is logged goes along with what is made. What the rater says of itself was said.
    logging.getLogger("sqrt").setLevel(level)
    logging.captureWarnings(True)
    logging.getLogger().addHandler(QueueHandler(_lines))


def _end_with_parent() -> None:
    # Killed, it could not say so, and this process would wait for photos for ever.
    if parent := parent_process():
        parent.join()
        os._exit(1)


def _worked(work: Work[_Made], file: str) -> _Done[_Made]:
    made = work(_rater, file)
    records = []
    with suppress(queue.Empty):
        while True:
            records.append(_lines.get_nowait())
    return made, records

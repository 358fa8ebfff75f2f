"""Work that goes on in the background while its visitor uses the page."""

import threading
from collections.abc import Callable, Generator
from contextlib import closing
from typing import Generic, TypeVar

import streamlit as st

from sqrt.errors import SqrtError
from sqrt.ui.timed import timed

REFRESH_S = 0.5

_Step = TypeVar("_Step")


class Job(Generic[_Step]):
    """Takes the steps of a generator in a thread of its own; `newest` is the latest, None before the first.

    The thread ends with the steps, or with the step in hand after `cancel`. It does not keep the process alive.
    """

    def __init__(self, steps: Generator[_Step]) -> None:
        self.newest: _Step | None = None
        self._error: Exception | None = None
        self._cancelled = threading.Event()
        self._thread = threading.Thread(target=self._run, args=(steps,), name="job", daemon=True)
        self._thread.start()

    def _run(self, steps: Generator[_Step]) -> None:
        with closing(steps):
            try:
                for self.newest in steps:
                    if self._cancelled.is_set():
                        return
            except Exception as error:
                self._error = error  # told, or raised again, where the page asks

    @property
    def running(self) -> bool:
        """Whether there is more to come."""
        return self._thread.is_alive()

    def join(self, timeout_s: float) -> None:
        """Wait for the end, `timeout_s` at most."""
        self._thread.join(timeout_s)

    def cancel(self) -> None:
        """Stop after the step in hand."""
        self._cancelled.set()

    def refusal(self) -> str | None:
        """Return the sentence of the SqrtError that ended the work, if one did; raises any other error."""
        if self._error is None:
            return None
        if isinstance(self._error, SqrtError):
            return self._error.user_message
        raise self._error


@timed(REFRESH_S)
def watch(job: Job[_Step], show: Callable[[_Step | None], None]) -> None:
    """Draw the newest step of a job again and again, and the whole page once it has ended."""
    if not job.running:
        st.rerun()
    show(job.newest)

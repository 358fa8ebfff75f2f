"""Work that goes on in the background while its visitor uses the page."""

import threading
import time
from collections.abc import Callable, Generator
from contextlib import closing
from functools import partial
from typing import Generic, TypeVar

import streamlit as st
from streamlit.runtime import Runtime
from streamlit.runtime.scriptrunner import get_script_run_ctx

from sqrt.errors import SqrtError
from sqrt.ui.timed import timed

REFRESH_S = 0.5

_Step = TypeVar("_Step")


def presence() -> Callable[[], bool]:
    """Return what tells, in any thread, whether the browser of the session whose page is being drawn is connected."""
    context = get_script_run_ctx()
    if context is None or not Runtime.exists():
        return lambda: True
    return partial(Runtime.instance().is_active_session, context.session_id)


class Job(Generic[_Step]):
    """Takes the steps of a generator in a thread of its own; `newest` is the latest, None before the first.

    After each step it waits while its visitor is not `present`: nobody can tell a tunnel from a closed tab. The thread
    ends with the steps, with the step in hand after `cancel`, or once the visitor has been away so long that Streamlit
    has ended the session. It does not keep the process alive.
    """

    def __init__(
        self, steps: Generator[_Step], present: Callable[[], bool] | None = None, away_s: float | None = None
    ) -> None:
        self.newest: _Step | None = None
        self._present = present or presence()
        self._away_s = float(st.get_option("server.disconnectedSessionTTL")) if away_s is None else away_s
        self._error: Exception | None = None
        self._cancelled = threading.Event()
        self._thread = threading.Thread(target=self._run, args=(steps,), name="job", daemon=True)
        self._thread.start()

    def _run(self, steps: Generator[_Step]) -> None:
        with closing(steps):
            try:
                for self.newest in steps:
                    if not self._wanted():
                        return
            except Exception as error:
                self._error = error  # told, or raised again, where the page asks

    def _wanted(self) -> bool:
        """Wait for the visitor; return whether to go on."""
        away_since = time.monotonic()
        while not self._cancelled.is_set():
            if self._present():
                return True
            if time.monotonic() - away_since > self._away_s:
                return False
            self._cancelled.wait(REFRESH_S)
        return False

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

"""Parts of a page that draw themselves anew by the clock."""

from collections.abc import Callable
from functools import wraps
from typing import ParamSpec

import streamlit as st
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from streamlit.runtime.scriptrunner import get_script_run_ctx
from streamlit.runtime.scriptrunner_utils.script_run_context import ThreadState

_Args = ParamSpec("_Args")


def timed(every_s: float) -> Callable[[Callable[_Args, None]], Callable[_Args, None]]:
    """Make a function a fragment that is drawn anew every so many seconds."""

    def decorate(draw: Callable[_Args, None]) -> Callable[_Args, None]:
        @wraps(draw)
        def drawn(*args: _Args.args, **kwargs: _Args.kwargs) -> None:
            _keep_time(every_s)
            draw(*args, **kwargs)

        return st.fragment(run_every=every_s)(drawn)

    return decorate


def _keep_time(every_s: float) -> None:
    """Ask the browser for its timer again; one that runs is left as it is.

    Each run of the whole page ends the browser's timers and asks for them anew. But on a busy server Streamlit 1.67
    drops what a finished run has yet to send as soon as the next request is there: if that is the last tick of an old
    timer, only the fragment is run for it, nobody asks for the new timer, and the part stands still.
    """
    context, part = get_script_run_ctx(), ThreadState.get().fragment_id
    if context is None or part is None:
        return
    asked = ForwardMsg()
    asked.auto_rerun.interval, asked.auto_rerun.fragment_id = every_s, part
    context.enqueue(asked)

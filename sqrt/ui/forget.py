"""No photo on disk, and none in memory longer than its session."""

import asyncio
from collections.abc import Iterable
from typing import Any, cast

from starlette.formparsers import MultiPartParser
from streamlit.runtime import Runtime
from streamlit.runtime.scriptrunner import get_script_run_ctx
from streamlit.runtime.uploaded_file_manager import UploadedFile

from sqrt.ui.uploads import forget_unclaimed

SWEEP_S = 5.0


def keep_uploads_off_the_disk() -> None:
    """Hold an upload in memory while it arrives: Starlette writes what is over 1 MB to a temporary file.

    Streamlit and the API bound how much arrives; a form never gets as large as this.
    """
    MultiPartParser.spool_max_size = 2**30


def forget_uploads(files: Iterable[UploadedFile]) -> None:
    """Let uploads go that the page has taken over; Streamlit would keep them as long as the session."""
    if context := get_script_run_ctx():
        manager = cast(Any, context.uploaded_file_mgr)  # its protocol does not name what its one implementation has
        for file in files:
            manager.remove_file(context.session_id, file.file_id)


async def forget_the_gone() -> None:
    """End, until cancelled, each session whose browser has been gone for Streamlit's ``disconnectedSessionTTL``.

    Streamlit by itself does so no sooner than when the next browser leaves: the last visitor's photo would stay. What
    was uploaded and never taken by a page goes at the second look at which the browser is away.
    """
    away_before: set[str] = set()
    while True:
        await asyncio.sleep(SWEEP_S)
        for _, info in _away().expire():
            info.session.shutdown()
        away = set(_away())
        for session_id in away & away_before:
            forget_unclaimed(session_id)
        away_before = away


def forget_those_away() -> None:
    """End all sessions whose browser is away, where their memory is needed."""
    away = _away()
    while away:
        _, info = away.popitem()
        info.session.shutdown()


def _away() -> Any:
    # Streamlit has no public way there; a test notices when this one changes.
    return cast(Any, Runtime.instance())._session_mgr._session_storage._cache

"""What is kept of a session's uploads, and what its page must say about those that did not arrive."""

import threading
import weakref
from collections import Counter

from streamlit.runtime.scriptrunner import get_script_run_ctx

_lock = threading.RLock()  # a finalizer may run within it
_notices: dict[str, str] = {}
_kept: Counter[str] = Counter()


def leave_notice(session_id: str, sentence: str) -> None:
    """Keep a sentence until the session's page takes it; a newer one takes the place of an older."""
    with _lock:
        _notices[session_id] = sentence


def take_notice() -> str | None:
    """Return the sentence that was left for the session whose page is being drawn, and forget it."""
    context = get_script_run_ctx()
    with _lock:
        return _notices.pop(context.session_id, None) if context else None


def drop_notice(session_id: str) -> None:
    """Forget what was left for a session that has ended."""
    with _lock:
        _notices.pop(session_id, None)


def count_as_kept(thing: object, size: int) -> None:
    """Count bytes that the session being drawn keeps, for as long as there is `thing`."""
    if context := get_script_run_ctx():
        _count(context.session_id, size)
        weakref.finalize(thing, _count, context.session_id, -size)


def kept_bytes() -> Counter[str]:
    """Return the bytes that each session keeps."""
    with _lock:
        return _kept.copy()


def _count(session_id: str, size: int) -> None:
    with _lock:
        _kept[session_id] += size
        if not _kept[session_id]:
            del _kept[session_id]

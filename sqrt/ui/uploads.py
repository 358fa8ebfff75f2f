"""What a session must be told about its uploads: the browser marks a file that did not arrive, and says no more."""

import threading

from streamlit.runtime.scriptrunner import get_script_run_ctx

_notices: dict[str, str] = {}
_lock = threading.Lock()


def leave_notice(session_id: str, sentence: str) -> None:
    """Keep a sentence until the session's page takes it; a newer one takes the place of an older."""
    with _lock:
        _notices[session_id] = sentence


def take_notice() -> str | None:
    """Return the sentence that was left for the session whose page is being drawn, and forget it."""
    context = get_script_run_ctx()
    with _lock:
        return _notices.pop(context.session_id, None) if context else None

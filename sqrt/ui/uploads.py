"""Uploads on their way into a page, how much is kept of them, and what is said of those that did not arrive."""

import re
import threading
import weakref
from collections import Counter
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from typing import Any, Self, cast

import streamlit as st
from streamlit.runtime import Runtime
from streamlit.runtime.scriptrunner import get_script_run_ctx
from streamlit.runtime.uploaded_file_manager import UploadedFile

from sqrt.errors import SqrtError
from sqrt.ui.language import _

_lock = threading.RLock()  # a finalizer may run within it
_notices: dict[str, str] = {}
_kept: Counter[str] = Counter()
_claimed: set[str] = set()  # ids of uploads that work waits for


def address_of(session_id: str) -> str:
    """Return the client's address of a session; none while its browser is away."""
    client = Runtime.instance().get_client(session_id) if Runtime.exists() else None
    context = client.client_context if client else None
    return (context.remote_ip or "") if context else ""


def leave_notice(session_id: str, sentence: str) -> None:
    """Keep a sentence, in English, until the session's page takes it; a newer one takes the place of an older."""
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


def forget_unclaimed(session_id: str) -> None:
    """Let the uploads of a session go that no work waits for."""
    manager = cast(Any, Runtime.instance().uploaded_file_mgr)
    for file_id in list(manager.file_storage.get(session_id, ())):
        if file_id not in _claimed:
            manager.remove_file(session_id, file_id)


def this_session() -> str:
    """Return the id of the session whose page is being drawn; empty where there is none."""
    context = get_script_run_ctx()
    return context.session_id if context else ""


def count_as_kept(thing: object, size: int, session_id: str | None = None) -> None:
    """Count bytes that a session, the one being drawn unless given, keeps for as long as there is `thing`."""
    if session_id := session_id or this_session():
        _count(session_id, size)
        weakref.finalize(thing, _count, session_id, -size)


def kept_bytes() -> Counter[str]:
    """Return the bytes that each session keeps."""
    with _lock:
        return _kept.copy()


def _count(session_id: str, size: int) -> None:
    with _lock:
        _kept[session_id] += size
        if not _kept[session_id]:
            del _kept[session_id]


@dataclass
class Intake:
    """A page's uploader: its key, and the sentence on what did not arrive by it.

    In a new session it is the uploader that the browser shows: after a long absence, or when its server was replaced,
    the page of the session before still stands there, and what is dropped on it must not be lost.
    """

    name: str
    renewed: int = field(init=False)
    notice: str | None = None

    def __post_init__(self) -> None:
        self.renewed = _renewed_in_browser(self.name)

    @property
    def key(self) -> str:
        """The widget's key; another one empties the widget."""
        return f"{self.name} {self.renewed}"

    def renew(self) -> None:
        """Empty the widget."""
        self.renewed += 1
        self.notice = None

    def show_notice(self, *, renew: bool = True) -> None:
        """Say what did not arrive, until something does; `renew` the widget, whose broken file would stay."""
        if notice := take_notice():
            if renew:
                self.renew()
            self.notice = notice
        if self.notice:
            st.warning(_(self.notice), icon=":material/cloud_off:")


def _renewed_in_browser(name: str) -> int:
    if (context := get_script_run_ctx()) is None:
        return 0
    # Streamlit has no public way to what the browser says of widgets that are not drawn yet; a test notices when this
    # one changes.
    sent = cast(Any, context.session_state)._state._new_widget_state
    found = (re.search(rf"-{name} (\d+)$", widget) for widget in sent)
    return max((int(one[1]) for one in found if one), default=0)


class Waiting(AbstractContextManager[bytes]):
    """An upload that stays with Streamlit's, where its bytes are counted, until it has been used; for any thread.

    Entered, it gives the bytes; raises SqrtError where the session, or the visitor, has dropped them.
    """

    def __init__(self, manager: Any, session_id: str, file_id: str) -> None:
        self._manager, self._session_id, self.file_id = manager, session_id, file_id
        with _lock:
            _claimed.add(file_id)

    @classmethod
    def of(cls, file: UploadedFile) -> Self:
        """Return what waits of a file that a widget has given."""
        context = get_script_run_ctx()
        assert context is not None, "an upload is of a session"
        return cls(context.uploaded_file_mgr, context.session_id, file.file_id)

    def __enter__(self) -> bytes:
        for record in self._manager.get_files(self._session_id, [self.file_id]):
            return cast(bytes, record.data)
        raise SqrtError("the upload is not there any more")

    def __exit__(self, *error: object) -> None:
        self.forget()

    def forget(self) -> None:
        """Let the bytes go, used or not."""
        with _lock:
            _claimed.discard(self.file_id)
        self._manager.remove_file(self._session_id, self.file_id)

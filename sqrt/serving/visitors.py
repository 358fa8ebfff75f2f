"""What Streamlit leaves open to whoever serves it: how much visitors may hold, and whose pictures are whose."""

import logging
from collections import Counter, defaultdict, deque
from http import HTTPStatus
from os.path import splitext
from typing import Any, cast

from starlette.requests import ClientDisconnect, Request
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from streamlit import get_option
from streamlit.runtime import Runtime

from sqrt.live.streams import end_streams
from sqrt.serving.bodies import BROKEN_OFF, LATE, Held, Sender, Steady, TooMuchError
from sqrt.serving.forms import names_a_charset
from sqrt.serving.lines import Lines, NoRoomError
from sqrt.settings import Settings
from sqrt.ui.arrivals import Arrivals, arrivals_of
from sqrt.ui.forget import forget_those_away
from sqrt.ui.uploads import Waiting, address_of, drop_notice, kept_bytes, leave_notice
from sqrt.words import N_, Text

_log = logging.getLogger(__name__)

COOKIE = "_streamlit_xsrf"
_MAX_ADDRESSES = 1000
"""Of uploads, that a session has at a time; Compare takes 500 photos at most."""
_FULL = N_("The server holds as many pictures as it can; please try again in a moment.")


def held(settings: Settings) -> Held:
    """Return the account of what visitors have sent: what Streamlit and the pages keep of it is in it."""
    return Held(settings.max_visitor_mb * 2**20, settings.max_held_mb * 2**20, _stored_bytes, forget_those_away)


def _stored_bytes() -> Counter[Sender]:
    manager = cast(Any, Runtime.instance().uploaded_file_mgr)
    with manager._lock:
        waiting = {name: sum(len(file.data) for file in files.values()) for name, files in manager.file_storage.items()}
    bytes_of = Counter(waiting) + kept_bytes()
    return Counter({Sender(session, address_of(session)): size for session, size in bytes_of.items()})


class Visitors:
    """ASGI middleware: bounds sessions and uploads, and shows pictures to nobody but their visitor.

    Streamlit by itself takes any number of uploads of a session, at addresses that it never gave out and for as long as
    they take, and answers a picture's address to everyone. It has no public way to any of this; tests notice when the
    private ones change.
    """

    def __init__(self, app: ASGIApp, settings: Settings, held: Held) -> None:
        self._app = app
        self._settings = settings
        self._held = held
        self._addresses: dict[str, deque[str]] = defaultdict(lambda: deque(maxlen=_MAX_ADDRESSES))
        self._sessions: Counter[str] = Counter()
        self._lines = Lines()
        self._remembers = False
        self._pictures = f"/{get_option('server.baseUrlPath')}/media/".replace("//", "/")

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass on what is within bounds."""
        path, method = scope.get("path", ""), scope.get("method", "")
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
            return
        if scope["type"] == "websocket":
            await self._stream(scope, receive, send)
        elif method == "PUT" and "/_stcore/upload_file/" in path:
            await self._upload(scope, receive, send)
        elif path.startswith(self._pictures) and not _is_theirs(Request(scope), path):
            await PlainTextResponse("Not found", HTTPStatus.NOT_FOUND)(scope, receive, send)
        else:
            await self._app(scope, receive, send)

    async def _stream(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Hold a session, unless there are as many as may be, or half of them are this client's."""
        client, most = _client(scope), self._settings.max_sessions
        if self._sessions.total() >= most or self._sessions[client] >= max(most // 2, 1):
            _log.warning("a visitor is turned away: %d sessions", self._sessions.total())
            await receive()
            await send({"type": "websocket.close", "code": 1013})
            return
        if not self._remembers:
            self._remember_addresses()
        self._sessions[client] += 1
        try:
            await self._app(scope, receive, send)
        finally:
            self._sessions[client] -= 1
            self._sessions += Counter()

    def _remember_addresses(self) -> None:
        """From now on take uploads only at addresses that Streamlit gave out."""
        self._remembers = True
        manager = cast(Any, Runtime.instance().uploaded_file_mgr)
        give, forget = manager.get_upload_urls, manager.remove_session_files

        def get_upload_urls(session_id: str, file_names: list[str]) -> list[Any]:
            given = give(session_id, file_names[:_MAX_ADDRESSES])
            self._addresses[session_id].extend(address.file_id for address in given)
            if (taking := arrivals_of(session_id)) and taking.shown:
                taking.announce(address.file_id for address in given)
            return list(given)

        def remove_session_files(session_id: str) -> None:
            self._addresses.pop(session_id, None)
            drop_notice(session_id)
            end_streams(session_id)
            forget(session_id)

        manager.get_upload_urls, manager.remove_session_files = get_upload_urls, remove_session_files

    async def _upload(self, scope: Scope, receive: Receive, send: Send) -> None:
        *_, session, address = scope["path"].split("/")
        if address not in self._addresses.get(session, ()):
            await PlainTextResponse("No such upload", HTTPStatus.NOT_FOUND)(scope, receive, send)
            return
        if names_a_charset(Request(scope)):
            await PlainTextResponse("Not UTF-8", HTTPStatus.UNSUPPORTED_MEDIA_TYPE)(scope, receive, send)
            return
        taking = arrivals_of(session)
        try:
            if taking is None or not taking.expects(address):
                await self._take_in(scope, receive, send, session)
                return
            size, client = int(Request(scope).headers.get("Content-Length") or 0), _client(scope)
            async with self._lines.place(taking, address, size, client, lambda: _stored_of(session)):
                await self._take_in(scope, receive, send, session)
                _hand_over(taking, session, address)
            if not taking.busy():
                _draw_anew(session)
            return
        except TooMuchError as error:
            most = min(self._settings.max_visitor_mb, self._settings.max_held_mb // 2)
            each = Text("More than {most} MB at a time are too much; please choose fewer or smaller files.", most=most)
            sentence, status = (_FULL, 503) if error.all_full else (each, 413)
        except NoRoomError:
            sentence, status = _FULL, 503
        except TimeoutError:
            sentence, status = LATE, 408
        except ClientDisconnect:
            sentence, status = BROKEN_OFF, 0
        _log.info("an upload was not taken: %s", sentence)
        # The browser marks the file, and says no more: the page does.
        leave_notice(session, sentence)
        _draw_anew(session)
        if status:
            await PlainTextResponse(sentence, status)(scope, receive, send)

    async def _take_in(self, scope: Scope, receive: Receive, send: Send, session: str) -> None:
        """Let Streamlit take an upload, counted as it comes."""
        steady = Steady(receive)
        with self._held.arriving(Sender(session, _client(scope))) as add:

            async def counted() -> Message:
                message = await steady()
                add(len(message.get("body", b"")))
                return message

            await self._app(scope, counted, send)


def _stored_of(session: str) -> int:
    files = cast(Any, Runtime.instance().uploaded_file_mgr).file_storage.get(session, {})
    return sum(len(file.data) for file in files.copy().values())


def _hand_over(taking: Arrivals, session: str, file_id: str) -> None:
    """Give an upload, if Streamlit has taken it, to the page that takes them file by file."""
    manager = Runtime.instance().uploaded_file_mgr
    for record in manager.get_files(session, [file_id]):
        taking.take(file_id, record.name, lambda: Waiting(manager, session, file_id))


def _draw_anew(session: str) -> None:
    if there := Runtime.instance().get_app_session(session):
        there.request_rerun(cast(Any, there)._client_state)  # without it the first page of all would be drawn


def lives(session_id: str) -> bool:
    """Whether a session has not ended, though its browser may be away."""
    return cast(Any, Runtime.instance())._session_mgr.get_session_info(session_id) is not None


def is_here(session_id: str) -> bool:
    """Whether a session's page is open in a browser."""
    return Runtime.instance().get_client(session_id) is not None


def is_visitors(request: Request, session_id: str) -> bool:
    """Whether a request comes from the browser in which a session's page is open."""
    client = Runtime.instance().get_client(session_id)
    context = client.client_context if client else None
    return context is not None and context.cookies.get(COOKIE) in (None, request.cookies.get(COOKIE))


def _client(scope: Scope) -> str:
    client = scope.get("client")
    return client[0] if client else ""


def _is_theirs(request: Request, path: str) -> bool:
    """Whether a picture is shown in a session of the browser that asks for it, or else, for a moment, in none.

    While a page is drawn anew Streamlit takes its pictures for nobody's, and the browser may still ask for them.
    """
    runtime, cookie = Runtime.instance(), request.cookies.get(COOKIE)
    picture = splitext(path.rpartition("/")[2])[0]
    manager = cast(Any, runtime.media_file_mgr)
    with manager._lock:
        shown = {name: picture in files.values() for name, files in manager._files_by_session_and_coord.items()}
    nobodys = not any(shown.values())
    for info in cast(Any, runtime)._session_mgr.list_active_sessions():
        theirs = info.client.client_context.cookies.get(COOKIE)
        if (nobodys or shown.get(info.session.id)) and theirs in (None, cookie):
            return True
    return False

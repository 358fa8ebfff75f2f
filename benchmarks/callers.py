"""Clients of a server that mean it no good, or test its patience: bare connections, and a visitor who can do more.

On Linux every address in 127.0.0.0/8 is this machine's own, so that each client can come from another one.
"""

import http.client
import json
import select
import socket
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from typing import Any

from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ClientState_pb2 import ClientState
from streamlit.proto.Element_pb2 import Element
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from streamlit.proto.WidgetStates_pb2 import WidgetState, WidgetStates

from tests.server import LIMIT_S, form
from tests.visitor import Visitor

CONNECT_S = 10.0


def call(host: str, source: str) -> socket.socket:
    """Return a connection from the address `source` to the server of a ``host:port``."""
    name, port = host.split(":")
    return socket.create_connection((name, int(port)), CONNECT_S, source_address=(source, 0))


@contextmanager
def lines(host: str, source: str, count: int) -> Iterator[list[socket.socket]]:
    """Hold some connections open, as many of them as the server lets in."""
    held: list[socket.socket] = []
    try:
        for _ in range(count):
            with suppress(OSError):
                held.append(call(host, source))
        yield held
    finally:
        for line in held:
            line.close()


def pour(line: socket.socket, data: bytes | memoryview) -> bool:
    """Send, and tell whether all of it was taken."""
    try:
        line.sendall(data)
    except OSError:
        return False
    return True


def drip(held: Sequence[socket.socket], pieces: Iterable[bytes], every_s: float = 1.0) -> None:
    """Send a piece a turn on each line, but on none that was answered or closed: that would wipe out the answer."""
    for piece in pieces:
        answered = select.select(held, [], [], 0)[0]
        for line in held:
            if piece and line not in answered:
                pour(line, piece)
        time.sleep(every_s)


def answer(line: socket.socket, wait_s: float = 0.0) -> str:
    """Return the status that has come on a line, or ``"open"``, ``"closed"`` or ``"reset"``."""
    line.settimeout(wait_s)
    try:
        start = line.recv(64)
    except (BlockingIOError, TimeoutError):
        return "open"
    except OSError:
        return "reset"
    return start.split(b" ")[1].decode() if start.startswith(b"HTTP/") else "closed"


def head(method: str, path: str, length: int, headers: dict[str, str] | None = None) -> bytes:
    """Return the head of a request that announces a body."""
    fields = {"Host": "127.0.0.1", "Content-Length": str(length), "Content-Type": "image/jpeg", **(headers or {})}
    return "\r\n".join([f"{method} {path} HTTP/1.1", *map(": ".join, fields.items()), "", ""]).encode()


class Caller(Visitor):
    """A visitor from an address of their own, on a page of their choice, who turns knobs and sends many files.

    `widgets` are the ids of the number inputs and choices on the page, by label, and `camera` is where its live camera
    sends to. Raises TimeoutError where nothing comes for `patience_s`.
    """

    patience_s: float = LIMIT_S

    def __init__(self, host: str, source: str = "127.0.0.1", page: str = "") -> None:
        super().__init__(host, page, source=source)
        self._page_hash = ""
        self._states: dict[str, WidgetState] = {}
        self.widgets: dict[str, str] = {}
        self.camera = ""

    def change(self, *states: WidgetState) -> None:
        """Let the page be drawn with other values of some widgets, and wait for nothing."""
        self._states |= {state.id: state for state in states}
        self._run(widget_states=WidgetStates(widgets=self._states.values()))

    def tick(self, part: str) -> None:
        """Let a part of the page be drawn anew, as its timer does, and wait until it has been."""
        self._run(fragment_id=part, is_auto_rerun=True, widget_states=WidgetStates(widgets=self._states.values()))
        self.see_run()

    def ask_camera(self, end: str = "", body: bytes = b"") -> dict[str, Any]:
        """Return what the address of the live camera, or one below it, answers."""
        with closing(http.client.HTTPConnection(self._host, timeout=LIMIT_S)) as connection:
            connection.request("POST", self.camera + end, body, self.token)
            answer: dict[str, Any] = json.loads(connection.getresponse().read())
            return answer

    def hang_up(self) -> None:
        """Be gone at once, as a browser that is killed: whoever closes in good manners waits for what is on its way."""
        self._socket.socket.shutdown(socket.SHUT_RDWR)

    def send_all(self, files: Sequence[bytes], suffix: str = "jpg") -> None:
        """Put files into the page's place for them, together, and wait for nothing."""
        state = WidgetState(id=self._uploader)
        for number, (file, place) in enumerate(
            zip(files, self.addresses([f"{number}.{suffix}" for number in range(len(files))]), strict=True)
        ):
            name = f"{number}.{suffix}"
            body, kind = form(file, name)
            self.status, _ = self._ask("PUT", place.upload_url, body, {"Content-Type": kind, **self.token})
            state.file_uploader_state_value.uploaded_file_info.add(
                file_id=place.file_id, name=name, size=len(file), file_urls=place
            )
        self.change(state)

    def _run(self, **asked: object) -> None:
        # The page by its hash: without it Streamlit draws the first page of all.
        run = BackMsg(rerun_script=ClientState(page_script_hash=self._page_hash, **asked))
        self._socket.send(run.SerializeToString())

    def _receive(self) -> ForwardMsg:
        message = ForwardMsg.FromString(self._socket.recv(timeout=self.patience_s))
        if message.HasField("navigation"):
            self._page_hash = message.navigation.page_script_hash
            self.timers.clear()  # the whole page is drawn, at which a browser ends them
        return message

    def _see(self, element: Element) -> None:
        super()._see(element)
        match element.WhichOneof("type"):
            case "number_input":
                self.widgets[element.number_input.label] = element.number_input.id
            case "selectbox":
                self.widgets[element.selectbox.label] = element.selectbox.id
            case "bidi_component" if "viewfinder" in element.bidi_component.component_name:
                self.camera = "/" + json.loads(element.bidi_component.json)["address"]

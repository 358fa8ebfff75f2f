"""A visitor of the page without a browser: Streamlit's own protocol, spoken to a real server.

Streamlit keeps this protocol to itself and may change it with a release; a test notices.
"""

import http.client
import re
from collections.abc import Sequence
from contextlib import ExitStack, closing
from typing import Self

from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.Common_pb2 import FileURLs
from streamlit.proto.Element_pb2 import Element
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from websockets.sync.client import connect

from tests.server import LIMIT_S, form


class Visitor:
    """One session at the server of a ``host:port``, on the page of a path, from an address; a context manager.

    Given the `session` of an earlier visitor, it goes on with that one. `status` is the last upload's.

    After each run of the page `score` is the number it shows (``"71 / 100"``), or None, `texts` its texts, `alerts` its
    notices in their order, `pictures` the addresses of its pictures, `links` those that it brings itself, and `traces`
    the stack traces in it: there should be none. `timers` are the seconds after which each part of the page, by its id,
    is to be drawn anew; see `tick`.
    """

    score: str | None = None
    status: int | None = None

    def __init__(self, host: str, page: str = "", session: str = "", source: str = "127.0.0.1") -> None:
        self._host, self._page, self.session, self._source = host, page, session, source
        self._open = ExitStack()
        self._uploader = ""
        self.texts: list[str] = []
        self.alerts: list[str] = []
        self.pictures: list[str] = []
        self.links: list[str] = []
        self.traces: list[str] = []
        self.timers: dict[str, float] = {}

    def __enter__(self) -> Self:
        _, cookies = self._ask("GET", "/_stcore/health")
        self._cookie = cookies.partition(";")[0]
        stream = f"ws://{self._host}/_stcore/stream"
        protocols = ["streamlit", *(["token", self.session] if self.session else [])]
        self._socket = self._open.enter_context(
            connect(
                stream,
                subprotocols=protocols,
                additional_headers={"Cookie": self._cookie},
                max_size=None,
                compression=None,
                proxy=None,
                source_address=(self._source, 0),
            )
        )
        first = BackMsg()
        first.rerun_script.page_name = self._page
        self._socket.send(first.SerializeToString())
        self.see_run()
        return self

    def __exit__(self, *_: object) -> None:
        self._open.close()

    def upload(self, photo: bytes, name: str = "selfie.jpg") -> None:
        """Put a file in the place of the one before, and wait until the page has been drawn."""
        self.send(photo, name)
        self.see_run()

    def tick(self, part: str) -> None:
        """Let a part of the page be drawn anew, as its timer does, and wait until it has been."""
        run = BackMsg()
        run.rerun_script.fragment_id, run.rerun_script.is_auto_rerun = part, True
        self._socket.send(run.SerializeToString())
        self.see_run()

    def rerun(self) -> None:
        """Let the page be drawn anew, and wait until it has been."""
        run = BackMsg()
        run.rerun_script.page_name = self._page
        self._socket.send(run.SerializeToString())
        self.see_run()

    @property
    def token(self) -> dict[str, str]:
        """The headers that Streamlit asks of whoever sends a file."""
        return {"Cookie": self._cookie, "X-Xsrftoken": self._cookie.partition("=")[2]}

    def send(self, photo: bytes, name: str = "selfie.jpg") -> None:
        """Put a file in the place of the one before, and wait for nothing."""
        self.drop([(name, photo)])

    def address(self, name: str = "selfie.jpg") -> FileURLs:
        """Ask where a file may be sent to."""
        return self.addresses([name])[0]

    def addresses(self, names: Sequence[str]) -> list[FileURLs]:
        """Ask where files may be sent to."""
        asked = BackMsg()
        asked.file_urls_request.file_names.extend(names)
        asked.file_urls_request.session_id = self.session
        self._socket.send(asked.SerializeToString())
        while (answer := self._receive()).WhichOneof("type") != "file_urls_response":
            pass
        return list(answer.file_urls_response.file_urls)

    def drop(self, files: Sequence[tuple[str, bytes]]) -> None:
        """Drop named files together, and wait for nothing."""
        addresses = self.addresses([name for name, _ in files])
        run = BackMsg()
        state = run.rerun_script.widget_states.widgets.add(id=self._uploader)
        for urls, (name, data) in zip(addresses, files, strict=True):
            body, kind = form(data, name)
            self.status, _ = self._ask("PUT", urls.upload_url, body, {"Content-Type": kind, **self.token})
            state.file_uploader_state_value.uploaded_file_info.add(
                file_id=urls.file_id, name=name, size=len(data), file_urls=urls
            )
        run.rerun_script.page_name = self._page
        self._socket.send(run.SerializeToString())

    def see_run(self) -> None:
        """Wait until the page has been drawn."""
        while True:
            message = self._receive()
            if message.HasField("new_session"):
                self.session = message.new_session.initialize.session_id
                self.score, self.texts, self.alerts, self.traces, self.pictures, self.links = None, [], [], [], [], []
            elif message.WhichOneof("type") == "script_finished":
                if message.script_finished != ForwardMsg.FINISHED_EARLY_FOR_RERUN:
                    return
            elif message.HasField("auto_rerun"):
                self.timers[message.auto_rerun.fragment_id] = message.auto_rerun.interval
            else:
                self._see(message.delta.new_element)

    def _see(self, element: Element) -> None:
        match element.WhichOneof("type"):
            case "imgs":
                self.pictures += [picture.url for picture in element.imgs.imgs]
            case "html":
                self.links += re.findall(r'href="(.*?)"', element.html.body)
                if found := re.search(r'aria-label="Photo quality: (\d+) of 100', element.html.body):
                    self.score = f"{found[1]} / 100"
            case "markdown":
                self.texts.append(element.markdown.body)
            case "metric":
                self.score = element.metric.body
            case "alert":
                self.alerts.append(element.alert.body)
            case "exception":
                self.traces.append("\n".join([element.exception.message, *element.exception.stack_trace]))
            case "file_uploader":
                self._uploader = element.file_uploader.id

    def _receive(self) -> ForwardMsg:
        return ForwardMsg.FromString(self._socket.recv(timeout=LIMIT_S))

    def _ask(self, method: str, path: str, body: bytes | None = None, headers: dict[str, str] | None = None):
        with closing(
            http.client.HTTPConnection(self._host, timeout=LIMIT_S, source_address=(self._source, 0))
        ) as connection:
            connection.request(method, path, body, headers or {})
            answer = connection.getresponse()
            answer.read()
            return answer.status, answer.getheader("Set-Cookie", "")

"""A real server in a process of its own, for tests."""

import http.client
import json
import os
import queue
import socket
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

from sqrt.settings import Settings

ROOT = Path(__file__).parents[1]
LIMIT_S = 60
SERVE = ("-m", "sqrt", "serve")
# Serves another script than the dashboard, with the settings of the environment.
SERVE_SCRIPT = (
    "import sys; from pathlib import Path; from sqrt import settings; from sqrt.serving import server\n"
    "server._SCRIPT = Path(sys.argv[1]); server.serve(settings.load_settings())"
)


class Server:
    """``python -m sqrt serve`` on a free port, with nothing but the given settings; a context manager."""

    def __init__(self, model_path: Path, *command: str, **settings: object) -> None:
        known = {name.upper() for name in Settings.model_fields}
        environment = {name: value for name, value in os.environ.items() if name not in known}
        environment |= {"FACE_MODEL_PATH": str(model_path), "STREAMLIT_SERVER_PORT": "0"}
        environment |= {"PYTHONPATH": str(ROOT), "PYTHONUNBUFFERED": "1"}
        environment |= {name: str(value) for name, value in settings.items()}
        self.process = self._start([sys.executable, *(command or SERVE)], environment)
        self.log: list[str] = []
        self._lines: queue.Queue[str | None] = queue.Queue()
        self._reader = threading.Thread(target=self._read)
        self._reader.start()

    def _start(self, command: list[str], environment: dict[str, str]) -> "subprocess.Popen[str]":
        return subprocess.Popen(command, cwd=ROOT, env=environment, stderr=subprocess.PIPE, text=True)

    def _read(self) -> None:
        for line in self.process.stderr:
            self.log.append(line.rstrip("\n"))
            self._lines.put(self.log[-1])
        self._lines.put(None)

    def wait_for(self, text: str) -> str:
        """Return the next log line that holds `text`."""
        while (line := self._lines.get(timeout=LIMIT_S)) is not None:
            if text in line:
                return line
        raise AssertionError("the server ended:\n" + "\n".join(self.log))

    def __enter__(self) -> "Server":
        self.address = self.wait_for("serving at ").split("serving at ")[1]
        self.host = self.address.removeprefix("http://")
        return self

    def is_up(self) -> bool:
        """Whether it answers; raises AssertionError where it has ended."""
        assert self.process.poll() is None, "the server ended:\n" + "\n".join(self.log)
        try:
            return self.ask("GET", "/healthz")[0] == 200
        except ConnectionError:
            return False

    def __exit__(self, *_: object) -> None:
        if self.process.poll() is None:
            self.process.terminate()
        try:
            self.process.wait(LIMIT_S)
        finally:
            self.process.kill()
            self._reader.join(LIMIT_S)
            self.process.stderr.close()

    def connect(self, source: str = "127.0.0.1") -> http.client.HTTPConnection:
        return http.client.HTTPConnection(self.host, timeout=LIMIT_S, source_address=(source, 0))

    def ask(
        self, method: str, path: str, body: Any = None, source: str = "127.0.0.1", **headers: str
    ) -> tuple[int, dict[str, str], bytes]:
        """Return status, headers (in lower case) and body of an answer; `source` is the client's address."""
        connection = self.connect(source)
        try:
            headers = {name.replace("_", "-"): value for name, value in headers.items()}
            connection.request(method, path, body, headers)
            answer = connection.getresponse()
            return answer.status, {name.lower(): value for name, value in answer.getheaders()}, answer.read()
        finally:
            connection.close()

    def rate(self, photo: bytes, kind: str = "image/jpeg") -> tuple[int, dict[str, Any]]:
        status, _, body = self.ask("POST", "/api/rate", photo, Content_Type=kind)
        return status, json.loads(body)


class PlainServer(Server):
    """The same by ``streamlit run streamlit_app.py``."""

    entry = "streamlit_app.py"

    def __init__(self, model_path: Path, **settings: object) -> None:
        with socket.create_server(("127.0.0.1", 0)) as free:
            port = free.getsockname()[1]
        self.host = f"127.0.0.1:{port}"
        self.address = f"http://{self.host}"
        flags = ("--server.headless=true", "--server.address=127.0.0.1", f"--server.port={port}")
        super().__init__(model_path, "-m", "streamlit", "run", self.entry, *flags, **settings)

    def __enter__(self) -> "PlainServer":
        pause = threading.Event()
        while not self.is_up():
            pause.wait(0.1)
        return self


class Script(Server):
    """Another script than the dashboard by ``python -m sqrt serve``; `first` is run before it."""

    def __init__(self, model_path: Path, page: str, first: str = "", **settings: object) -> None:
        super().__init__(model_path, "-c", first + SERVE_SCRIPT, page, **settings)


class PlainScript(PlainServer):
    """The same by ``streamlit run``, with all that the server brings."""

    def __init__(self, model_path: Path, page: str, first: str = "", **settings: object) -> None:
        app = Path(page).with_name("app.py")
        app.write_text(
            f"{first}import streamlit as st\nfrom sqrt.serving.server import parts_or_exit\n"
            f"app = st.App({page!r}, **parts_or_exit())\n"
        )
        self.entry = str(app)
        super().__init__(model_path, **settings)


STARTS = {"serve": Server, "streamlit run": PlainServer}
SCRIPTS = {"serve": Script, "streamlit run": PlainScript}


def form(photo: bytes, name: str = "selfie.jpg") -> tuple[bytes, str]:
    """Return a form with a photo in it, and its content type."""
    head = f'--frontier\r\nContent-Disposition: form-data; name="photo"; filename="{name}"\r\n\r\n'.encode()
    return head + photo + b"\r\n--frontier--\r\n", "multipart/form-data; boundary=frontier"

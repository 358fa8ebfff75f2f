"""The dashboard as Streamlit Community Cloud starts it.

By ``streamlit run streamlit_app.py`` from the repository's root, as a user who may write neither there nor to what is
installed, with a home of its own, settings in ``secrets.toml``, and a gigabyte of memory.
"""

import io
import json
import os
import re
import resource
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from streamlit.web.server.app_discovery import discover_asgi_app

from sqrt.faces.model_file import MODEL_FILES
from tests.programs import executable
from tests.server import LIMIT_S, ROOT, PlainServer
from tests.visitor import Visitor

# Of what a process may write to, as the kernel counts it for RLIMIT_DATA. Of addresses (`ulimit -v`) libraries alone
# take most of a gigabyte, whether used or not.
MEMORY_BYTES = 2**30
SECRETS = """
API_RATE_LIMIT = 7
FACE_MODEL_PATH = "{model}"
LIVE_TRANSPORT = "snapshots"
FACE_MODEL_DOWNLOAD = false
LOG_LEVEL = "INFO"

[browser_of_the_host]
says = "a section is no setting"
"""


def unprivileged() -> tuple[str, ...]:
    """Return what to put before a command so that it may not write where nobody lets it: root may, unless told."""
    if os.geteuid() != 0:
        return ()
    return (executable("setpriv"), "--bounding-set=-all", "--inh-caps=-all", "--no-new-privs")


class Cloud(PlainServer):
    """The code at `code`, started as that host does; its settings come by the secrets in `home`."""

    def __init__(self, code: Path, home: Path) -> None:
        self._code, self._home = code, home
        super().__init__(home / "none")

    def _start(self, command: list[str], environment: dict[str, str]) -> "subprocess.Popen[str]":
        kept = {name: environment[name] for name in ("PATH", "LANG", "LC_ALL", "TMPDIR") if name in environment}
        return subprocess.Popen(
            [*unprivileged(), *command],
            cwd=self._code,
            env={**kept, "HOME": str(self._home), "PYTHONUNBUFFERED": "1", "STREAMLIT_SERVER_HEADLESS": "true"},
            stderr=subprocess.PIPE,
            text=True,
            preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_DATA, (MEMORY_BYTES, MEMORY_BYTES)),
        )


@pytest.fixture(scope="module")
def home(tmp_path_factory, model_path) -> Path:
    home = tmp_path_factory.mktemp("home")
    (home / ".streamlit").mkdir()
    for file in MODEL_FILES:
        shutil.copy(model_path.with_name(file.name), home)
    (home / ".streamlit" / "secrets.toml").write_text(SECRETS.format(model=home / model_path.name))
    return home


@pytest.fixture(scope="module")
def code(tmp_path_factory) -> Iterator[Path]:
    """A copy that cannot be written."""
    code = tmp_path_factory.mktemp("code")
    for name in ("streamlit_app.py", "sqrt", ".streamlit"):
        copy = shutil.copytree if (ROOT / name).is_dir() else shutil.copy
        options: dict[str, Any] = {"ignore": shutil.ignore_patterns("__pycache__")} if copy is shutil.copytree else {}
        copy(ROOT / name, code / name, **options)
    everything = [code, *code.rglob("*")]
    for path in everything:
        path.chmod(path.stat().st_mode & ~0o222)
    yield code
    for path in everything:
        path.chmod(path.stat().st_mode | 0o200)


@pytest.fixture(scope="module")
def cloud(code, home) -> Iterator[Cloud]:
    before = contents(code)
    with Cloud(code, home) as server:
        yield server
    assert contents(code) == before
    assert not [line for line in server.log if "Traceback" in line or "ERROR" in line]


@pytest.fixture(scope="module")
def photo(astronaut) -> bytes:
    file = io.BytesIO()
    Image.fromarray(astronaut).save(file, "JPEG", quality=92)
    return file.getvalue()


def contents(folder: Path) -> dict[Path, float]:
    return {path: path.stat().st_mtime for path in folder.rglob("*")}


def test_streamlit_finds_the_app_in_the_main_file():
    found = discover_asgi_app(ROOT / "streamlit_app.py")
    assert (found.is_asgi_app, found.import_string) == (True, "streamlit_app:app")


def test_the_code_cannot_be_written(code):
    write = f"open({str(code / 'sqrt' / 'new')!r}, 'w')"
    done = subprocess.run([*unprivileged(), sys.executable, "-c", write], capture_output=True, text=True, check=False)
    assert "PermissionError" in done.stderr


def test_page_api_and_probes_answer_with_their_headers(cloud, photo):
    status, rating = cloud.rate(photo)
    assert (status, rating["engine"]) == (200, "landmarks")
    for path in ("/", "/metrics", "/healthz", "/readyz", "/api/openapi.json"):
        status, headers, _ = cloud.ask("GET", path)
        assert status == 200
        assert headers["x-content-type-options"] == "nosniff"
        assert "frame-ancestors 'self'" in headers["content-security-policy"]
    assert b'sqrt_analyses_total{outcome="completed",source="api"}' in cloud.ask("GET", "/metrics")[2]


def test_secrets_are_settings(cloud, photo):
    answers = [cloud.ask("POST", "/api/rate", photo, "127.0.0.9", Content_Type="image/jpeg") for _ in range(8)]
    assert [status for status, _, _ in answers] == [200] * 7 + [429]
    assert "7 photos" in json.loads(answers[-1][2])["detail"]


def test_a_visitor_rates_a_photo_and_it_is_forgotten_when_they_are_gone(code, home, photo):
    # As an operator can: nobody waits for a browser that is away.
    (home / ".streamlit" / "config.toml").write_text("[server]\ndisconnectedSessionTTL = 1\n")
    with Cloud(code, home) as cloud:
        with Visitor(cloud.host) as visitor:
            visitor.upload(photo)
            assert re.fullmatch(r"\d+ / 100", visitor.score)
            (address,) = {one for one in visitor.pictures if "/media/" in one} or {""}
            assert address
            assert cloud.ask("GET", address, **visitor.token)[0] == 200
        pause, end = threading.Event(), time.monotonic() + LIMIT_S
        while cloud.ask("GET", address, **visitor.token)[0] != 404:
            assert time.monotonic() < end, "the picture is still there"
            pause.wait(0.2)


def test_what_webrtc_needs_is_not_loaded_where_snapshots_are_all(cloud):
    with Visitor(cloud.host, "live") as visitor:
        assert visitor.traces == []
    mapped = Path(f"/proc/{cloud.process.pid}/maps").read_text()
    assert "numpy" in mapped
    assert "pylibsrtp" not in mapped

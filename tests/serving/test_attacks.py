"""What one client can do to the others, with either start: a real process, real sockets."""

import contextlib
import io
import re
import select
import socket
import threading
from collections.abc import Callable, Iterator

import pytest
from PIL import Image

from tests.server import LIMIT_S, STARTS, Server, form
from tests.visitor import Visitor

OTHER = "127.0.0.2"
SHORT = (
    "import sys; from sqrt.serving import bodies, connections; bodies.WINDOW_S = connections.HEAD_S = 1.0\n"
    "import sqrt.__main__ as main; sys.exit(main.main(['serve']))"
)


@pytest.fixture(scope="module")
def photo(astronaut) -> bytes:
    file = io.BytesIO()
    Image.fromarray(astronaut).save(file, "JPEG", quality=92)
    return file.getvalue()


@pytest.fixture(scope="module", params=STARTS)
def server(model_path, request) -> Iterator[Server]:
    with STARTS[request.param](
        model_path, API_RATE_LIMIT=40, API_MAX_PENDING=8, MAX_SESSIONS=6, MAX_VISITOR_MB=4, MAX_HELD_MB=100
    ) as server:
        yield server


@contextlib.contextmanager
def connected(server: Server, source: str = "127.0.0.1") -> Iterator[socket.socket]:
    host, port = server.host.split(":")
    with socket.create_connection((host, int(port)), LIMIT_S, (source, 0)) as connection:
        yield connection


def is_cut(connection: socket.socket) -> bool:
    try:
        return connection.recv(1) == b""
    except ConnectionResetError:
        return True


def half_open(connection: socket.socket, line: str, headers: dict[str, str], size: int) -> None:
    """Announce a body of `size` bytes and send two."""
    head = "\r\n".join([f"{line} HTTP/1.1", "Host: x", *(f"{name}: {value}" for name, value in headers.items())])
    connection.sendall(f"{head}\r\nContent-Length: {size}\r\n\r\n".encode() + b"--")


def rated(server: Server, photo: bytes, source: str = OTHER, **headers: str) -> int:
    return server.ask("POST", "/api/rate", photo, source, Content_Type="image/jpeg", **headers)[0]


def put(server: Server, visitor: Visitor, path: str, data: bytes) -> int:
    body, kind = form(data)
    return server.ask("PUT", path, body, **visitor.token, Content_Type=kind)[0]


def test_who_only_announces_photos_keeps_nobody_out(server, photo):
    with contextlib.ExitStack() as held:
        for _ in range(16):
            connection = held.enter_context(connected(server, "127.0.0.3"))
            half_open(connection, "POST /api/rate", {"Content-Type": "image/jpeg"}, 10**6)
        assert rated(server, photo) == 200
        assert rated(server, photo, "127.0.0.3") == 429  # has as much in hand as one may


def test_a_forwarded_address_is_believed_of_nobody_unless_named(server, photo):
    statuses = [rated(server, b"x", "127.0.0.1", X_Forwarded_For=f"198.51.100.{number}:80") for number in range(41)]
    assert statuses == [400] * 40 + [429]


def test_uploads_are_taken_where_they_were_asked_for_and_nowhere_else(server, photo):
    with Visitor(server.host) as visitor:
        given = visitor.address().upload_url
        made_up = given.rpartition("/")[0] + "/00000000-0000-4000-8000-000000000000"
        assert put(server, visitor, made_up, photo) == 404
        assert put(server, visitor, given, photo) == 204


def test_a_visitor_holds_so_much_and_no_more_and_is_told(server):
    with Visitor(server.host) as visitor:
        statuses = [put(server, visitor, visitor.address().upload_url, bytes(2**20)) for _ in range(4)]
        assert statuses == [204, 204, 204, 413]  # the form's few bytes count, too
        visitor.see_run()
        assert any("More than 4 MB at a time" in alert for alert in visitor.alerts)


@contextlib.contextmanager
def arriving(server: Server, size: int, source: str) -> Iterator[socket.socket]:
    """Send so much of a photo, and then no more of it."""
    with connected(server, source) as connection:
        head = f"POST /api/rate HTTP/1.1\r\nHost: x\r\nContent-Type: image/jpeg\r\nContent-Length: {size + 1}\r\n\r\n"
        connection.sendall(head.encode() + bytes(size))
        yield connection


def test_all_together_hold_so_much_and_no_more(model_path):
    def one_is_refused() -> bool:
        """Whether of two photos of two clients, together too large, one is: the later one, and that may be either."""
        with arriving(server, 4 * 2**20, "127.0.0.3") as connection:
            for _ in range(20):
                answered = select.select([connection], [], [], 0)[0]
                if rated(server, bytes(3 * 2**20)) == 503 or (answered and connection.recv(12) == b"HTTP/1.1 503"):
                    return True
        return False

    with Server(model_path, MAX_HELD_MB=10) as server:
        with Visitor(server.host) as visitor:
            statuses = [put(server, visitor, visitor.address().upload_url, bytes(2 * 2**20)) for _ in range(2)]
            assert statuses == [204, 204]
            assert rated(server, bytes(2 * 2**20), "127.0.0.1") == 503  # half of all is the most for one client
            assert one_is_refused()
        # Whose browser is away has to go where the room is needed.
        assert until(lambda: not one_is_refused())


def until(come: Callable[[], bool]) -> bool:
    """Wait for what another client's leaving brings."""
    pause = threading.Event()
    return any(come() or pause.wait(0.1) for _ in range(50))


def test_what_no_page_took_goes_soon_after_its_visitor(model_path):
    soon = f"from sqrt.ui import forget; forget.SWEEP_S = 0.2\n{SHORT}"
    with Server(model_path, "-c", soon, MAX_HELD_MB=10) as server:
        with Visitor(server.host) as visitor:
            path = visitor.address().upload_url
            assert put(server, visitor, path, bytes(2**20)) == 204
            assert stored(server) >= 2**20
        assert until(lambda: stored(server) == 0)


def stored(server: Server) -> int:
    """Return the bytes that Streamlit says uploads take."""
    text = server.ask("GET", "/_stcore/metrics")[2].decode()
    found = re.findall(r'^cache_memory_bytes\{cache_type="UploadedFileManager".*\} (\d+)$', text, re.MULTILINE)
    return sum(map(int, found))


def test_there_are_so_many_pages_and_no_more(server):
    with contextlib.ExitStack() as held:
        for _ in range(3):
            held.enter_context(Visitor(server.host))
        with pytest.raises(Exception, match="403"):  # half of six are one client's
            held.enter_context(Visitor(server.host))
    with Visitor(server.host) as visitor:
        assert not visitor.traces


def test_a_picture_is_its_visitors_alone_and_nobody_keeps_it(server, photo):
    with Visitor(server.host) as visitor, Visitor(server.host) as stranger:
        visitor.upload(photo)
        address = visitor.pictures[-1]
        status, headers, _ = server.ask("GET", address, **visitor.token)
        assert (status, headers["cache-control"]) == (200, "no-store")
        assert server.ask("GET", address)[0] == 404
        assert server.ask("GET", address, **stranger.token)[0] == 404
        token = visitor.token
    with Visitor(server.host) as stranger:
        assert server.ask("GET", address, **token)[0] == 404
        assert server.ask("GET", address, **stranger.token)[0] == 404


def test_a_file_past_the_uploader_is_no_error_of_the_server(server, photo):
    with Visitor(server.host) as visitor:
        before = len(server.log)
        visitor.upload(photo, "selfie.txt")
        assert "not taken here" in visitor.alerts[-1]
        assert not visitor.traces
        server.wait_for("its name has another ending")
        assert not [line for line in server.log[before:] if "ERROR" in line]


@pytest.mark.parametrize(
    ("page", "invites"), [("", "Drop a photo"), ("compare", "Drop all the selfies"), ("clip", "Drop a short clip")]
)
def test_an_upload_that_breaks_off_is_one_line_and_the_page_says_so(server, page, invites):
    with Visitor(server.host, page) as visitor:
        before = len(server.log)
        for _ in range(3):
            with connected(server) as connection:
                headers = {**visitor.token, "Content-Type": "multipart/form-data; boundary=frontier"}
                half_open(connection, f"PUT {visitor.address().upload_url}", headers, 10**6)
            server.wait_for("an upload was not taken")
            visitor.see_run()
        assert "did not arrive in full" in visitor.alerts[0]
        assert any(invites in text for text in [*visitor.alerts, *visitor.texts])
        lines = server.log[before:]
        assert sum("an upload was not taken" in line for line in lines) == 3
        assert not [line for line in lines if "ERROR" in line or "Traceback" in line]


def test_a_form_chooses_no_way_to_read_its_names(server):
    # Punycode of this length takes Python a minute.
    field = b"a" * 500_000 + b"-" + b"k" * 500_000
    form = b'--f\r\nContent-Disposition: form-data; name="photo"\r\n\r\n' + field + b"\r\n--f--\r\n"
    kind = "multipart/form-data; charset=punycode; boundary=f"
    for path in ("/api/rate", "/api/rank", "/api/clip"):
        assert server.ask("POST", path, form, OTHER, Content_Type=kind)[0] == 415
    with Visitor(server.host) as visitor:
        assert server.ask("PUT", visitor.address().upload_url, form, **visitor.token, Content_Type=kind)[0] == 415


@pytest.fixture(scope="module")
def impatient(model_path) -> Iterator[Server]:
    with Server(model_path, "-c", SHORT) as server:
        yield server


def test_slow_heads_are_cut(impatient, photo):
    with connected(impatient) as silent, connected(impatient) as slow, connected(impatient) as second:
        slow.sendall(b"GET /healthz HT")
        second.sendall(b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n")
        assert second.recv(12) == b"HTTP/1.1 200"
        second.sendall(b"GET /healthz HT")
        assert is_cut(silent)
        assert is_cut(slow)
        while not is_cut(second):  # what is left of the first answer
            pass
    assert rated(impatient, photo) == 200


def test_so_many_connections_wait_for_a_head_and_no_more(impatient, photo):
    with contextlib.ExitStack() as held:
        connections = [held.enter_context(connected(impatient, "127.0.0.3")) for _ in range(40)]
        cut = [threading.Thread(target=is_cut, args=[connection]) for connection in connections]
        for thread in cut:
            thread.start()
        assert rated(impatient, photo) == 200
        for thread in cut:
            thread.join(LIMIT_S)
            assert not thread.is_alive()


def test_slow_bodies_are_cut(impatient):
    with connected(impatient) as connection:
        half_open(connection, "POST /api/rate", {"Content-Type": "image/jpeg"}, 10**6)
        assert connection.recv(12) == b"HTTP/1.1 408"
    with Visitor(impatient.host) as visitor, connected(impatient) as connection:
        headers = {**visitor.token, "Content-Type": "multipart/form-data; boundary=frontier"}
        half_open(connection, f"PUT {visitor.address().upload_url}", headers, 10**6)
        assert connection.recv(12) == b"HTTP/1.1 408"
        visitor.see_run()
        assert any("came too slowly" in alert for alert in visitor.alerts)


def test_those_behind_a_proxy_that_is_named_are_told_apart(model_path, monkeypatch):
    monkeypatch.setenv("FORWARDED_ALLOW_IPS", "127.0.0.1")
    with Server(model_path, API_RATE_LIMIT=1) as server:
        statuses = [rated(server, b"x", "127.0.0.1", X_Forwarded_For=f"198.51.100.{number}") for number in (1, 1, 2)]
        assert statuses == [400, 429, 400]


def test_with_either_start_it_watches_and_says_nothing_of_visitors(server, photo):
    assert [server.ask("GET", path)[0] for path in ("/healthz", "/readyz", "/metrics")] == [200] * 3
    assert b"sqrt_analyses_total" in server.ask("GET", "/metrics")[2]
    assert "frame-ancestors 'self'" in server.ask("GET", "/")[1]["content-security-policy"]
    rated(server, photo)
    server.wait_for("analysis completed")
    assert not [line for line in server.log if re.search(r"127\.0\.0\.[23]", line)]


def test_streamlit_run_ends_with_a_sentence_where_a_setting_is_wrong(model_path):
    server = STARTS["streamlit run"](model_path, MAX_PHOTOS="many")
    assert server.process.wait(LIMIT_S) != 0
    server.__exit__()
    assert any("MAX_PHOTOS is 'many'; it must be" in line for line in server.log)
    assert not any("Traceback" in line for line in server.log)


def test_streamlit_run_takes_settings_from_its_secrets(model_path, tmp_path, photo):
    (tmp_path / ".streamlit").mkdir()
    (tmp_path / ".streamlit" / "secrets.toml").write_text("API_RATE_LIMIT = 1\n")
    with STARTS["streamlit run"](model_path, HOME=tmp_path) as server:
        assert [rated(server, photo) for _ in range(2)] == [200, 429]

"""The server as its clients and its host meet it: a real process, real sockets, real photos."""

import io
import json
import queue
import random
import re
import signal
import socket
import threading
from collections import Counter
from collections.abc import Iterator
from functools import partial

import numpy as np
import pytest
from PIL import Image

from sqrt.rating import Rater
from sqrt.settings import Settings
from tests.server import LIMIT_S, STARTS, Server, form

NO_FILE = b'--frontier\r\nContent-Disposition: form-data; name="photo"\r\n\r\nx\r\n--frontier--\r\n'


@pytest.fixture(scope="module", params=STARTS.values(), ids=[*STARTS])
def start(request) -> type[Server]:
    """Either way to start it."""
    return request.param


@pytest.fixture(scope="module")
def server(start, model_path) -> Iterator[Server]:
    with start(model_path, MAX_FILE_MB=2, API_RATE_LIMIT=10_000) as server:
        yield server


@pytest.fixture(scope="module")
def photo(astronaut) -> bytes:
    return encoded(astronaut, "JPEG", quality=92)


@pytest.fixture(scope="module")
def report(model_path, photo) -> dict:
    rating = Rater(Settings.model_construct(face_model_path=model_path)).rate(photo)
    return json.loads(json.dumps(rating.to_dict()))


def encoded(pixels, kind: str, **options) -> bytes:
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, kind, **options)
    return file.getvalue()


def analyses(server: Server) -> Counter[str]:
    status, headers, body = server.ask("GET", "/metrics")
    assert status == 200
    assert headers["content-type"].startswith("text/plain")
    found = re.findall(r'^sqrt_analyses_total\{outcome="(\w+)",source="api"\} (\S+)$', body.decode(), re.MULTILINE)
    return Counter({outcome: round(float(count)) for outcome, count in found})


class TestRate:
    @pytest.mark.parametrize("kind", ["image/jpeg", "application/octet-stream", "IMAGE/HEIC; x=y", ""])
    def test_a_photo_as_the_body(self, server, photo, report, kind):
        assert server.rate(photo, kind) == (200, report)

    def test_a_photo_in_a_form(self, server, photo, report):
        assert server.rate(*form(photo)) == (200, report)

    def test_a_photo_larger_than_starlette_keeps_in_memory(self, server):
        noise = np.random.default_rng(1).integers(0, 256, (800, 800, 3), np.uint8)
        large = encoded(noise, "PNG")
        assert 2**20 < len(large) < 2 * 2**20
        status, rating = server.rate(*form(large))
        assert (status, rating["size_wh"]) == (200, [800, 800])

    def test_a_photo_is_known_by_its_content_not_its_name(self, server, photo, report, astronaut):
        assert server.rate(*form(photo, "notes.txt"))[0] == 200
        status, rating = server.rate(encoded(astronaut, "PNG"), "image/jpeg")
        assert (status, rating["size_wh"]) == (200, report["size_wh"])
        assert server.rate(*form(b"<script>", "selfie.jpg"))[0] == 400

    @pytest.mark.parametrize(
        ("body", "kind", "status"),
        [
            (b"", "image/jpeg", 400),
            (b"not a photo", "image/jpeg", 400),
            (b"--frontier--\r\n", "multipart/form-data; boundary=frontier", 400),
            (b"no form at all", "multipart/form-data; boundary=frontier", 400),
            (b"no frontier", "multipart/form-data", 400),
            (
                b'--f\r\nContent-Disposition: form-data; name="photo"\r\n\r\nx\r\n--f--\r\n',
                "multipart/form-data; boundary=f",
                400,
            ),
            (b"\xff\xd8", "text/html", 415),
            (b"\xff\xd8", "application/x-www-form-urlencoded", 415),
            (bytes(2 * 2**20 + 1), "image/jpeg", 413),
            (*form(bytes(2 * 2**20 + 1)), 413),
            (*form(bytes(3 * 2**20)), 413),
        ],
    )
    def test_what_cannot_be_rated_is_a_problem_in_one_sentence(self, server, body, kind, status):
        before = analyses(server)
        got, headers, answer = server.ask("POST", "/api/rate", body, Content_Type=kind)
        assert (got, headers["content-type"]) == (status, "application/problem+json")
        problem = json.loads(answer)
        assert problem["status"] == status
        assert problem["detail"].endswith(".")
        assert analyses(server)["failed"] == before["failed"]

    def test_a_body_of_unknown_length_is_bounded_too(self, server):
        connection = server.connect()
        chunks = (bytes(2**16) for _ in range(100))
        try:
            connection.request("POST", "/api/rate", chunks, {"Content-Type": "image/jpeg"}, encode_chunked=True)
        except (BrokenPipeError, ConnectionResetError):
            pass  # it has heard enough; the answer may be there all the same
        else:
            assert connection.getresponse().status == 413
        finally:
            connection.close()

    def test_other_methods_and_addresses_are_told(self, server):
        for method, path, allowed in (("GET", "/api/rate", "POST"), ("POST", "/api/openapi.json", "GET, HEAD")):
            status, headers, body = server.ask(method, path)
            assert (status, {*headers["allow"].split(", ")}) == (405, {*allowed.split(", ")})
            assert f"send it with {headers['allow']}." in json.loads(body)["detail"]
        assert server.ask("POST", "/api/grade")[0] == 404
        assert server.ask("GET", "/api/nothing")[0] == 404

    def test_malformed_photos_never_break_it(self, server, photo, report):
        dice = random.Random(4)
        statuses = set()
        for _ in range(60):
            broken = bytearray(photo[: dice.randrange(len(photo))] if dice.random() < 0.5 else photo)
            for _ in range(dice.randrange(1, 50)):
                if broken:
                    broken[dice.randrange(len(broken))] = dice.randrange(256)
            statuses.add(server.rate(bytes(broken))[0])
        assert statuses <= {200, 400}
        assert 400 in statuses
        assert server.rate(photo) == (200, report)

    def test_a_file_name_stays_out_of_the_log(self, server, photo):
        server.rate(*form(photo, "grandma-in-rome.jpg"))
        server.rate(*form(b"broken", "grandma-in-rome.jpg"))
        server.wait_for("analysis refused")
        assert "grandma" not in "\n".join(server.log)
        assert "127.0.0.1" not in "\n".join(line for line in server.log if "serving at" not in line)

    def test_each_is_counted_and_has_one_line(self, server, photo):
        before, lines = analyses(server), len(server.log)
        together = [threading.Thread(target=server.rate, args=[photo]) for _ in range(8)]
        for thread in together:
            thread.start()
        for thread in together:
            thread.join(LIMIT_S)
        assert analyses(server)["completed"] == before["completed"] + 8
        server.rate(b"the last")
        server.wait_for("analysis refused: 8 bytes")
        written = [line for line in server.log[lines:] if "analysis completed" in line]
        assert len(written) == 8
        shape = (
            r"\S+ \S+ - sqrt\.monitoring - INFO - analysis completed in \d+ ms: 512x512 px, landmarks, overall \d+, api"
        )
        assert all(re.fullmatch(shape, line) for line in written)


class TestWatched:
    def test_it_is_alive_and_ready(self, server):
        assert server.ask("GET", "/healthz")[0] == 200
        assert server.ask("GET", "/readyz")[0] == 200

    def test_looking_is_not_counted_as_an_analysis(self, server):
        before = analyses(server)
        server.ask("GET", "/readyz")
        assert analyses(server) == before

    def test_it_is_not_ready_where_it_cannot_rate(self, model_path):
        # A readiness that only says the process lives would say yes here.
        code = (
            "from sqrt import settings; from sqrt.errors import ModelFileError; from sqrt.rating import Rater\n"
            "from sqrt.serving import server\n"
            "def examine(self, image, wait_s): raise ModelFileError('gone')\n"
            "Rater.examine = examine\n"
            "server.serve(settings.load_settings())"
        )
        with Server(model_path, "-c", code) as server:
            status, headers, _ = server.ask("GET", "/readyz")
            assert (status, headers["content-type"]) == (503, "application/problem+json")
            assert server.ask("GET", "/healthz")[0] == 200
            server.wait_for("not ready: gone")

    def test_memory_and_time_are_told(self, server, photo):
        server.rate(photo)
        text = server.ask("GET", "/metrics")[2].decode()
        for name in ("process_resident_memory_bytes", "process_cpu_seconds_total", "sqrt_live_streams"):
            assert re.search(rf"^{name} \d", text, re.MULTILINE)
        assert re.search(r'^sqrt_analysis_seconds_bucket\{le="1.0",source="api"\} [1-9]', text, re.MULTILINE)

    def test_the_page_is_there_too(self, server):
        assert server.ask("GET", "/_stcore/health")[0] == 200
        assert b"<title>" in server.ask("GET", "/")[2]


@pytest.mark.parametrize(
    "path", ["/", "/api/rate", "/api/openapi.json", "/metrics", "/_stcore/health", "/static/none.js"]
)
def test_every_answer_carries_the_headers(server, start, path):
    _, headers, _ = server.ask("GET", path)
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "no-referrer"
    assert "camera=(self)" in headers["permissions-policy"]
    assert "frame-ancestors 'self'" in headers["content-security-policy"]
    # Streamlit's own start lets uvicorn tell its name; no setting of it changes that.
    assert headers.get("server") == (None if start is Server else "uvicorn")


def test_a_client_that_sends_too_many_is_asked_to_wait(start, model_path, photo):
    with start(model_path, API_RATE_LIMIT=3) as server:
        assert [server.rate(photo)[0] for _ in range(3)] == [200, 200, 200]
        status, headers, body = server.ask("POST", "/api/rate", photo, Content_Type="image/jpeg")
        assert status == json.loads(body)["status"] == 429
        assert 1 <= int(headers["retry-after"]) <= 60
        assert server.ask("GET", "/healthz")[0] == 200


class Arriving:
    """A photo of which nothing but the announcement has been sent; the server is already waiting for it."""

    def __init__(self, server: Server, photo: bytes, source: str = "127.0.0.1") -> None:
        host, port = server.host.split(":")
        self._photo = photo
        self._socket = socket.create_connection((host, int(port)), LIMIT_S, (source, 0))
        head = f"POST /api/rate HTTP/1.1\r\nHost: {server.host}\r\nContent-Type: image/jpeg\r\n"
        self._socket.sendall(f"{head}Content-Length: {len(photo)}\r\nExpect: 100-continue\r\n\r\n".encode())
        assert self._socket.recv(1000).startswith(b"HTTP/1.1 100")

    def arrive(self) -> int:
        """Send it, and return the status of the answer."""
        self._socket.sendall(self._photo)
        with self._socket, self._socket.makefile("rb") as answer:
            return int(answer.readline().split()[1])

    def leave(self) -> None:
        """Go away without sending it."""
        self._socket.close()


# Rates nothing until it gets the signal.
STUCK = """
import signal, sys, threading
from sqrt.rating import Rater
go, examine = threading.Event(), Rater.examine
signal.signal(signal.SIGUSR1, lambda *_: go.set())
Rater.examine = lambda *what: go.wait() and examine(*what)
import sqrt.__main__ as main
sys.exit(main.main(["serve"]))
"""


def test_one_photo_more_than_it_holds_is_told_to_come_back(model_path, photo):
    with Server(model_path, "-c", STUCK, API_MAX_PENDING=1) as server:
        arriving = Arriving(server, photo, "127.0.0.2")  # takes nobody's place
        statuses: queue.Queue[int] = queue.Queue()
        for source in ("127.0.0.3", "127.0.0.4"):
            ask = partial(server.ask, "POST", "/api/rate", photo, source, Content_Type="image/jpeg")
            threading.Thread(target=lambda ask=ask: statuses.put(ask())).start()
        status, headers, body = statuses.get(timeout=LIMIT_S)
        assert status == json.loads(body)["status"] == 503
        assert int(headers["retry-after"]) >= 1
        server.process.send_signal(signal.SIGUSR1)
        assert statuses.get(timeout=LIMIT_S)[0] == 200
        assert arriving.arrive() == 200


def test_a_client_that_leaves_frees_its_place(start, model_path, photo):
    with start(model_path, API_MAX_PENDING=1) as server:
        Arriving(server, photo).leave()
        for _ in range(100):
            if server.rate(photo)[0] == 200:
                return
        pytest.fail("the place was never freed")


def test_work_in_hand_is_finished_when_it_is_told_to_stop(start, model_path, photo):
    with start(model_path) as server:
        in_hand = Arriving(server, photo)
        server.process.send_signal(signal.SIGTERM)
        host, port = server.host.split(":")
        for _ in range(1000):
            try:
                socket.create_connection((host, int(port)), LIMIT_S).close()
            except ConnectionRefusedError:
                break
        assert in_hand.arrive() == 200
        assert server.process.wait(LIMIT_S) in (0, -signal.SIGTERM)
        assert "Traceback" not in "\n".join(server.log)


@pytest.mark.parametrize("address", ["127.0.0.1", "no such host"])
def test_an_address_that_cannot_be_listened_at_is_one_sentence(model_path, address):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        server = Server(model_path, STREAMLIT_SERVER_ADDRESS=address, STREAMLIT_SERVER_PORT=port)
        assert server.process.wait(LIMIT_S) == 2
        server.wait_for("STREAMLIT_SERVER_ADDRESS or STREAMLIT_SERVER_PORT.")
        server.__exit__()
    assert "Traceback" not in "\n".join(server.log)


def test_the_address_is_read_from_the_env_file(model_path, tmp_path, monkeypatch):
    code = "import os, sys; os.chdir(sys.argv.pop(1)); import sqrt.__main__ as m; sys.exit(m.main(['serve']))"
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    (tmp_path / ".env").write_text(f"STREAMLIT_SERVER_PORT={port}\nSTREAMLIT_SERVER_ADDRESS=localhost\n")
    with Server(model_path, "-c", code, str(tmp_path), STREAMLIT_SERVER_PORT="") as server:
        assert server.address == f"http://127.0.0.1:{port}"
        assert server.ask("GET", "/healthz")[0] == 200


def test_the_log_file_holds_what_the_console_shows(start, model_path, tmp_path, photo):
    file = tmp_path / "logs" / "sqrt.log"
    with start(model_path, LOG_FILE=file) as server:
        server.rate(photo)
        server.wait_for("analysis completed")
    assert file.read_text().splitlines() == server.log

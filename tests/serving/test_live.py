"""What a camera sends by HTTP and is told, as its page, others and attackers meet it: a real process, real sockets."""

import json
import signal
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest
from PIL import Image

from sqrt.rating import Rater
from sqrt.settings import Settings
from tests.live_page import PAGE, Camera, saved
from tests.server import SERVE_SCRIPT, PlainScript, Server
from tests.visitor import Visitor

# Ratings wait until the signal.
STUCK = (
    "import signal, sys, threading; from sqrt.rating import Rater as R; go, rate = threading.Event(), R.rate_photo\n"
    "signal.signal(signal.SIGUSR1, lambda *_: go.set())\n"
    "R.rate_photo = lambda self, photo: (print('stuck', file=sys.stderr), go.wait(), rate(self, photo))[2]\n"
)
SHORT = "from sqrt.serving import bodies, live; bodies.WINDOW_S = 1.0; live.POLL_S = 0.2\n"
SWEEP_SOON = "from sqrt.ui import forget; forget.SWEEP_S = 0.1\n"


@contextmanager
def serving(model_path, tmp_path: Path, first: str = "", **settings: object) -> Iterator[Server]:
    path = tmp_path / "live_page.py"
    path.write_text(PAGE)
    settings = {"ICE_SERVERS": "none", "REALTIME_INTERVAL": 1, **settings}
    with Server(model_path, "-c", first + SERVE_SCRIPT, str(path), **settings) as server:
        yield server


@pytest.fixture(scope="module")
def jpeg(astronaut) -> bytes:
    return saved(Image.fromarray(astronaut), quality=80)


@pytest.fixture(scope="module")
def overall(model_path, jpeg) -> float:
    return Rater(Settings.model_construct(face_model_path=model_path)).rate(jpeg).overall


def quiet(server: Server) -> bool:
    return not [line for line in server.log if "ERROR" in line or "Traceback" in line or "ScriptRunContext" in line]


@pytest.mark.parametrize("start", ["serve", "streamlit run"])
def test_a_snapshot_is_rated_and_its_browser_told(start, model_path, tmp_path, jpeg, overall):
    with ExitStack() as held:
        if start == "serve":
            server = held.enter_context(serving(model_path, tmp_path))
        else:
            (tmp_path / "live_page.py").write_text(PAGE)
            server = held.enter_context(PlainScript(model_path, str(tmp_path / "live_page.py"), REALTIME_INTERVAL=1))
        camera = Camera(server, held.enter_context(Visitor(server.host)))
        status, told = camera.post(body=jpeg)
        assert status == 200
        assert told["score"] == pytest.approx(overall)
        assert (told["ratings"], told["way"], told["word"]) == (1, "snapshots", "Excellent")
        assert (told["problem"], told["want"], told["hold"], told["busy"]) == (None, "best", False, False)
        assert 0 <= told["next_s"] <= 1
        ((x, y, w, h),) = told["boxes"]
        assert x < 223 / 512 < x + w
        assert y < 120 / 512 < y + h
        assert len(told["target"]) == 4
        assert {told["level"], told["gaze"], told["framing"]} <= {True, False}
        assert camera.post("/stop") == (200, {})
        assert camera.counts()[0] == 0
        assert quiet(server) or start == "streamlit run"


def test_two_at_once_are_one_and_news_waits_for_who_asks(model_path, tmp_path, jpeg):
    with serving(model_path, tmp_path) as server, Visitor(server.host) as visitor:
        camera, answers = Camera(server, visitor), []
        polling = threading.Thread(target=lambda: answers.append(camera.post()))
        polling.start()
        while polling.is_alive():  # a newer request takes its place, whenever it has come
            told = camera.post(body=jpeg)[1]
            threading.Event().wait(told["next_s"])
        assert answers[0][0] in (200, 429)
        assert camera.post(body=jpeg)[0] == 200
        status, told = camera.post(body=jpeg)
        assert status == 429
        assert told["problem"].endswith(".")
        assert 0 < told["next_s"] <= 1
        assert quiet(server)


BROKEN = {
    "text": b"not a picture",
    "cut": saved(Image.new("L", (640, 480)))[:300],
    "png": saved(Image.new("L", (640, 480)), "PNG"),
    "bomb": saved(Image.new("L", (20_000, 20_000)), quality=5),
}


def test_what_cannot_be_rated_is_a_sentence_and_the_next_is_rated(model_path, tmp_path, jpeg):
    with serving(model_path, tmp_path, REALTIME_INTERVAL=0.2) as server, Visitor(server.host) as visitor:
        camera = Camera(server, visitor)
        next_s = 0.0
        for data in [*BROKEN.values(), bytes(2**20)]:
            threading.Event().wait(next_s)
            status, told = camera.post(body=data[: 2**20])
            assert (status, told["ratings"]) == (200, 0)
            assert told["problem"].endswith(".")
            next_s = told["next_s"]
            status, told = camera.post("/shot?kind=taken", data)
            assert (status, list(told)) == (200, ["problem"])
        threading.Event().wait(next_s)
        assert camera.post(body=bytes(2**20 + 1))[0] == 413
        status, told = camera.post(body=jpeg)
        assert (status, told["ratings"], told["problem"]) == (200, 1, None)
        assert quiet(server)


def test_other_methods_and_addresses_are_no_page(model_path, tmp_path):
    with serving(model_path, tmp_path) as server, Visitor(server.host) as visitor:
        camera = Camera(server, visitor)
        for method in ("GET", "HEAD", "PUT", "DELETE"):
            for end in ("", "/shot", "/offer", "/stop"):
                assert server.ask(method, camera.address + end, **visitor.token)[0] == 405
        for address in (f"{camera.address}/", f"{camera.address}/other", "/live/"):
            assert server.ask("POST", address, **visitor.token)[0] == 404
        assert camera.post("/shot?kind=other", b"x")[0] == camera.post("/shot", b"x")[0] == 422


def test_a_camera_is_its_visitors_alone(model_path, tmp_path, jpeg):
    with serving(model_path, tmp_path) as server, Visitor(server.host) as visitor, Visitor(server.host) as other:
        camera = Camera(server, visitor)
        assert len(camera.address) > 40
        for end in ("", "/shot?kind=taken", "/offer", "/stop"):
            for token in ({}, other.token):
                assert server.ask("POST", camera.address + end, jpeg, **token)[0] == 404
            assert server.ask("POST", f"/live/{'x' * 43}{end}", jpeg, **visitor.token)[0] == 404
        assert camera.post(body=jpeg)[0] == 200


def test_who_is_away_for_a_moment_goes_on(model_path, tmp_path, jpeg):
    with serving(model_path, tmp_path, REALTIME_INTERVAL=0.2) as server:
        with Visitor(server.host) as visitor, Visitor(server.host) as other:
            camera, others = Camera(server, visitor), other.token
            assert camera.post(body=jpeg)[0] == 200
        assert server.ask("POST", camera.address, jpeg, **others)[0] == 404
        while (answer := camera.post(body=jpeg))[0] == 429:  # its page is away, not its session
            threading.Event().wait(answer[1]["next_s"])
        assert (answer[0], answer[1]["ratings"]) == (200, 2)
        with Visitor(server.host, session=visitor.session) as back:
            assert back.links == [camera.address]
            assert quiet(server)


def test_no_shot_outlives_its_session(model_path, tmp_path, jpeg):
    (tmp_path / ".streamlit").mkdir()
    (tmp_path / ".streamlit" / "config.toml").write_text("[server]\ndisconnectedSessionTTL = 1\n")
    with serving(model_path, tmp_path, SWEEP_SOON, HOME=tmp_path) as server, Visitor(server.host) as stays:
        with Visitor(server.host) as visitor:
            camera = Camera(server, visitor)
            assert camera.post(body=jpeg)[0] == 200
            assert camera.post("/shot?kind=taken", jpeg)[1]["kept"]
            assert camera.counts()[:2] == [1, 2 * len(jpeg)]
        pause = threading.Event()
        while Camera(server, stays).counts()[:2] != [0, 0]:
            assert not pause.wait(0.1)
        assert camera.post(body=jpeg)[0] == 404
        assert quiet(server)


def test_one_camera_more_than_there_are_places_is_told(model_path, tmp_path, jpeg):
    with (
        serving(model_path, tmp_path, MAX_LIVE_STREAMS=1) as server,
        Visitor(server.host) as visitor,
        Visitor(server.host) as other,
    ):
        one, more = Camera(server, visitor), Camera(server, other)
        assert one.post(body=jpeg)[0] == 200
        for end, body in (("", jpeg), ("/offer", json.dumps({"sdp": "v=0", "type": "offer"}).encode())):
            status, told = more.post(end, body)
            assert (status, "cameras are live" in told["problem"]) == (503, True)
        one.post("/stop")
        assert more.post(body=jpeg)[0] == 200


def test_stop_during_a_rating_answers_who_waits(model_path, tmp_path, jpeg):
    with serving(model_path, tmp_path, STUCK) as server, Visitor(server.host) as visitor:
        camera, answers = Camera(server, visitor), []
        waiting = threading.Thread(target=lambda: answers.append(camera.post(body=jpeg)))
        waiting.start()
        server.wait_for("stuck")
        assert camera.post("/stop") == (200, {})
        waiting.join(30)
        assert (answers[0][0], answers[0][1]["ratings"]) == (200, 0)
        server.process.send_signal(signal.SIGUSR1)
        server.wait_for("analysis completed")
        assert camera.post()[1]["ratings"] == 1
        assert camera.counts()[0] == 0
        assert quiet(server)


def test_a_body_that_trickles_is_cut_and_nobody_waits_longer_than_a_poll(model_path, tmp_path, jpeg):
    with serving(model_path, tmp_path, SHORT) as server, Visitor(server.host) as visitor:
        camera = Camera(server, visitor)
        for end in ("", "/shot?kind=best", "/offer"):
            connection = server.connect()
            connection.putrequest("POST", camera.address + end)
            for name, value in {**visitor.token, "Content-Length": "1000"}.items():
                connection.putheader(name, value)
            connection.endheaders(b"--")
            answer = connection.getresponse()
            assert (answer.status, "slowly" in json.loads(answer.read())["problem"]) == (408, True)
            connection.close()
        assert camera.post()[1]["ratings"] == 0
        assert camera.post(body=jpeg)[0] == 200


def test_a_full_size_shot_is_rated_and_counts(model_path, tmp_path, astronaut, jpeg):
    large = saved(Image.fromarray(astronaut).resize((1920, 1920)), quality=92)
    with (
        serving(model_path, tmp_path, MAX_FILE_MB=1, MAX_VISITOR_MB=3) as server,
        Visitor(server.host) as visitor,
    ):
        camera = Camera(server, visitor)
        for kind in ("taken", "kept", "best"):
            status, told = camera.post(f"/shot?kind={kind}", large)
            assert (status, told["size_wh"]) == (200, [1920, 1920])
            assert told["kept"] == (kind != "best")  # which is there already
        assert camera.counts()[1] == 2 * len(large)
        assert camera.post("/shot?kind=taken", bytes(2**20 + 1))[0] == 413
        statuses = [camera.post("/shot?kind=taken", large)[0] for _ in range(8)]
        assert statuses[-1] == 503
        assert camera.counts()[1] <= 3 * 2**20
        assert quiet(server)

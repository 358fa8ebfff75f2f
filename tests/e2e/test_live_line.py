"""The live page comes back by itself: from a lost network, another page, a page that was hidden, a relay that died."""

import contextlib
import socket
from collections.abc import Iterator

import pytest

from tests.server import Server

from .conftest import free_port
from .live_page import RELAY_ONLY, WAIT_MS, Live, moving_portrait, relay

# Pages in a headless browser are always seen; this one is hidden when it is told to be.
HIDES = """
let hidden = false;
Object.defineProperty(Document.prototype, "hidden", { get: () => hidden });
window.hide = on => {
  hidden = on;
  document.dispatchEvent(new Event("visibilitychange"));
};
"""


@pytest.fixture(scope="module")
def camera(launch, tmp_path_factory):
    """A browser whose camera plays a slowly moving portrait."""
    return launch(*moving_portrait(tmp_path_factory.mktemp("camera") / "portrait.y4m"))


@pytest.fixture(scope="module")
def server(serve) -> Iterator[str]:
    with serve(ICE_SERVERS="none") as address:
        yield address


@pytest.mark.parametrize("away_ms", [2_000, 8_000])
@pytest.mark.parametrize("script", ["", RELAY_ONLY], ids=["film", "single pictures"])
def test_it_comes_back_with_the_network_and_its_best_shot(camera, server, script, away_ms):
    with camera.new_context() as context, Live(context, server, script).start() as live:
        live.says("Best shot ·")
        before = live.counts()
        context.set_offline(True)
        live.page.wait_for_timeout(away_ms)
        assert live.plays()
        context.set_offline(False)
        live.until("ratings", lambda ratings: ratings >= before["ratings"] + 2)
        live.says("Best shot ·")
        live.page.get_by_text("The connection is interrupted").wait_for(state="hidden", timeout=WAIT_MS)
        live.score()


def test_nothing_is_sent_while_the_page_is_hidden(camera, server):
    with Live(camera, server, HIDES, bypass_csp=True).start() as live:
        live.runs_by("webrtc")
        live.says("Best shot ·")
        live.page.evaluate("hide(true)")
        live.until("live", lambda live: live == 0)
        sent, frames = len(live.sent), live.counts()["frames"]
        live.page.wait_for_timeout(2500)
        assert (len(live.sent), live.counts()["frames"]) == (sent, frames)
        # As a phone does it that was locked.
        live.page.get_by_label("Your camera").evaluate("video => video.srcObject.getTracks()[0].stop()")
        live.page.evaluate("hide(false)")
        live.gains("ratings", 2)
        assert live.plays()
        live.says("Best shot ·")


def test_another_camera_can_be_chosen_while_it_plays(launch, server):
    browser = launch("--use-fake-ui-for-media-stream", "--use-fake-device-for-media-stream=device-count=2")
    device = "video => video.srcObject?.getTracks()[0].getSettings().deviceId"
    with Live(browser, server).start() as live:
        video = live.page.get_by_label("Your camera")
        live.gains("frames", 2)
        first = video.evaluate(device)
        live.press("Other camera")
        live.page.locator("section.on").wait_for(timeout=WAIT_MS)
        live.gains("frames", 2)
        assert video.evaluate(device) != first
        # A camera that is pulled out gives its place to one that is there.
        video.evaluate("video => video.srcObject.getTracks()[0].dispatchEvent(new Event('ended'))")
        live.gains("frames", 2)


def test_a_closed_tab_gives_its_slot_back_at_once(camera, server):
    with Live(camera, server).start() as staying:
        staying.until("live", lambda live: live == 1)  # the stream of the test before may not have gone yet
        with Live(camera, server).start() as leaving:
            leaving.gains("frames", 1)
            both = staying.until("live", lambda live: live == 2)
        alone = staying.until("live", lambda live: live == 1)
        # Long before the half minute after which a peer is taken for dead.
        assert alone["ratings"] - both["ratings"] < 15


def test_leaving_the_page_closes_the_camera_and_coming_back_finds_the_shots(camera, server):
    with Live(camera, server).start() as live:
        live.says("Best shot ·")
        track = live.page.get_by_label("Your camera").evaluate_handle("video => video.srcObject.getTracks()[0]")
        for _ in range(3):
            live.page.get_by_role("link", name="Photo", exact=True).click()
            live.page.get_by_text("Drop a photo to see").wait_for(timeout=WAIT_MS)
            assert track.evaluate("track => track.readyState") == "ended"
            assert live.sent[-1].endswith("/stop")
            live.page.get_by_role("link", name="Live camera").click()
            live.says("Best shot ·")
            live.start()
            live.gains("frames", 5)
            live.gains("ratings", 1)


def test_it_goes_on_with_a_server_that_took_the_place_of_another(camera, model_path):
    settings = {"STREAMLIT_SERVER_PORT": free_port(), "ICE_SERVERS": "none"}
    with contextlib.ExitStack() as page:
        with Server(model_path, **settings) as server:
            live = page.enter_context(Live(camera, server.address).start())
            live.says("Best shot ·")
            before = live.sent[0][:43]
        with Server(model_path, **settings):
            while live.sent[-1].startswith(before):
                live.page.wait_for_timeout(250)
            live.gains("ratings", 2)
            assert live.plays()


def test_one_camera_more_than_the_server_watches_waits_for_its_turn(camera, serve):
    with serve(ICE_SERVERS="none", MAX_LIVE_STREAMS="1") as address, Live(camera, address).start() as first:
        first.score()
        with Live(camera, address).start() as second:
            second.says("As many cameras are live as this server can watch")
            first.press("Stop")
            assert second.score() > 50


def test_a_film_goes_through_the_relay_alone_and_pictures_come_when_it_dies(camera, serve):
    port = free_port(socket.SOCK_DGRAM)
    urls = f"turn:127.0.0.1:{port}?transport=udp"
    with (
        serve(ICE_SERVERS=urls, TURN_USERNAME="selfie", TURN_PASSWORD="secret") as address,
        Live(camera, address, RELAY_ONLY) as live,
    ):
        with relay(port) as turn:
            live.start().runs_by("webrtc")
            live.gains("frames", 20)
            turn.kill()
            live.runs_by("snapshots")
            live.gains("ratings", 2)
        with relay(port):
            live.runs_by("webrtc")
            live.gains("frames", 20)


def test_a_film_alone_that_does_not_get_through_is_answered_with_what_to_do(camera, serve):
    port = free_port(socket.SOCK_DGRAM)
    urls = f"turn:127.0.0.1:{port}?transport=udp"
    settings = {"ICE_SERVERS": urls, "TURN_USERNAME": "selfie", "TURN_PASSWORD": "wrong", "LIVE_TRANSPORT": "webrtc"}
    with relay(port), serve(**settings) as address, Live(camera, address, RELAY_ONLY).start() as live:
        live.says("TURN server")

"""The pages in Firefox ESR, by its own WebDriver BiDi: photo, camera, compare, clip, live both ways."""

import re
from collections.abc import Iterator

import pytest
from PIL import Image
from playwright.sync_api import expect

from tests.e2e import test_compare, test_first_look, test_upload
from tests.e2e.test_pages import LIMIT_MS, open_page, shots
from tests.e2e.test_shutter import View
from tests.films import film
from tests.programs import executable
from tests.server import Server

PREFERENCES = {
    # A camera that shows one colour, and is given without a question.
    "media.navigator.streams.fake": True,
    "media.navigator.permission.disabled": True,
    # Both ends of a stream are on this machine.
    "media.peerconnection.ice.loopback": True,
    "media.peerconnection.ice.obfuscate_host_addresses": False,
}


@pytest.fixture(scope="module")
def firefox(playwright) -> Iterator:
    """Firefox as Debian has it, which the channel's name says; not a build of Playwright's own."""
    browser = playwright.firefox.launch(
        channel="moz-firefox",
        executable_path=executable("firefox-esr", "firefox"),
        headless=True,
        firefox_user_prefs=PREFERENCES,
    )
    yield browser
    browser.close()


@pytest.fixture(scope="module")
def server(model_path) -> Iterator[Server]:
    with Server(model_path) as server:
        yield server


def opened(firefox, address: str, path: str):
    """Open a page and wait until it stands still: what is chosen while it is drawn may be lost."""
    page = open_page(firefox, address, path, "light")
    page.locator(test_first_look.STILL).wait_for(timeout=LIMIT_MS)
    return page


@pytest.mark.parametrize("width", [1280, 390])
def test_a_portrait_is_rated(firefox, server, portrait, width):
    test_upload.test_a_portrait_is_rated_in_the_browser(firefox, server.address, portrait, width, "light")


def test_a_photo_is_taken_as_large_as_the_film(firefox, server):
    with View(firefox, server, viewport=test_first_look.PHONE).is_ready() as view:
        film = view.page.get_by_label("Your camera").evaluate("video => [video.videoWidth, video.videoHeight]")
        assert view.page.evaluate("document.documentElement.scrollWidth") <= test_first_look.PHONE["width"]
        view.shoot()
        [photo] = view.report()
    assert photo["size_wh"] == film
    assert photo["faces"] == []


def test_before_and_after_are_compared(firefox, server):
    test_first_look.test_before_and_after_are_compared_by_keys_and_by_dragging(firefox, server.address)


def test_shots_are_compared_by_keys(firefox, server, portrait):
    page = opened(firefox, server.address, "compare")
    page.locator("input[type=file]").set_input_files(shots(portrait, 3))
    page.locator("figure.current").get_by_text("2.").wait_for(timeout=LIMIT_MS)
    test_compare.test_keys_walk_pin_and_decide(page)
    page.close()


def test_the_best_moments_of_a_clip_are_found(firefox, server, astronaut):
    page = opened(firefox, server.address, "clip")
    clip = film([astronaut] * 20, "webm", "libvpx-vp9")
    page.locator("input[type=file]").set_input_files({"name": "me.webm", "mimeType": "video/webm", "buffer": clip})
    page.get_by_text("The best moments").wait_for(timeout=LIMIT_MS)
    with page.expect_download() as download:
        page.get_by_role("button", name="Download").first.click()
    with Image.open(download.value.path()) as picture:
        assert picture.size == astronaut.shape[1::-1]
    page.close()


@pytest.mark.parametrize(("transport", "way"), [("webrtc", "Sent as a film"), ("snapshots", "Sent as single pictures")])
def test_what_the_live_camera_sees_is_rated_and_a_shot_has_its_size(firefox, model_path, transport, way):
    with Server(model_path, ICE_SERVERS="none", LIVE_TRANSPORT=transport, REALTIME_INTERVAL=1) as server:
        page = opened(firefox, server.address, "live")
        page.get_by_role("button", name="Start", exact=True).click()
        expect(page.locator(".way")).to_contain_text(way, timeout=LIMIT_MS)
        expect(page.locator(".tip").first).to_have_text("Show your face to the camera")
        page.get_by_text(re.compile(r"^\d+ frames · ([2-9]|\d\d+) ratings")).wait_for(timeout=LIMIT_MS)
        size = page.get_by_label("Your camera").evaluate("video => `${video.videoWidth} x ${video.videoHeight}`")
        page.get_by_role("button", name="Take a shot").click()
        page.get_by_text(f"Kept shot · {size}").wait_for(timeout=LIMIT_MS)
        page.get_by_role("button", name="Stop", exact=True).click()
        page.get_by_role("button", name="Start", exact=True).wait_for(timeout=LIMIT_MS)
        page.close()

"""The pages in WebKit, as Safari has it: photo, camera, compare, clip, live, at a phone's width too."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from PIL import Image

from tests.e2e.webkit import WebKit, webkit
from tests.films import film
from tests.server import Server

# Selenium's own, from within its start of this browser.
pytestmark = pytest.mark.filterwarnings("ignore:setting remote_server_addr:DeprecationWarning")
PHONE, DESK = 390, 1280  # pixels wide
SCORE = '[role=img][aria-label^="Photo quality: "] b'


@pytest.fixture(scope="module")
def server(model_path) -> Iterator[Server]:
    with Server(model_path, LIVE_TRANSPORT="snapshots", REALTIME_INTERVAL=1) as server:
        yield server


@pytest.fixture(scope="module")
def browser(tmp_path_factory) -> Iterator[WebKit]:
    with webkit(tmp_path_factory.mktemp("looks")) as browser:
        yield browser


@pytest.fixture(scope="module")
def shots(astronaut, tmp_path_factory) -> list[Path]:
    """The portrait, and two that are darker and darker."""
    folder = tmp_path_factory.mktemp("shots")
    files = [folder / f"{number}.jpg" for number in range(3)]
    for number, file in enumerate(files):
        Image.fromarray(astronaut // (1 + number)).save(file, quality=92)
    return files


def size_of(browser: WebKit, film: str) -> tuple[int, int]:
    size = "return [arguments[0].videoWidth, arguments[0].videoHeight]"
    return tuple(browser.driver.execute_script(size, browser.find(film)))


@pytest.mark.parametrize("width", [DESK, PHONE])
def test_a_portrait_is_rated(browser, server, shots, width):
    browser.open(server.address, width)
    browser.says("Drop a photo to see")
    browser.upload(shots[0])
    assert 0 < int(browser.find(SCORE).text) <= 100
    browser.says("Keep this one")
    browser.assert_fits(width)


def test_a_photo_is_taken_as_large_as_the_film(browser, server):
    browser.open(server.address, PHONE)
    browser.click("Camera")
    width, height = size_of(browser, "section.ready video")
    browser.assert_fits(PHONE)
    browser.find(".shoot").click()
    browser.says("no face was found")
    assert server.wait_for(f"{width}x{height} px")


def test_what_the_live_camera_sees_is_rated_and_a_shot_has_its_size(browser, server):
    browser.open(f"{server.address}/live", PHONE)
    browser.find("section.off .start").click()
    browser.says("Sent as single pictures")
    browser.says("Show your face to the camera")
    browser.says(r"\b([2-9]|\d\d+) ratings")
    browser.assert_fits(PHONE)
    width, height = size_of(browser, "section.on video")
    browser.find(".shoot").click()
    browser.says(f"Kept shot · {width} x {height}")
    browser.assert_fits(DESK)
    browser.find(".stop").click()
    browser.find("section.off")


def test_before_and_after_are_compared(browser, server, shots):
    browser.open(server.address, PHONE)
    browser.upload(shots[1])
    slider = browser.find("[type=range]")
    line = "return getComputedStyle(arguments[0].parentElement).getPropertyValue('--at')"
    slider.send_keys("\ue014" * 3)  # to the right
    assert browser.driver.execute_script(line, slider) == "53%"


def test_shots_are_compared_by_keys(browser, server, shots):
    browser.open(f"{server.address}/compare", DESK)
    browser.upload(*shots)
    assert "2." in browser.find("figure.current").text
    browser.driver.find_element("tag name", "body").send_keys("x")
    browser.says("3 photos: 1 to keep, 1 undecided, 1 to reject")
    browser.assert_fits(PHONE)


def test_the_best_moments_of_a_clip_are_found(browser, server, astronaut, tmp_path):
    clip = tmp_path / "me.mp4"
    clip.write_bytes(film([astronaut] * 20))
    browser.open(f"{server.address}/clip", PHONE)
    browser.upload(clip)
    browser.says("The best moments")
    browser.assert_fits(PHONE)

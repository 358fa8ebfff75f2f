"""A photo by the camera in a real browser: at full size, by the timer, by keys alone, and seen or it is off."""

import io
import json
import re
from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image

from tests.server import Server

from .conftest import score_of
from .test_pages import LIMIT_MS, assert_fits_a_phone, assert_open_to_all

FAKE_CAMERA = ("--use-fake-ui-for-media-stream", "--use-fake-device-for-media-stream")
SIZE_WH = 1920, 1080
# What the page has opened can be asked whether it still runs.
REMEMBER = """
window.opened = [];
const devices = navigator.mediaDevices;
const open = devices.getUserMedia.bind(devices);
devices.getUserMedia = async wanted => {
  const stream = await open(wanted);
  window.opened.push(...stream.getTracks());
  return stream;
};
"""
ALL_LOOK_AT_THE_USER = """
const settings = MediaStreamTrack.prototype.getSettings;
MediaStreamTrack.prototype.getSettings = function () { return { ...settings.call(this), facingMode: "user" }; };
"""
NO_SENSOR = "delete window.ImageCapture;"
LATE_SENSOR = "ImageCapture.prototype.takePhoto = () => new Promise(() => null);"
INSECURE = "Object.defineProperty(Navigator.prototype, 'mediaDevices', { value: undefined });"
NO_LARGE_FILM = """
const open = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices);
navigator.mediaDevices.getUserMedia = wanted =>
  wanted.video.width.ideal > 1920 ? Promise.reject(new DOMException("too much", "NotReadableError")) : open(wanted);
"""
IN_USE = """
const open = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices);
let tries = 0;
navigator.mediaDevices.getUserMedia = wanted => {
  tries += 1;
  return tries > 2 ? open(wanted) : Promise.reject(new DOMException("in use", "NotReadableError"));
};
"""


@pytest.fixture(scope="module")
def camera(launch, astronaut, tmp_path_factory):
    """A browser whose camera shows the portrait: its face is on the left."""
    portrait = cv2.resize(astronaut, (SIZE_WH[1], SIZE_WH[1]), interpolation=cv2.INTER_CUBIC)
    frame = cv2.copyMakeBorder(portrait, 0, 0, 0, SIZE_WH[0] - SIZE_WH[1], cv2.BORDER_REPLICATE)
    return launch(*FAKE_CAMERA, shows(tmp_path_factory.mktemp("camera") / "portrait.mjpeg", frame))


def shows(film: Path, pixels) -> str:
    """Make a film of one picture; return the flag by which the camera shows it."""
    frame = io.BytesIO()
    Image.fromarray(pixels).save(frame, "JPEG", quality=98)
    film.write_bytes(frame.getvalue() * 5)
    return f"--use-file-for-fake-video-capture={film}"


@pytest.fixture(scope="module")
def server(model_path) -> Iterator[Server]:
    with Server(model_path) as server:
        yield server


class View:
    """The camera's view on the photo page."""

    def __init__(self, browser, server: Server, script: str = "", **options) -> None:
        self.page = browser.new_page(**options)
        self.page.add_init_script(script)
        self.page.goto(server.address)
        self.choose("Camera")

    def __enter__(self) -> "View":
        return self

    def __exit__(self, *_: object) -> None:
        self.page.close()

    @property
    def score(self):
        """Of the photo, once it has been rated."""
        return score_of(self.page)

    def choose(self, source: str) -> None:
        self.page.get_by_role("radio", name=source).or_(self.page.get_by_role("button", name=source)).first.click()

    def is_ready(self) -> "View":
        self.page.locator("section.ready").wait_for(timeout=LIMIT_MS)
        return self

    def shoot(self) -> None:
        self.page.get_by_role("button", name="Take the photo").click(timeout=LIMIT_MS)

    def report(self) -> list[dict]:
        """Return the JSON report of the photo, once it has been rated."""
        self.score.wait_for(timeout=LIMIT_MS)
        self.page.get_by_text("Save a report").click()
        with self.page.expect_download() as download:
            self.page.get_by_role("button", name="JSON").click()
        return json.loads(download.value.path().read_bytes())

    def says(self, words: str) -> None:
        self.page.locator(".note").get_by_text(words).wait_for(timeout=LIMIT_MS)


@pytest.mark.parametrize("script", ["", NO_SENSOR, LATE_SENSOR], ids=["by the sensor", "by the film", "in the end"])
def test_the_whole_frame_is_rated_and_not_as_in_the_mirror(camera, server, script):
    with View(camera, server, script).is_ready() as view:
        seen = view.page.get_by_label("Your camera")
        assert seen.evaluate("video => getComputedStyle(video).transform") == "matrix(-1, 0, 0, 1, 0, 0)"
        view.shoot()
        report = view.report()
    [photo] = report
    assert photo["size_wh"] == [*SIZE_WH]
    [face] = photo["faces"]
    assert face["box_xywh"][0] < SIZE_WH[0] / 2


def test_a_camera_that_cannot_give_its_largest_film_gives_a_smaller_one(launch, server):
    with View(launch(*FAKE_CAMERA), server, NO_LARGE_FILM).is_ready() as view:
        film = view.page.get_by_label("Your camera").evaluate("video => [video.videoWidth, video.videoHeight]")
    assert film == [*SIZE_WH]


def test_a_film_with_more_pixels_than_the_sensor_says_is_taken_instead(launch, server):
    with View(launch(*FAKE_CAMERA), server).is_ready() as view:
        film = view.page.get_by_label("Your camera").evaluate("video => [video.videoWidth, video.videoHeight]")
        assert film[0] > SIZE_WH[0]
        view.shoot()
        view.score.wait_for(timeout=LIMIT_MS)
        server.wait_for(f"{film[0]}x{film[1]} px")


def test_a_photo_is_no_larger_than_what_is_taken(launch, model_path, tmp_path):
    grainy = np.random.default_rng(0).normal(128, 12, (SIZE_WH[1], SIZE_WH[0], 3)).astype(np.uint8)
    with (
        Server(model_path, MAX_FILE_MB=1) as server,
        View(launch(*FAKE_CAMERA, shows(tmp_path / "grain.mjpeg", grainy)), server).is_ready() as view,
    ):
        at_best = view.page.get_by_label("Your camera").evaluate(
            """video => {
                const canvas = document.createElement("canvas");
                [canvas.width, canvas.height] = [video.videoWidth, video.videoHeight];
                canvas.getContext("2d").drawImage(video, 0, 0);
                return new Promise(done => canvas.toBlob(blob => done(blob.size), "image/jpeg", 0.95));
            }"""
        )
        assert at_best > 2**20
        view.shoot()
        view.score.wait_for(timeout=LIMIT_MS)


def test_the_timer_counts_and_can_be_stopped(camera, server):
    with View(camera, server).is_ready() as view:
        view.page.get_by_role("button", name="3 s timer").click()
        view.shoot()
        view.page.locator(".count").get_by_text("3").wait_for(timeout=LIMIT_MS)
        view.page.get_by_role("button", name="Stop the timer").click()
        view.is_ready()
        view.shoot()
        for number in "321":
            view.page.get_by_role("status").get_by_text(number, exact=True).wait_for(timeout=LIMIT_MS)
        view.page.get_by_role("button", name="Take another").click(timeout=LIMIT_MS)
        view.is_ready()
        timer = view.page.get_by_role("button", name="3 s timer")
        assert timer.get_attribute("aria-pressed") == "true"  # as it was


@pytest.mark.parametrize("leave", ["shot", "File", "another page", "during the count"])
def test_the_camera_goes_out_with_the_shot_and_whenever_it_is_not_seen(camera, server, leave):
    with View(camera, server, REMEMBER, bypass_csp=True).is_ready() as view:
        assert view.page.evaluate("opened.map(track => track.readyState)") == ["live"]
        if leave == "shot":
            view.shoot()
        elif leave == "another page":
            view.page.get_by_role("link", name="Clip", exact=True).click()
        else:
            if leave == "during the count":
                view.page.get_by_role("button", name="3 s timer").click()
                view.shoot()
            view.choose("File")
        view.page.wait_for_function("opened.every(track => track.readyState === 'ended')", timeout=LIMIT_MS)
        if leave == "shot":
            view.score.wait_for(timeout=LIMIT_MS)
        elif leave != "another page":
            view.page.locator("input[type=file]").wait_for(state="attached", timeout=LIMIT_MS)
        assert view.page.evaluate("opened.length") == 1


def test_a_camera_that_opens_too_late_goes_out_at_once(camera, server):
    late = f"{REMEMBER}\nconst soon = devices.getUserMedia;" + (
        "devices.getUserMedia = wanted => new Promise(done => { window.give = done; }).then(() => soon(wanted));"
    )
    with View(camera, server, late, bypass_csp=True) as view:
        view.says("The camera starts")
        view.choose("File")
        view.page.get_by_label("Your camera").wait_for(state="detached", timeout=LIMIT_MS)
        view.page.evaluate("give()")
        view.page.wait_for_function("opened.length === 1 && opened[0].readyState === 'ended'", timeout=LIMIT_MS)


def test_of_two_cameras_the_other_one_can_be_had(launch, server):
    browser = launch("--use-fake-ui-for-media-stream", "--use-fake-device-for-media-stream=device-count=2")
    with View(browser, server, REMEMBER, bypass_csp=True).is_ready() as view:
        view.page.get_by_role("button", name="Other camera").click()
        view.page.wait_for_function("opened.length === 2", timeout=LIMIT_MS)
        view.is_ready()
        first, second = view.page.evaluate("opened.map(track => [track.readyState, track.getSettings().deviceId])")
        assert (first[0], second[0]) == ("ended", "live")
        assert first[1] != second[1]


def test_where_no_camera_looks_the_other_way_the_next_one_can_be_had(launch, server):
    browser = launch("--use-fake-ui-for-media-stream", "--use-fake-device-for-media-stream=device-count=2")
    with View(browser, server, REMEMBER + ALL_LOOK_AT_THE_USER, bypass_csp=True).is_ready() as view:
        view.page.get_by_role("button", name="Other camera").click()
        view.page.wait_for_function("opened.length === 3", timeout=LIMIT_MS)
        view.is_ready()
        first, *_, last = view.page.evaluate("opened.map(track => [track.readyState, track.getSettings().deviceId])")
        assert (first[0], last[0]) == ("ended", "live")
        assert first[1] != last[1]


def test_one_camera_is_no_choice(camera, server):
    with View(camera, server).is_ready() as view:
        assert view.page.get_by_role("button", name="Other camera").count() == 0


def test_a_refused_camera_is_answered_with_what_to_do(launch, server):
    with launch("--use-fake-device-for-media-stream").new_context() as context:
        context.grant_permissions([])  # all but these are refused
        with View(context, server) as view:
            view.says("The camera was refused")
            view.page.get_by_role("button", name="Start the camera").click()
            view.says("The camera was refused")
            context.grant_permissions(["camera"])
            view.is_ready()


def test_a_missing_camera_is_answered_with_what_to_do(browser, server):
    with View(browser, server) as view:
        view.says("No camera was found")


def test_a_page_without_https_is_answered_with_what_to_do(camera, server):
    with View(camera, server, INSECURE) as view:
        view.says("open this page with https://")


def test_a_camera_in_use_is_answered_with_what_to_do(camera, server):
    with View(camera, server, IN_USE) as view:
        view.says("close whatever else uses it")
        view.page.get_by_role("button", name="Start the camera").press("Enter")
        view.is_ready()
        view.page.keyboard.press("Enter")  # the focus has gone on to the shutter
        view.score.wait_for(timeout=LIMIT_MS)


def test_a_camera_that_is_taken_away_ends_the_count(camera, server):
    with View(camera, server, REMEMBER).is_ready() as view:
        view.page.get_by_role("button", name="3 s timer").click()
        view.shoot()
        view.page.locator("section.counting").wait_for(timeout=LIMIT_MS)
        view.page.evaluate("opened[0].dispatchEvent(new Event('ended'))")  # as browsers do
        view.says("close whatever else uses it")
        view.page.get_by_role("button", name="Start the camera").click()
        view.is_ready().shoot()
        view.page.get_by_role("button", name="Stop the timer").click()
        view.is_ready()
        assert view.page.evaluate("opened.map(track => track.readyState)") == ["ended", "live"]


@pytest.mark.parametrize("answer", [None, 404, 503], ids=["no network", "no such upload", "a full server"])
def test_a_photo_that_does_not_arrive_can_be_taken_again(camera, server, answer):
    with View(camera, server).is_ready() as view:
        refuse = (lambda route: route.fulfill(status=answer)) if answer else (lambda route: route.abort())
        view.page.route(re.compile("/_stcore/upload_file/"), refuse)
        view.shoot()
        view.says("The photo did not arrive")
        view.page.unroute(re.compile("/_stcore/upload_file/"))
        view.is_ready().shoot()
        view.score.wait_for(timeout=LIMIT_MS)


def test_what_is_told_while_the_connection_is_broken_is_told_again(camera, server):
    lost = []

    def between(socket) -> None:
        beyond = socket.connect_to_server()
        socket.on_message(
            lambda message: lost.append(message) if b"arrived" in message and not lost else beyond.send(message)
        )

    with camera.new_context() as context:
        context.route_web_socket(re.compile("/_stcore/stream"), between)
        with View(context, server).is_ready() as view:
            view.shoot()
            view.score.wait_for(timeout=LIMIT_MS)
    assert len(lost) == 1


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_keys_alone_take_a_photo_and_screen_readers_are_told(camera, server, scheme):
    with View(camera, server, bypass_csp=True, color_scheme=scheme).is_ready() as view:
        assert view.page.get_by_role("status").get_by_text("The camera is on").count() == 1
        view.page.mouse.move(0, 0)
        assert_open_to_all(view.page)
        assert_fits_a_phone(view.page)
        view.page.get_by_role("button", name="3 s timer").focus()
        view.page.keyboard.press("Space")
        view.page.keyboard.press("Tab")
        view.page.keyboard.press("Enter")
        view.page.locator("section.counting").wait_for(timeout=LIMIT_MS)
        assert_open_to_all(view.page)
        view.score.wait_for(timeout=LIMIT_MS)

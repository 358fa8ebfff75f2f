"""A real browser sends a fake camera's portrait to a real server, both ways, and shows what comes of it."""

import io
import itertools
import re
from collections.abc import Iterator
from pathlib import Path

import cv2
import pytest
from PIL import Image

from sqrt.rating import Rater
from sqrt.reading import load_photo

from .conftest import score_of
from .live_page import FAKE_CAMERA, RELAY_ONLY, WAIT_MS, WAYS, Live, moving_portrait
from .test_pages import assert_fits_a_phone, assert_open_to_all

FULL_WH = 1920, 1080
LOOKS_AWAY = """
const settings = MediaStreamTrack.prototype.getSettings;
MediaStreamTrack.prototype.getSettings = function () { return { ...settings.call(this), facingMode: "environment" }; };
"""
# What is spoken takes a second here, and is not heard.
LISTEN = """
window.heard = [];
window.sounds = 0;
const speech = {
  speaking: false,
  pending: false,
  cancel() { this.speaking = false; },
  speak(utterance) {
    window.heard.push({ at: performance.now(), text: utterance.text, language: utterance.lang, over: this.speaking });
    this.speaking = true;
    setTimeout(() => { this.speaking = false; }, 1000);
  },
};
Object.defineProperty(window, "speechSynthesis", { value: speech });
const begin = AudioBufferSourceNode.prototype.start;
AudioBufferSourceNode.prototype.start = function () { window.sounds += 1; begin.call(this); };
"""


@pytest.fixture(scope="module")
def camera(launch, tmp_path_factory):
    """A browser whose camera plays a slowly moving portrait."""
    return launch(*moving_portrait(tmp_path_factory.mktemp("camera") / "portrait.y4m"))


@pytest.fixture(scope="module")
def large(astronaut):
    """The portrait as a camera of today sees it."""
    portrait = cv2.resize(astronaut, (FULL_WH[1], FULL_WH[1]), interpolation=cv2.INTER_CUBIC)
    return cv2.copyMakeBorder(portrait, 0, 0, 420, 420, cv2.BORDER_REPLICATE)


@pytest.fixture(scope="module")
def large_camera(launch, large, tmp_path_factory):
    """A browser whose camera shows that."""
    film = tmp_path_factory.mktemp("camera") / "portrait.mjpeg"
    frame = io.BytesIO()
    Image.fromarray(large).save(frame, "JPEG", quality=98)
    film.write_bytes(frame.getvalue() * 5)
    return launch(*FAKE_CAMERA, f"--use-file-for-fake-video-capture={film}")


@pytest.fixture(scope="module")
def server(serve) -> Iterator[str]:
    with serve(ICE_SERVERS="none") as address:
        yield address


@pytest.fixture(scope="module", params=[*WAYS])
def one_way(request, serve) -> Iterator[tuple[str, str]]:
    """A server that takes pictures by one way alone; its address and that way."""
    with serve(ICE_SERVERS="none", LIVE_TRANSPORT=request.param) as address:
        yield address, request.param


def test_the_stream_is_rated_at_the_interval_and_the_knob_turns_it(camera, one_way):
    address, way = one_way
    with Live(camera, address).start() as live:
        assert 50 < live.score() <= 100
        live.runs_by(way)
        assert live.plays()
        before = live.gains("ratings", 1)
        after = live.gains("ratings", 3)
        frames_per_rating = (after["frames"] - before["frames"]) / (after["ratings"] - before["ratings"])
        live.set_interval(0.2)
        before = live.gains("ratings", 2)
        after = live.gains("ratings", 12)
        faster = (after["frames"] - before["frames"]) / (after["ratings"] - before["ratings"])
        if way == "snapshots":
            assert abs(after["frames"] - before["frames"] - after["ratings"] + before["ratings"]) <= 1
            assert not any("/offer" in path for path in live.sent)
        else:
            # Ten times as many ratings mean a tenth of the frames between two, if frames come at a steady rate; on a
            # busy machine they do not.
            assert faster < 0.75 * frames_per_rating


def test_single_pictures_are_sent_until_a_film_flows(camera, server):
    with Live(camera, server).start() as live:
        live.score()
        live.runs_by("webrtc")
        live.gains("frames", 20)
        assert live.sent.count(live.sent[0].partition("/")[0] + "/offer") == 1


def test_where_no_film_gets_through_single_pictures_are_sent(camera, server):
    with Live(camera, server, RELAY_ONLY).start() as live:
        assert live.score() > 50
        live.runs_by("snapshots")
        live.gains("ratings", 2)
        assert live.page.locator(".target").get_attribute("rx") is not None
        corners = live.page.locator(".main")
        assert (before := corners.get_attribute("d"))
        live.page.wait_for_timeout(500)
        assert corners.get_attribute("d") not in ("", before)  # the face has moved, and they with it


@pytest.mark.parametrize("attempt", range(6))
def test_start_works_on_fresh_pages(camera, server, attempt):
    with Live(camera, server).start() as live:
        live.until("ratings", lambda ratings: ratings >= 1)
        live.gains("frames", 5)


def test_bursts_of_knob_changes_do_not_stop_what_plays(camera, server):
    with Live(camera, server).start() as live:
        live.score()
        for burst in range(6):
            for step in range(4):
                live.set_interval(1 + 0.1 * ((burst + step) % 5))
            live.gains("frames", 3)
        live.gains("ratings", 2)
        assert live.plays()


def test_a_shot_has_the_cameras_full_size_and_is_rated_as_that(large_camera, one_way, large, settings, engine):
    address, way = one_way
    with Live(large_camera, address).start() as live:
        live.runs_by(way)
        live.says("Shots: 1920 x 1080")
        live.says("Best shot · 1920 x 1080")
        live.press("Stop")
        live.page.get_by_text("live on this server").wait_for(state="hidden", timeout=WAIT_MS)
        live.page.locator('[data-test-script-state="notRunning"]').wait_for(timeout=WAIT_MS)
        live.says("Best shot · 1920 x 1080")
        with live.page.expect_download() as download:
            live.page.get_by_test_id("stDownloadButton").first.click()
        photo = load_photo(Path(download.value.path()).read_bytes())
        assert (photo.format, photo.size_wh) == ("JPEG", FULL_WH)
        assert len(engine.find(photo.pixels)) == 1
        live.page.get_by_role("button", name="Rate it in full").first.click()
        score = score_of(live.page)
        score.wait_for(timeout=WAIT_MS)
        shown = int(score.get_attribute("aria-label").split()[2])
        assert abs(shown - Rater(settings).rate(large).overall) <= 3
        live.page.get_by_role("button", name="Forget these shots").click()
        live.page.get_by_role("button", name="Rate it in full").wait_for(state="hidden", timeout=WAIT_MS)


def test_a_small_camera_sends_nothing_twice(camera, server):
    with Live(camera, server).start() as live:
        live.says("Best shot · 640 x 480")
        live.says("Shots: 640 x 480")
        live.gains("ratings", 1)
        assert not any("/shot" in path for path in live.sent)


def test_a_shot_keeps_itself_while_the_score_stays_high(large_camera, server):
    with Live(large_camera, server, LISTEN, bypass_csp=True) as live:
        live.start().press("Voice")
        live.page.get_by_text("Keep a shot by itself").click(timeout=WAIT_MS)
        live.page.wait_for_function("heard.some(one => one.text === 'Hold still')", timeout=WAIT_MS)
        live.says("Kept shot · 1920 x 1080")
        assert any("kind=kept" in path for path in live.sent)
        assert live.page.evaluate("sounds") == 1


def test_the_shutter_takes_a_shot_at_once_or_by_a_timer_that_can_be_stopped(large_camera, server):
    with Live(large_camera, server, LISTEN, bypass_csp=True).start() as live:
        live.score()
        live.press("Take a shot")
        live.says("Shot kept: ")
        live.says("Kept shot · 1920 x 1080")
        live.press("Timer: off")
        live.press("Timer: 3 seconds")
        live.press("Timer: 10 seconds")
        live.press("Timer: off")
        live.press("Voice")
        live.press("Take a shot")
        live.page.locator(".count").get_by_text("3").wait_for(timeout=WAIT_MS)
        live.press("Stop the timer")
        live.page.locator(".count").wait_for(state="hidden", timeout=WAIT_MS)
        live.press("Take a shot")
        for number in "321":
            live.page.get_by_role("status").get_by_text(number, exact=True).wait_for(timeout=WAIT_MS)
        live.page.wait_for_function("sounds === 2", timeout=WAIT_MS)
        assert [one["text"] for one in live.page.evaluate("heard")][-3:] == ["3", "2", "1"]


def test_tips_are_spoken_no_more_often_than_one_can_follow(camera, server):
    tips = itertools.cycle(["Näher heran", "Zum Fenster drehen"])

    def with_tip(route) -> None:
        answer = route.fetch()
        route.fulfill(response=answer, json={**answer.json(), "tips": [next(tips)]})

    with Live(camera, server, LISTEN + LOOKS_AWAY, locale="de", bypass_csp=True) as live:
        live.page.route(re.compile(r"/live/[\w-]+$"), with_tip)
        live.page.locator(".start").click(timeout=WAIT_MS)
        live.page.locator(".aloud button").click(timeout=WAIT_MS)
        live.page.wait_for_function("heard.length >= 4", timeout=WAIT_MS)
        heard = live.page.evaluate("heard")
        assert {one["language"] for one in heard} == {"de"}
        assert {one["text"] for one in heard[1:]} == {"Näher heran", "Zum Fenster drehen"}
        assert not any(one["over"] for one in heard)
        assert all(after["at"] - before["at"] >= 5000 for before, after in itertools.pairwise(heard))
        said = {}
        for one in heard:
            assert one["at"] - said.get(one["text"], -15_000) >= 15_000
            said[one["text"]] = one["at"]
        live.page.unroute_all(behavior="ignoreErrors")


def test_what_the_back_camera_shows_is_not_mirrored(camera, server):
    for script, mirrored in (("", True), (LOOKS_AWAY, False)):
        with Live(camera, server, script).start() as live:
            live.score()
            transform = live.page.get_by_label("Your camera").evaluate("video => getComputedStyle(video).transform")
            assert (transform == "matrix(-1, 0, 0, 1, 0, 0)") == mirrored
            assert live.page.locator(".aloud").is_visible() != mirrored


def test_a_refused_camera_is_answered_with_what_to_do(launch, server):
    with launch("--use-fake-device-for-media-stream").new_context() as context, Live(context, server) as live:
        context.grant_permissions([])  # all but these are refused
        live.start()
        live.says("The camera was refused")
        live.start()
        live.says("The camera was refused")
        context.grant_permissions(["camera"])
        live.gains("frames", 1)


def test_a_missing_camera_is_answered_with_what_to_do(browser, server):
    with Live(browser, server).start() as live:
        live.says("No camera was found")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_it_is_open_to_all_and_fits_a_phone(camera, server, scheme):
    with Live(camera, server, color_scheme=scheme, bypass_csp=True) as live:
        live.page.get_by_role("button", name="Start", exact=True).focus(timeout=WAIT_MS)
        live.page.keyboard.press("Enter")
        live.score()
        live.says("Best shot ·")
        assert_open_to_all(live.page)
        assert_fits_a_phone(live.page)
        live.page.get_by_role("status").get_by_text("Excellent").or_(
            live.page.get_by_role("status").get_by_text("Good")
        ).first.wait_for(state="attached", timeout=WAIT_MS)

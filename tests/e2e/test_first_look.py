"""The first look, in a real browser of a phone's size: what a newcomer sees, taps and understands."""

import io

import pytest
from PIL import Image

from sqrt.reading import load_photo
from tests.e2e.conftest import score_of
from tests.e2e.test_pages import LIMIT_MS, THEMES, assert_open_to_all
from tests.server import ROOT, SERVE_SCRIPT, Server

PHONE = {"width": 390, "height": 844}
STILL = '[data-test-script-state="notRunning"]'


def opened(browser, address: str, scheme: str = "light"):
    page = browser.new_page(bypass_csp=True, viewport=PHONE, color_scheme=scheme)
    page.goto(address)
    page.get_by_text("Drop a photo to see").wait_for(timeout=LIMIT_MS)
    page.locator(STILL).wait_for(timeout=LIMIT_MS)
    return page


def try_example(page, name: str = "Try one to fix") -> None:
    page.get_by_role("button", name=name, exact=True).click()
    score_of(page).wait_for(timeout=LIMIT_MS)


def bottom(locator) -> float:
    box = locator.bounding_box()
    return box["y"] + box["height"]


def test_title_ways_and_upload_leave_room_on_a_phone(browser, address):
    page = opened(browser, address)
    assert bottom(page.get_by_test_id("stFileUploader")) <= 200
    for name in ("Photo", "Compare", "Clip", "Live camera"):
        box = page.get_by_role("link", name=name, exact=True).bounding_box()
        assert box["x"] >= 0
        assert box["x"] + box["width"] <= PHONE["width"]
    for name in ("Try a good one", "Try one to fix"):
        assert bottom(page.get_by_role("button", name=name, exact=True)) <= PHONE["height"]
    assert page.get_by_test_id("stSidebar").bounding_box()["x"] < -200  # its knobs are for who looks for them
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
    page.close()


@pytest.mark.parametrize("scheme", THEMES)
def test_an_example_is_one_tap_away_and_its_score_change_and_place_need_no_scrolling(browser, address, scheme):
    page = opened(browser, address, scheme)
    assert_open_to_all(page)
    try_example(page)
    first = page.get_by_role("heading", name="Change first")
    picture = page.get_by_role("img", name="Your photo, and in it: Face")
    for seen in (score_of(page), first, picture):
        seen.wait_for(timeout=LIMIT_MS)
        assert bottom(seen) <= PHONE["height"]
    page.get_by_role("slider").wait_for(timeout=LIMIT_MS)
    assert_open_to_all(page)
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
    page.close()


def test_before_and_after_are_compared_by_keys_and_by_dragging(browser, address):
    page = opened(browser, address)
    try_example(page)
    slider = page.get_by_role("slider", name="How much of the picture")
    slider.wait_for(timeout=LIMIT_MS)
    line = "one => getComputedStyle(one.parentElement).getPropertyValue('--at')"
    assert slider.evaluate(line) == "50%"
    slider.focus()
    for _ in range(3):
        page.keyboard.press("ArrowRight")
    assert slider.evaluate(line) == "53%"
    page.keyboard.press("Home")
    assert slider.evaluate(line) == "0%"
    box = slider.bounding_box()
    slider.scroll_into_view_if_needed()
    box = slider.bounding_box()
    page.mouse.move(box["x"] + 0.3 * box["width"], box["y"] + box["height"] / 2)
    page.mouse.down()
    page.mouse.move(box["x"] + 0.8 * box["width"], box["y"] + box["height"] / 2, steps=5)
    page.mouse.up()
    assert 70 <= float(slider.evaluate(line).rstrip("%")) <= 90
    for picture in page.locator(".stage img").all():
        assert picture.evaluate("one => one.complete && one.naturalWidth") > 0
    page.close()


def test_the_better_photo_is_made_when_asked_for(browser, address, engine):
    page = opened(browser, address)
    try_example(page)
    button = page.get_by_role("button", name="Save the better photo")
    button.wait_for(timeout=LIMIT_MS)
    with page.expect_download(timeout=LIMIT_MS) as download:
        button.click()
    assert download.value.suggested_filename.endswith(".jpg")
    assert download.value.path().read_bytes().startswith(b"\xff\xd8")
    page.close()


def test_a_photo_is_saved_as_it_is_without_where_it_was_taken(browser, address, astronaut):
    exif, file = Image.Exif(), io.BytesIO()
    exif.get_ifd(0x8825).update({1: "N", 2: (48.0, 8.0, 0.0), 3: "E", 4: (11.0, 34.0, 0.0)})
    Image.fromarray(astronaut).save(file, "JPEG", quality=92, exif=exif)
    page = opened(browser, address)
    page.locator("input[type=file]").set_input_files(
        {"name": "me.jpeg", "mimeType": "image/jpeg", "buffer": file.getvalue()}
    )
    button = page.get_by_role("button", name="Save without location")
    button.wait_for(timeout=LIMIT_MS)
    with page.expect_download(timeout=LIMIT_MS) as download:
        button.click()
    assert download.value.suggested_filename.endswith(".jpeg")
    saved = download.value.path().read_bytes()
    before, after = load_photo(file.getvalue()), load_photo(saved)
    assert (before.has_gps, after.has_gps) == (True, False)
    assert len(saved) == len(file.getvalue())
    assert (before.pixels == after.pixels).all()
    page.close()


# The dashboard, where finding what would make a photo better takes long.
SLOW = f"""
import runpy, threading
from sqrt.ui import rated

def slowly(*given, find=rated.suggest_fix):
    threading.Event().wait(6)
    return find(*given)

if rated.suggest_fix.__name__ != "slowly":
    rated.suggest_fix = slowly
runpy.run_path({str(ROOT / "streamlit_app.py")!r}, run_name="page")
"""


def test_nothing_waits_for_what_would_make_it_better(browser, model_path, tmp_path):
    script = tmp_path / "slow.py"
    script.write_text(SLOW)
    with Server(model_path, "-c", SERVE_SCRIPT, str(script)) as server:
        page = opened(browser, server.address)
        try_example(page)
        page.get_by_text("All that was looked at").wait_for(timeout=LIMIT_MS)
        page.get_by_text("What could not be told").wait_for(timeout=LIMIT_MS)
        page.get_by_text("Trying out what would make it better").wait_for(timeout=LIMIT_MS)
        assert page.get_by_role("slider").count() == 0
        page.get_by_role("slider").wait_for(timeout=LIMIT_MS)
        page.close()

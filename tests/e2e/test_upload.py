"""A real browser uploads a portrait to a real server and finds the score."""

import io

import cv2
import pytest
from PIL import Image

from tests.e2e.conftest import open_sidebar, score_of

LIMIT_MS = 60_000


@pytest.mark.parametrize(("width", "scheme"), [(1280, "light"), (390, "dark")])
def test_a_portrait_is_rated_in_the_browser(browser, address, portrait, width, scheme):
    page = browser.new_page(viewport={"width": width, "height": 900}, color_scheme=scheme)
    page.goto(address)
    page.get_by_text("Drop a photo to see").wait_for(timeout=60_000)
    page.locator("input[type=file]").set_input_files(portrait)
    score = score_of(page)
    score.wait_for(timeout=60_000)
    assert 0 < int(score.locator("b").inner_text()) <= 100
    page.get_by_role("heading", name="Keep this one").wait_for()
    assert page.locator("img").count() >= 1
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    page.close()


def test_a_bad_file_is_answered_with_a_sentence(browser, address):
    page = browser.new_page()
    page.goto(address)
    page.get_by_text("Drop a photo to see").wait_for(timeout=60_000)
    page.locator("input[type=file]").set_input_files(
        {"name": "selfie.jpg", "mimeType": "image/jpeg", "buffer": b"this is text"}
    )
    page.get_by_test_id("stAlert").filter(has_text="photo").first.wait_for(timeout=60_000)
    page.get_by_role("button", name="Try a good one", exact=True).wait_for(timeout=60_000)
    assert page.get_by_test_id("stException").count() == 0
    page.close()


@pytest.mark.parametrize(("width", "scheme"), [(1280, "light"), (390, "dark")])
def test_a_photo_and_what_was_chosen_for_it_are_there_again_after_another_page(
    browser, address, astronaut, width, scheme
):
    file = io.BytesIO()
    far = cv2.copyMakeBorder(astronaut, 500, 100, 400, 400, cv2.BORDER_REPLICATE)
    Image.fromarray(far).save(file, "JPEG", quality=92)
    name = f"{'far away ' * 20}*bold*.jpg"  # the longest that a phone must show
    page = browser.new_page(viewport={"width": width, "height": 900}, color_scheme=scheme)
    page.goto(address)
    page.get_by_text("Drop a photo to see").wait_for(timeout=LIMIT_MS)
    page.locator("input[type=file]").set_input_files(
        {"name": name, "mimeType": "image/jpeg", "buffer": file.getvalue()}
    )
    score = score_of(page)
    score.wait_for(timeout=LIMIT_MS)
    rated = score.inner_text()
    shown = page.get_by_role("button", name="Show", exact=True)
    thirds = page.get_by_role("button", name="Thirds").or_(page.get_by_role("radio", name="Thirds"))
    shown.click()
    thirds.click()
    page.get_by_role("img", name="Thirds").wait_for(timeout=LIMIT_MS)
    page.keyboard.press("Escape")
    page.get_by_role("switch", name="Crop it").or_(page.get_by_role("checkbox", name="Crop it")).wait_for()
    page.get_by_text("Crop it").click()
    page.get_by_text("nothing is changed").wait_for(timeout=LIMIT_MS)
    page.locator("summary").filter(has_text="Sharpness").press("Enter")
    page.get_by_text("The measure behind it").wait_for(timeout=LIMIT_MS)

    def assert_as_before():
        page.get_by_role("heading", name="Change first").wait_for(timeout=LIMIT_MS)
        assert score.inner_text() == rated
        page.get_by_text("*bold*").wait_for()
        page.get_by_text("nothing is changed").wait_for(timeout=LIMIT_MS)
        page.get_by_text("The measure behind it").wait_for(timeout=LIMIT_MS)
        page.get_by_role("img", name="Your photo, and in it: Face, Thirds").wait_for(timeout=LIMIT_MS)
        assert page.evaluate("document.documentElement.scrollWidth") <= width

    page.get_by_role("link", name="Compare", exact=True).click()
    page.get_by_text("Drop all the selfies").wait_for(timeout=LIMIT_MS)
    page.get_by_role("link", name="Photo", exact=True).click()
    assert_as_before()
    open_sidebar(page)
    page.get_by_role("link", name="Status").click()
    page.get_by_text("Response time, median").wait_for(timeout=LIMIT_MS)
    page.go_back()
    assert_as_before()
    page.get_by_role("button", name="Remove").click()
    page.get_by_text("Drop a photo to see").wait_for(timeout=LIMIT_MS)
    assert score.count() == 0
    page.close()

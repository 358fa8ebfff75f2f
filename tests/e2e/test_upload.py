"""A real browser uploads a portrait to a real server and finds the score."""

import pytest


@pytest.mark.parametrize(("width", "scheme"), [(1280, "light"), (390, "dark")])
def test_a_portrait_is_rated_in_the_browser(browser, address, portrait, width, scheme):
    page = browser.new_page(viewport={"width": width, "height": 900}, color_scheme=scheme)
    page.goto(address)
    page.get_by_text("Drop a photo to see").wait_for(timeout=60_000)
    page.locator("input[type=file]").set_input_files(portrait)
    score = page.get_by_test_id("stMetricValue")
    score.wait_for(timeout=60_000)
    number, _, full = score.inner_text().partition(" / ")
    assert full == "100"
    assert 0 < int(number) <= 100
    page.get_by_text("Change first").wait_for()
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
    page.get_by_text("Drop a photo to see").wait_for(state="hidden", timeout=60_000)
    assert page.get_by_test_id("stException").count() == 0
    page.close()

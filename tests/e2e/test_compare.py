"""The compare page in a real browser: photos are walked, pinned, kept and rejected by keys, and nothing is lost."""

import re

import pytest
from playwright.sync_api import expect

from tests.e2e.conftest import open_sidebar
from tests.e2e.test_pages import LIMIT_MS, open_page, shots


@pytest.fixture
def page(browser, address, portrait):
    """Three shots side by side, the brightest, number 1, pinned; number 2 is looked at."""
    page = open_page(browser, address, "compare", "light")
    page.locator("input[type=file]").set_input_files(shots(portrait, 3))
    expect(page.get_by_role("heading", name="3 almost equal photos")).to_be_visible(timeout=LIMIT_MS)
    expect(looked_at(page)).to_contain_text("2.")
    yield page
    page.close()


def looked_at(page):
    return page.locator("figure.current")


def marks(page):
    """Return the marks in the strip, the best photo's first."""
    return page.locator(".strip .decision")


def test_keys_walk_pin_and_decide(page):
    expect(page.locator("figure.pinned")).to_contain_text("Pinned: 1.")
    expect(marks(page)).to_have_text(["✓ Keep", "? Undecided", "? Undecided"])
    page.keyboard.press("x")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("k")
    page.keyboard.press("p")
    expect(marks(page)).to_have_text(["✓ Keep", "✕ Reject", "✓ Keep"])
    expect(looked_at(page)).to_contain_text("Pinned: 3.")
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("u")
    expect(page.locator("figure.pinned")).to_contain_text("Pinned: 3.")
    expect(marks(page).nth(1)).to_have_text("? Undecided")
    expect(page.get_by_role("status").filter(has_text="Undecided: number 2")).to_be_attached()
    expect(page.get_by_text("3 photos: 2 to keep, 1 undecided, 0 to reject")).to_be_visible(timeout=LIMIT_MS)


def test_faces_are_of_one_size_and_whole_photos_are_a_key_away(page):
    boxes = [page.locator(f"figure.{one} img").bounding_box() for one in ("pinned", "current")]
    assert boxes[0]["width"] == boxes[1]["width"]
    assert boxes[0]["y"] == boxes[1]["y"]
    shown = looked_at(page).locator("img")
    face = shown.get_attribute("src")
    page.keyboard.press("f")
    expect(shown).not_to_have_attribute("src", face)
    page.keyboard.press("f")
    expect(shown).to_have_attribute("src", face)
    expect(shown).to_have_js_property("complete", True)
    assert shown.evaluate("image => image.naturalWidth") > 100


def test_the_keyboard_alone_reaches_every_button(page):
    strip = page.locator(".strip button")
    strip.nth(1).focus()
    page.keyboard.press("ArrowRight")
    expect(strip.nth(2)).to_be_focused()
    reached = set()
    for _ in range(7):
        page.keyboard.press("Shift+Tab")
        reached.add(page.evaluate("document.activeElement.shadowRoot?.activeElement?.innerText ?? ''"))
    names = " ".join(reached)
    assert all(word in names for word in ("Keep", "Undecided", "Reject", "Pin", "Faces"))


def test_decisions_survive_a_knob_another_page_and_more_photos(page, portrait):
    page.keyboard.press("x")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("k")
    decided = page.get_by_text("2 to keep, 0 undecided, 1 to reject")
    expect(decided).to_be_visible(timeout=LIMIT_MS)
    open_sidebar(page)
    page.get_by_role("spinbutton", name="Smallest face").fill("0.1")
    page.keyboard.press("Enter")
    page.get_by_role("link", name="Photo", exact=True).click()
    expect(decided).to_have_count(0)
    page.get_by_role("link", name="Compare", exact=True).click()
    expect(marks(page)).to_have_text(["✓ Keep", "✕ Reject", "✓ Keep"], timeout=LIMIT_MS)
    page.locator("input[type=file]").set_input_files(shots(portrait, 4)[3:])
    expect(marks(page)).to_have_count(4, timeout=LIMIT_MS)
    # The newcomer may change who stands first, not what was decided.
    expect(page.get_by_text("2 to keep, 1 undecided, 1 to reject")).to_be_visible(timeout=LIMIT_MS)


def test_what_is_decided_leaves_a_narrowed_view(page):
    page.get_by_role("radio", name="Undecided").click()
    expect(marks(page)).to_have_count(2)
    page.keyboard.press("x")
    page.keyboard.press("x")
    expect(page.get_by_text("Nothing here has the mark “Undecided” any more.")).to_be_visible()
    page.get_by_role("radio", name="Reject").click()
    expect(marks(page)).to_have_text(["✕ Reject", "✕ Reject"])
    page.get_by_role("button", name="Decide anew").click()
    expect(page.get_by_text("1 to keep, 2 undecided, 0 to reject")).to_be_visible(timeout=LIMIT_MS)


def test_keys_do_nothing_where_one_types_or_when_they_are_off(page):
    open_sidebar(page)
    page.get_by_role("spinbutton", name="Smallest face").focus()
    page.keyboard.press("k")
    expect(marks(page).nth(1)).to_have_text("? Undecided")
    page.get_by_label("Keys").uncheck()
    page.keyboard.press("k")
    expect(marks(page).nth(1)).to_have_text("? Undecided")
    page.get_by_role("button", name=re.compile("Keep K")).click()
    expect(marks(page).nth(1)).to_have_text("✓ Keep")


def test_a_drop_larger_than_what_is_held_is_rated_in_full(browser, serve, portrait, tmp_path):
    """Forty megabytes, where a visitor may have sixteen: what has no room yet waits in the browser."""
    drop = [tmp_path / f"{number}.jpg" for number in range(40)]
    for number, path in enumerate(drop):
        path.write_bytes(portrait["buffer"] + bytes([number]) * 2**20)
    with serve(MAX_VISITOR_MB="16") as address:
        page = open_page(browser, address, "compare", "light")
        page.locator("input[type=file]").set_input_files(drop)
        expect(page.get_by_text("still to arrive")).to_be_visible(timeout=LIMIT_MS)
        expect(page.get_by_text("40 photos: 1 to keep")).to_be_visible(timeout=LIMIT_MS)
        # One is what was before, until the page has been drawn in full.
        expect(page.locator("input[type=file]")).to_have_count(1, timeout=LIMIT_MS)
        expect(page.get_by_test_id("stFileUploaderFile")).to_have_count(0)
        expect(page.get_by_text("too much")).to_have_count(0)
        page.locator("input[type=file]").set_input_files(drop[:1])
        expect(page.get_by_text("41 photos:")).to_be_visible(timeout=LIMIT_MS)
        page.close()

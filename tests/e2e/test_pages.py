"""Every page in a real browser, in both themes: open to screen readers and keyboards, and as narrow as a phone."""

import io
import re
import urllib.request

import numpy as np
import pytest
from axe_playwright_python.sync_playwright import Axe
from PIL import Image

from sqrt.archiving import schema
from sqrt.rating import Rater
from sqrt.settings import Settings
from tests.archiving.parts import write
from tests.e2e.conftest import score_of
from tests.films import film

THEMES = ["light", "dark"]
LIMIT_MS = 60_000
STANDS_STILL = """
document.querySelector('[data-test-script-state="notRunning"]') !== null
    && document.getAnimations().every(
        one => one.playState !== 'running' || one.effect.getTiming().iterations === Infinity
    )
"""


def open_page(browser, address: str, path: str, scheme: str):
    page = browser.new_page(bypass_csp=True, viewport={"width": 1280, "height": 1000}, color_scheme=scheme)
    page.goto(f"{address}/{path}")
    page.get_by_role("heading", level=1).wait_for(timeout=LIMIT_MS)
    return page


def assert_open_to_all(page) -> None:
    # What is drawn anew or fades in is pale for a moment.
    page.wait_for_function(STANDS_STILL, timeout=LIMIT_MS)
    found = Axe().run(page).response["violations"]
    grave = [f"{one['id']}: {one['nodes'][0]['html']}" for one in found if one["impact"] in ("serious", "critical")]
    assert grave == []


def assert_fits_a_phone(page) -> None:
    page.set_viewport_size({"width": 390, "height": 844})
    page.wait_for_function("document.documentElement.scrollWidth <= 390", timeout=LIMIT_MS)


def held_bytes(address: str) -> int:
    """Return the size of all uploads that the server holds."""
    with urllib.request.urlopen(f"{address}/_stcore/metrics", timeout=60) as answer:
        held = re.search(r"UploadedFileManager.*?\} (\d+)", answer.read().decode())
    return int(held[1]) if held else 0


def shots(portrait: dict, count: int) -> list[dict]:
    """Make a burst: the portrait, and darker and darker ones."""
    pixels = np.asarray(Image.open(io.BytesIO(portrait["buffer"])))
    burst = []
    for number in range(count):
        file = io.BytesIO()
        Image.fromarray(pixels // (1 + number)).save(file, "JPEG")
        burst.append({"name": f"{number} *shot* <b>.jpg", "mimeType": "image/jpeg", "buffer": file.getvalue()})
    return burst


@pytest.mark.parametrize("scheme", THEMES)
def test_the_photo_page(browser, address, portrait, scheme):
    page = open_page(browser, address, "", scheme)
    assert_open_to_all(page)
    page.locator("input[type=file]").set_input_files(portrait)
    score_of(page).wait_for(timeout=LIMIT_MS)
    for number, label in enumerate(("Brightness", "Sharpness")):
        page.locator("summary").filter(has_text=label).press("Enter")
        page.get_by_text("The measure behind it").nth(number).wait_for(timeout=LIMIT_MS)
    assert_open_to_all(page)
    page.get_by_text("The measure behind it").first.click()
    page.get_by_text("Measured here").first.wait_for(timeout=LIMIT_MS)
    assert_open_to_all(page)
    assert_fits_a_phone(page)
    page.close()


@pytest.mark.parametrize("scheme", THEMES)
def test_the_compare_page(browser, address, portrait, scheme):
    page = open_page(browser, address, "compare", scheme)
    before = held_bytes(address)
    text = {"name": "text.jpg", "mimeType": "image/jpeg", "buffer": b"not a photo"}
    page.locator("input[type=file]").set_input_files([*reversed(shots(portrait, 4)), text])
    page.get_by_text("0 *shot* <b>.jpg", exact=True).wait_for(timeout=LIMIT_MS)  # its name as it is
    page.get_by_text("Not rated").wait_for()
    assert_open_to_all(page)
    assert_fits_a_phone(page)
    page.set_viewport_size({"width": 1280, "height": 1000})
    for tab, seen in {"Best first": "img", "Table": "[data-testid=stDataFrame]", "Differences": "svg.marks"}.items():
        page.get_by_role("tab", name=tab).click()
        page.get_by_role("tabpanel").locator(seen).locator("visible=true").first.wait_for(timeout=LIMIT_MS)
        assert_open_to_all(page)
        assert_fits_a_phone(page)
        page.set_viewport_size({"width": 1280, "height": 1000})
    assert held_bytes(address) <= before
    page.close()


@pytest.mark.parametrize("scheme", THEMES)
def test_the_clip_page(browser, address, astronaut, scheme):
    page = open_page(browser, address, "clip", scheme)
    before = held_bytes(address)
    frames = [astronaut] * 20 + [np.fliplr(astronaut)] * 20
    page.locator("input[type=file]").set_input_files(
        {"name": "me.webm", "mimeType": "video/webm", "buffer": film(frames, "webm", "libvpx-vp9")}
    )
    page.get_by_text("The best moments").wait_for(timeout=LIMIT_MS)
    assert_open_to_all(page)
    with page.expect_download() as download:
        page.get_by_role("button", name="Download").first.click()
    with Image.open(download.value.path()) as picture:
        assert picture.size == astronaut.shape[1::-1]
    assert_fits_a_phone(page)
    assert held_bytes(address) <= before
    page.close()


@pytest.fixture(scope="module")
def archive(serve, astronaut, model_path, tmp_path_factory):
    """The address of a server that shows an archive of four shots, of which one is gone, and of what was refused."""
    folder = tmp_path_factory.mktemp("photos")
    rater = Rater(Settings.model_construct(face_model_path=model_path))
    rows = [schema.row("/photos/notes.txt", 1, "1", "This file is not a photo that can be read.", "")]
    for number in range(4):
        path = folder / f"{number} *shot* <b>.jpg"
        Image.fromarray(astronaut // (1 + number)).save(path)
        rows.append(schema.row(str(path), 1, "1", rater.rate(path), ""))
    path.unlink()
    with serve(ARCHIVE_PATH=str(write(folder / "parts", rows[:2], rows[2:]))) as address:
        yield address


@pytest.mark.parametrize("scheme", THEMES)
def test_the_archive_page(browser, archive, scheme):
    page = open_page(browser, archive, "", scheme)
    page.get_by_role("link", name="Archive").click()
    page.get_by_text("0 *shot* <b>.jpg", exact=True).wait_for(timeout=LIMIT_MS)  # its name as it is
    page.get_by_text("This photo is gone, or cannot be read.").wait_for(timeout=LIMIT_MS)
    page.get_by_text("Why photos were refused").click()
    page.get_by_text("1: This file is not a photo").wait_for(timeout=LIMIT_MS)
    assert_open_to_all(page)
    assert_fits_a_phone(page)
    page.get_by_role("radio", name="Worst first").click()
    page.get_by_role("textbox", name="Filter").fill("faces >= 0 and overal > 3")
    page.keyboard.press("Enter")
    page.get_by_text("The filter, at character 16: overal is no column").wait_for(timeout=LIMIT_MS)
    assert_open_to_all(page)
    assert_fits_a_phone(page)
    page.close()


@pytest.mark.parametrize("scheme", THEMES)
@pytest.mark.parametrize(("path", "said"), [("live", "Press Start"), ("status", "Response time, median")])
def test_pages_to_look_at(browser, address, scheme, path, said):
    page = open_page(browser, address, path, scheme)
    page.get_by_text(said).first.wait_for(timeout=LIMIT_MS)
    assert_open_to_all(page)
    assert_fits_a_phone(page)
    page.close()

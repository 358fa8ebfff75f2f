"""The keepers, taken along with a real browser."""

import zipfile
from pathlib import Path

import numpy as np
import pytest
import skimage.data
from axe_playwright_python.sync_playwright import Axe
from PIL import Image
from playwright.sync_api import expect

from sqrt.reading import load_photo
from tests.e2e.test_pages import open_page
from tests.exiftool import tags
from tests.server import SERVE_SCRIPT, Server

LIMIT_MS = 60_000
# A page that holds the files in a folder.
PAGE = """
from pathlib import Path
import streamlit as st
from sqrt.choosing.keepers import Keeper
from sqrt.rating import Rating
from sqrt.ui.taking import offer_keepers

st.title("Compare")
rating = Rating(80, {}, {}, {}, [], [], (4000, 3000), "landmarks")
files = sorted(Path(FOLDER).iterdir())
held = [Keeper(path.name, path.read_bytes(), rating) for path in files]
offer_keepers(lambda: held, len(held), sum(len(one.data) for one in held))
"""


@pytest.fixture(scope="module")
def shots(tmp_path_factory) -> Path:
    """A folder of fifty photos that tell where they were taken."""
    exif = Image.Exif()
    exif[0x8825] = {1: "N", 2: (47.0, 22.0, 0.0), 3: "E", 4: (8.0, 33.0, 0.0)}
    folder = tmp_path_factory.mktemp("shots")
    for number in range(50):
        suffix = ("jpg", "heic", "png", "webp")[number % 4]
        Image.fromarray(skimage.data.astronaut()[number:]).save(folder / f"été {number:02}.{suffix}", exif=exif)
    return folder


@pytest.fixture
def files(shots) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in shots.iterdir()}


def downloaded(page, is_due=lambda got: True) -> dict[str, bytes]:
    """Download the ZIP, anew until it is what is due: a switch takes effect with the page's next run."""
    got: dict[str, bytes] = {}
    for _ in range(20):
        page.locator('[data-test-script-state="notRunning"]').wait_for(timeout=LIMIT_MS)
        with page.expect_download() as download:
            page.get_by_role("link", name="Download 50 photos").click()
        assert download.value.suggested_filename.endswith(".zip")
        with zipfile.ZipFile(download.value.path()) as archive:
            got = {name: archive.read(name) for name in archive.namelist()}
        if is_due(got):
            break
    return got


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_keepers_come_as_they_are_in_one_tap(browser, model_path, shots, files, tmp_path, scheme):
    script = tmp_path / "page.py"
    script.write_text(PAGE.replace("FOLDER", repr(str(shots))))
    with Server(model_path, "-c", SERVE_SCRIPT, str(script)) as server:
        page = browser.new_page(bypass_csp=True, viewport={"width": 390, "height": 844}, color_scheme=scheme)
        said = []
        page.on("console", lambda message: said.append(message.text))
        page.goto(server.address)
        page.get_by_role("link", name="Download 50 photos").wait_for(timeout=LIMIT_MS)
        assert downloaded(page) == files

        page.get_by_text("Without location").click()
        page.get_by_text("With ratings for photo software").click()
        got = downloaded(page, lambda got: any(name.endswith(".xmp") for name in got))
        assert sorted(got) == sorted([*files, *(f"{name}.xmp" for name in files)])
        for name, data in files.items():
            assert load_photo(data).has_gps
            assert not load_photo(got[name]).has_gps
            assert np.array_equal(load_photo(data).pixels, load_photo(got[name]).pixels)
        for name in sorted(files)[:4]:
            (tmp_path / name).write_bytes(got[name])
            (tmp_path / f"{name}.xmp").write_bytes(got[f"{name}.xmp"])
            assert not [tag for tag in tags(tmp_path / name) if "GPS" in tag]
            assert tags(tmp_path / f"{name}.xmp")["XMP-xmp:Rating"] == 4

        assert page.evaluate("document.documentElement.scrollWidth") <= 390
        found = Axe().run(page).response["violations"]
        assert [one["id"] for one in found if one["impact"] in ("serious", "critical")] == []
        link = page.get_by_role("link", name="Download 50 photos")
        for _ in range(20):  # by the keyboard alone
            page.keyboard.press("Tab")
            if link.evaluate("one => one === document.activeElement"):
                break
        assert (
            link.evaluate("one => getComputedStyle(one).outlineStyle + getComputedStyle(one).boxShadow") != "nonenone"
        )
        with page.expect_download():
            page.keyboard.press("Enter")
        assert [text for text in said if "Content Security Policy" in text] == []
        page.close()
        assert not [line for line in server.log if "ERROR" in line]


def test_fifty_photos_go_through_compare_and_come_back(browser, address, files):
    page = open_page(browser, address, "compare", "light")
    page.locator("input[type=file]").set_input_files(
        [{"name": name, "mimeType": "image/*", "buffer": data} for name, data in files.items()]
    )
    page.locator(".strip").wait_for(timeout=LIMIT_MS)
    page.get_by_role("radio", name="Undecided").click()
    expect(page.locator(".strip .keep")).to_have_count(0, timeout=LIMIT_MS)  # as is proposed of each group's best
    for _ in range(len(files)):  # groups, at most
        for _ in range(len(files)):
            page.keyboard.press("k")
        if not page.locator("[data-act=after]").is_enabled():
            break
        page.locator("[data-act=after]").click()
        page.locator(".strip").wait_for(timeout=LIMIT_MS)
    assert downloaded(page) == files

    page.get_by_text("Without location").click()
    got = downloaded(page, lambda got: got != files)
    assert got.keys() == files.keys()
    for name, data in files.items():
        assert not load_photo(got[name]).has_gps
        assert np.array_equal(load_photo(data).pixels, load_photo(got[name]).pixels)
    page.close()

"""HTML reports in a real browser: nothing runs, nothing is asked for, one photo fits one printed page."""

import io
from datetime import datetime

import numpy as np
import pytest
from axe_playwright_python.sync_playwright import Axe
from pypdf import PdfReader

from sqrt.rating import Rater
from sqrt.reading import load_photo
from sqrt.settings import Settings
from sqrt.showing.reports import Format, Report, marked_up, write

NASTY = '<img src=x onerror="document.title=1"><script>document.title=1</script>.jpg'


@pytest.fixture(scope="module")
def reports(model_path, astronaut):
    made = []
    for engine in ("landmarks", "cascade"):
        rater = Rater(Settings.model_construct(face_engine=engine, face_model_path=model_path))
        photo = load_photo(np.ascontiguousarray(astronaut[:, 60:420]))
        rating = rater.rate_photo(photo)
        made.append(Report.of(NASTY, rating, marked_up(photo, rating)))
    return made


def opened(browser, tmp_path, reports, **options):
    path = tmp_path / "report.html"
    path.write_text(write(reports, Format.HTML, datetime(2026, 11, 24)), encoding="utf-8")
    page = browser.new_page(**options)
    asked = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(path.as_uri())
    assert [url for url in asked if not url.startswith("data:")] == [path.as_uri()]
    return page


@pytest.mark.parametrize("which", [0, 1])
def test_one_photo_is_one_printed_page(browser, tmp_path, reports, which):
    page = opened(browser, tmp_path, [reports[which]])
    printed = PdfReader(io.BytesIO(page.pdf(prefer_css_page_size=True)))
    assert len(printed.pages) == 1
    text = printed.pages[0].extract_text()
    assert f"{reports[which].facts['overall']}" in text
    assert "Sharpness" in text
    assert len(printed.pages[0].images) == 1
    page.close()


def test_each_photo_of_a_set_has_its_page(browser, tmp_path, reports):
    page = opened(browser, tmp_path, reports)
    assert len(PdfReader(io.BytesIO(page.pdf(prefer_css_page_size=True))).pages) <= 1 + len(reports)
    page.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_it_is_open_to_all_and_runs_nothing(browser, tmp_path, reports, scheme):
    page = opened(browser, tmp_path, reports, viewport={"width": 390, "height": 844}, color_scheme=scheme)
    assert page.title() == "SQRT: Report on 2 photos"
    assert page.get_by_text(NASTY).count() == 4  # twice in the table, and above each
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    page.close()
    # axe is a script, which the report's own policy forbids.
    page = opened(browser, tmp_path, reports, color_scheme=scheme, bypass_csp=True)
    found = Axe().run(page).response["violations"]
    assert [one["id"] for one in found if one["impact"] in ("serious", "critical")] == []
    page.close()


def test_a_report_is_downloaded_from_the_page(browser, address, portrait):
    page = browser.new_page()
    page.goto(address)
    page.locator("input[type=file]").set_input_files(portrait)
    page.get_by_role("button", name="Save a report").click(timeout=60_000)
    with page.expect_download() as download:
        page.get_by_role("button", name="CSV").click()
    assert download.value.suggested_filename.startswith("sqrt-20")
    text = download.value.path().read_text(encoding="utf-8-sig")
    assert text.splitlines()[1].startswith("selfie.jpg,")
    page.close()

"""The page of ``python -m sqrt serve`` in a real browser: what it may load, what it keeps, what it says of errors."""

import io
import re
import threading

import pytest
from PIL import Image

from tests.e2e.conftest import open_sidebar, score_of
from tests.server import ROOT, SERVE_SCRIPT, Server
from tests.visitor import Visitor

# The dashboard, and a chart.
WITH_CHART = f"""
import runpy
import streamlit as st
runpy.run_path({str(ROOT / "streamlit_app.py")!r})
st.line_chart({{"p95": [0.2, 0.3, 0.1]}})
"""
# No process that cannot write a single byte to any file can leave a photo on a disk.
NO_FILES = "import resource; resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0)); "
START = "import sys, sqrt.__main__ as main; sys.exit(main.main(['serve']))"
SWEEP_SOON = "from sqrt.ui import forget; forget.SWEEP_S = 0.1; "


def rated(browser, address: str, photo: dict, **options):
    """Open the page, upload a photo and wait for its rating."""
    page = browser.new_page(**options)
    page.goto(address)
    page.get_by_text("Drop a photo to see").wait_for(timeout=60_000)
    page.locator("input[type=file]").set_input_files(photo)
    score_of(page).wait_for(timeout=60_000)
    return page


def test_nothing_breaks_the_policy_and_nobody_else_is_asked(launch, model_path, portrait, tmp_path):
    browser = launch("--use-fake-ui-for-media-stream", "--use-fake-device-for-media-stream")
    script = tmp_path / "with_chart.py"
    script.write_text(WITH_CHART)
    with Server(
        model_path, "-c", SERVE_SCRIPT, str(script), PUBLIC_URL="https://selfies.example", ICE_SERVERS="none"
    ) as server:
        page = browser.new_page()
        said, outside = [], []
        page.on("console", lambda message: said.append(message.text))
        page.on("request", lambda asked: outside.append(asked.url))
        answer = page.goto(server.address)
        policy = answer.headers["content-security-policy"]
        page.get_by_text("Drop a photo to see").wait_for(timeout=60_000)
        page.locator("input[type=file]").set_input_files(portrait)
        score_of(page).wait_for(timeout=60_000)
        page.locator("canvas, svg.marks").first.wait_for(timeout=60_000)
        open_sidebar(page)
        page.get_by_text("On another device").click()
        page.get_by_text("Open the public page").wait_for()
        page.get_by_role("link", name="Live camera").click()
        page.get_by_role("button", name="Start", exact=True).click(timeout=60_000)
        server.wait_for(", live")  # a frame of the camera was rated
        streams = re.search(r"^sqrt_live_streams (\S+)$", server.ask("GET", "/metrics")[2].decode(), re.MULTILINE)
        page.close()
    assert streams[1] == "1.0"
    assert "default-src 'self'" in policy
    assert "unsafe-eval" not in policy
    assert [text for text in said if "Content Security Policy" in text] == []
    assert [url for url in outside if not url.startswith((server.address, "data:", "blob:"))] == []


def test_a_camera_photo_is_rated_and_kept_with_the_camera_off(launch, model_path):
    browser = launch("--use-fake-ui-for-media-stream", "--use-fake-device-for-media-stream")
    with Server(model_path) as server:
        page = browser.new_page()
        page.goto(server.address)
        page.get_by_role("radio", name="Camera").or_(page.get_by_role("button", name="Camera")).first.click()
        page.get_by_role("button", name="Take the photo").click(timeout=60_000)
        score_of(page).wait_for(timeout=60_000)
        open_sidebar(page)
        page.get_by_role("link", name="Status").click()
        page.get_by_text("Response time, median").wait_for(timeout=60_000)
        page.go_back()
        page.get_by_text("Camera photo", exact=True).wait_for(timeout=60_000)
        assert page.locator("video").count() == 0
        page.get_by_role("button", name="Take another").click()
        page.get_by_label("Your camera").wait_for(timeout=60_000)
        page.close()
        assert sum("analysis completed" in line for line in server.log) == 1


def test_a_script_that_was_slipped_in_does_not_run(browser, model_path):
    with Server(model_path) as server:
        page = browser.new_page()
        page.goto(server.address)
        page.get_by_text("Drop a photo to see").wait_for(timeout=60_000)
        refused = page.evaluate(
            """() => new Promise(done => {
                document.addEventListener("securitypolicyviolation", event => done(event.effectiveDirective));
                const script = document.createElement("script");
                script.textContent = "window.ran = true";
                document.head.append(script);
            })"""
        )
        assert refused == "script-src-elem"
        assert page.evaluate("window.ran") is None
        page.close()


def test_names_and_metadata_are_never_markup(browser, model_path, astronaut):
    evil = "<img src=x onerror=alert(1)> **bold** :red[red]"
    exif = Image.Exif()
    for tag in (
        0x010E,
        0x010F,
        0x0110,
        0x0131,
        0x013B,
        0x8298,
    ):  # description, make, model, software, artist, copyright
        exif[tag] = evil
    file = io.BytesIO()
    Image.fromarray(astronaut).save(file, "JPEG", exif=exif)
    photo = {"name": f"{evil}.jpg", "mimeType": "image/jpeg", "buffer": file.getvalue()}
    with Server(model_path) as server:
        page = browser.new_page()
        page.on("dialog", lambda _: pytest.fail("a file name ran as a script"))
        page.goto(server.address)
        page.get_by_text("Drop a photo to see").wait_for(timeout=60_000)
        page.locator("input[type=file]").set_input_files(photo)
        score_of(page).wait_for(timeout=60_000)
        assert page.locator("img[src=x], img[onerror]").count() == 0
        assert page.locator("strong", has_text=re.compile("^bold$")).count() == 0
        assert page.locator("span", has_text=re.compile("^red$")).count() == 0
        page.close()
        assert not any("onerror" in line for line in server.log)


def test_a_photo_is_rated_by_a_server_that_can_write_no_file(browser, model_path):
    noise = io.BytesIO()
    # Well over the megabyte from which on Starlette would write an upload to disk.
    Image.effect_noise((1500, 1500), 90).convert("RGB").save(noise, "PNG")
    assert len(noise.getvalue()) > 2 * 2**20
    photo = {"name": "noise.png", "mimeType": "image/png", "buffer": noise.getvalue()}
    with Server(model_path, "-c", NO_FILES + START) as server:
        page = rated(browser, server.address, photo)
        page.close()
        assert "upload" in server.wait_for("analysis completed")


def test_no_photo_outlives_its_session(browser, model_path, portrait, tmp_path):
    (tmp_path / ".streamlit").mkdir()
    (tmp_path / ".streamlit" / "config.toml").write_text("[server]\ndisconnectedSessionTTL = 1\n")
    with Server(model_path, "-c", SWEEP_SOON + START, HOME=tmp_path) as server:
        page = rated(browser, server.address, portrait)
        held = kept(server)
        assert held["UploadedFileManager"] == 0  # the session alone has the photo
        assert held["st_session_state"] > 0
        assert held["st_memory_media_file_storage"] > 0
        page.close()
        # Nobody else comes: the server must forget of itself.
        pause = threading.Event()
        for _ in range(600):
            if not any(kept(server).values()):
                return
            pause.wait(0.1)
        pytest.fail(f"kept after the session: {kept(server)}")


def kept(server: Server) -> dict[str, float]:
    """Return the bytes of uploads, pictures and session state in the server's memory."""
    text = server.ask("GET", "/_stcore/metrics")[2].decode()
    found = re.findall(r'^cache_memory_bytes\{cache_type="(\w+)".*\} (\d+)$', text, re.MULTILINE)
    return {
        name: sum(int(size) for other, size in found if other == name)
        for name in ("UploadedFileManager", "st_memory_media_file_storage", "st_session_state")
    }


def test_an_upload_without_the_token_is_refused(model_path, portrait):
    with Server(model_path) as server, Visitor(server.host) as visitor:
        status, _, _ = server.ask("PUT", visitor.address().upload_url, portrait["buffer"])
        assert status == 403


@pytest.mark.parametrize("app_env", ["production", "development"])
def test_an_unexpected_error_has_a_number_on_the_page_and_a_trace_in_the_log(browser, model_path, tmp_path, app_env):
    script = tmp_path / "broken.py"
    script.write_text("1 / 0\n")
    with Server(model_path, "-c", SERVE_SCRIPT, str(script), APP_ENV=app_env) as server:
        page = browser.new_page()
        page.goto(server.address)
        alert = page.get_by_test_id("stAlert").filter(has_text="report number")
        alert.wait_for(timeout=60_000)
        number = re.search(r"report number ([0-9a-f]{8})\.", alert.inner_text())[1]
        page.locator('[data-test-script-state="notRunning"]').wait_for(timeout=60_000)
        details = page.get_by_test_id("stException").filter(has_text="ZeroDivisionError")
        if app_env == "development":
            details.wait_for(timeout=60_000)
        else:
            assert page.get_by_test_id("stException").count() == 0
        page.close()
        told = server.wait_for(f"sqrt.serving.server - ERROR - error {number} on the page")
        assert told.endswith("ZeroDivisionError: division by zero")
    assert sum("ZeroDivisionError" in line for line in server.log) == 1

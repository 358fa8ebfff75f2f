"""A real browser uploads a portrait to a real server and finds the score."""

import os
import socket
import subprocess
import sys
import threading
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def address(model_path) -> Iterator[str]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "streamlit", "run", "streamlit_app.py", "--server.headless", "true"]
    command += ["--server.address", "127.0.0.1", "--server.port", str(port), "--server.fileWatcherType", "none"]
    environment = {**os.environ, "FACE_MODEL_PATH": str(model_path)}
    with subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.DEVNULL) as server:
        try:
            wait_for(f"http://127.0.0.1:{port}/_stcore/health", server)
            yield f"http://127.0.0.1:{port}"
        finally:
            server.terminate()


def wait_for(url: str, server: subprocess.Popen) -> None:
    pause = threading.Event()
    for _ in range(240):
        assert server.poll() is None, "the server ended"
        try:
            with urllib.request.urlopen(url, timeout=5):
                return
        except (urllib.error.URLError, ConnectionError):
            pause.wait(0.25)
    pytest.fail("the server did not answer within a minute")


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

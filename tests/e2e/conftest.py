"""A real browser and real servers for the tests of whole pages."""

import io
import os
import socket
import subprocess
import sys
import threading
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest
from PIL import Image

from tests.programs import executable

FOLDER = Path(__file__).parent
ROOT = FOLDER.parents[1]
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--disable-background-networking",
    "--disable-component-update",
    "--no-first-run",
]


CAMERAS = ("test_live", "test_shutter", "test_firefox", "test_webkit", "test_tracker")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark these tests, and begin with them: they take longest and wait most. Those with a camera are one group.

    They get a second try: beside two others on two cores a browser may miss what is there for a moment only. How many
    took it stands in pytest's closing line.
    """
    for item in items:
        if item.path.is_relative_to(FOLDER):
            item.add_marker("browser")
            item.add_marker(pytest.mark.flaky(reruns=1))
            if item.path.name.startswith(CAMERAS):
                item.add_marker(pytest.mark.xdist_group("camera"))
    items.sort(key=lambda item: item.get_closest_marker("browser") is None)


def free_port(kind: socket.SocketKind = socket.SOCK_STREAM) -> int:
    with socket.socket(type=kind) as free:
        free.bind(("127.0.0.1", 0))
        return free.getsockname()[1]


@pytest.fixture(scope="session")
def playwright() -> Iterator:
    if not os.environ.get("CI"):
        pytest.importorskip("playwright", reason="playwright is not installed")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        yield playwright


@pytest.fixture(scope="session")
def launch(playwright) -> Iterator[Callable]:
    """Start a browser with flags beyond the usual ones; it is closed at the end."""
    chromium = executable("chromium", "chromium-browser", "google-chrome")
    with ExitStack() as open_ones:

        def launched(*flags: str):
            browser = playwright.chromium.launch(executable_path=chromium, headless=True, args=[*FLAGS, *flags])
            open_ones.callback(browser.close)
            return browser

        yield launched


@pytest.fixture(scope="session")
def browser(launch):
    return launch()


@pytest.fixture
def portrait(astronaut) -> dict:
    file = io.BytesIO()
    Image.fromarray(astronaut).save(file, "JPEG", quality=92)
    return {"name": "selfie.jpg", "mimeType": "image/jpeg", "buffer": file.getvalue()}


@pytest.fixture(scope="session")
def serve(model_path) -> Callable:
    """Run the dashboard with other settings in the environment; a context manager that gives the address."""

    @contextmanager
    def served(**settings: str) -> Iterator[str]:
        port = free_port()
        command = [sys.executable, "-m", "streamlit", "run", "streamlit_app.py", "--server.headless", "true"]
        command += ["--server.address", "127.0.0.1", "--server.port", str(port), "--server.fileWatcherType", "none"]
        environment = {**os.environ, "FACE_MODEL_PATH": str(model_path), **settings}
        with subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.DEVNULL) as server:
            try:
                wait_for(f"http://127.0.0.1:{port}/_stcore/health", server)
                yield f"http://127.0.0.1:{port}"
            finally:
                server.terminate()

    return served


@pytest.fixture(scope="session")
def address(serve) -> Iterator[str]:
    with serve() as address:
        yield address


def score_of(page):
    """Return the locator of the score of the photo that is shown in full."""
    return page.get_by_role("img", name="Photo quality: ")


def open_sidebar(page) -> None:
    """Open the sidebar, which starts closed."""
    button = page.get_by_test_id("stExpandSidebarButton")
    button.click(timeout=60_000)
    button.wait_for(state="detached", timeout=60_000)


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

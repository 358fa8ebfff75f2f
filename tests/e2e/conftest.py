"""A real browser, and a photo to give it."""

import io
import os
import shutil
from collections.abc import Iterator

import pytest
from PIL import Image

FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--disable-background-networking",
    "--disable-component-update",
    "--no-first-run",
]


def chromium() -> str:
    found = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if found is None:
        if os.environ.get("CI"):
            pytest.fail("the browser tests need chromium, and CI must run them")
        pytest.skip("chromium is not installed")
    return found


@pytest.fixture(scope="module")
def browser() -> Iterator:
    executable = chromium()
    if not os.environ.get("CI"):
        pytest.importorskip("playwright", reason="playwright is not installed")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=executable, headless=True, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture
def portrait(astronaut) -> dict:
    file = io.BytesIO()
    Image.fromarray(astronaut).save(file, "JPEG", quality=92)
    return {"name": "selfie.jpg", "mimeType": "image/jpeg", "buffer": file.getvalue()}

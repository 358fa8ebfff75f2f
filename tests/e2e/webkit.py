"""WebKitGTK's small browser by its own driver, on a screen that nobody sees."""

import os
import re
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.programs import executable

LIMIT_S = 60
HEIGHT = 844  # pixels
# A film with no face in it, from two cameras, which automation gives without a question.
FLAGS = ("--automation", "--enable-media-stream=true", "--enable-mock-capture-devices=true")
# Its toolbar would be wider than a phone.
NARROW = "* { font-size: 1px; margin: 0; min-width: 0; padding: 0; -gtk-icon-transform: scale(0.1); }"
# The first element by its selector, wherever it is: the page's own parts have trees of their own.
FIND = """
const find = (tree, selector) => tree.querySelector(selector) ?? [...tree.querySelectorAll("*")]
  .map(one => one.shadowRoot && find(one.shadowRoot, selector)).find(Boolean);
return find(document, arguments[0]) ?? null;
"""
TEXT = """
const parts = tree => [...tree.querySelectorAll("*")].flatMap(one => one.shadowRoot ? [one.shadowRoot] : []);
const read = tree => [...tree.children, ...parts(tree).flatMap(read)];
return [document.body, ...parts(document).flatMap(read)].map(one => one.innerText).join("\\n");
"""


@contextmanager
def screen() -> Iterator[str]:
    """Give the name of a screen that holds a wide page."""
    command = [executable("Xvfb"), "-displayfd", "1", "-screen", "0", "1400x1000x24"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as running:
        try:
            yield f":{running.stdout.readline().strip()}"
        finally:
            running.terminate()


@contextmanager
def webkit(home: Path) -> Iterator["WebKit"]:
    """Start the browser; what it is told about its looks lies in the folder `home`."""
    if not os.environ.get("CI"):
        pytest.importorskip("selenium", reason="selenium is not installed")
    from selenium import webdriver

    browsers = map(str, Path("/usr/lib").glob("*/webkit2gtk-4.*/MiniBrowser"))
    options = webdriver.WebKitGTKOptions()
    options.binary_location = executable(*browsers, "MiniBrowser")
    for flag in FLAGS:
        options.add_argument(flag)
    (home / "gtk-3.0").mkdir()
    (home / "gtk-3.0" / "gtk.css").write_text(NARROW)
    driver = executable("WebKitWebDriver")
    with screen() as display:
        environment = {**os.environ, "DISPLAY": display, "XDG_CONFIG_HOME": str(home)}
        service = webdriver.WebKitGTKService(driver, env=environment)
        with webdriver.WebKitGTK(options=options, service=service) as running:
            yield WebKit(running)


class WebKit:
    """What the tests do with a page."""

    def __init__(self, driver) -> None:
        from selenium.webdriver.support.ui import WebDriverWait

        self.driver = driver
        self.wait = WebDriverWait(driver, LIMIT_S, poll_frequency=0.1)

    def open(self, address: str, width: int) -> None:
        self.driver.get(address)
        self.assert_fits(width)

    def find(self, selector: str):
        """Return the first element that a CSS selector finds, once there is one."""
        return self.wait.until(lambda driver: driver.execute_script(FIND, selector))

    def says(self, words: str) -> None:
        """Wait until the page's text holds these words, a regular expression."""
        from selenium.common.exceptions import TimeoutException

        try:
            self.wait.until(lambda _: re.search(words, self.text()))
        except TimeoutException:
            raise AssertionError(f"{words!r} is not in {self.text()!r}") from None

    def text(self) -> str:
        """Return all that is to be read, of the page's own parts too."""
        return self.driver.execute_script(TEXT)

    def click(self, words: str) -> None:
        """Click on the button that bears these words, once there is one."""
        button = f"//button[contains(normalize-space(), '{words}')]"
        self.wait.until(lambda driver: driver.find_elements("xpath", button))[0].click()

    def upload(self, *files: Path) -> None:
        """Choose files, once the page stands still: while it is drawn they may be lost."""
        self.find('[data-test-script-state="notRunning"]')
        self.find("input[type=file]").send_keys("\n".join(map(str, files)))

    def assert_fits(self, width: int) -> None:
        """Make the window as wide as this; nothing of the page is wider."""
        self.driver.set_window_size(width, HEIGHT)
        widths = "return [innerWidth, document.documentElement.scrollWidth]"
        self.wait.until(lambda driver: driver.execute_script(widths) == [width, width])

"""The live page in a browser, and what its fake camera shows."""

import contextlib
import socket
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Self

import cv2
import numpy as np
import skimage.data

from tests.programs import executable

from .conftest import open_sidebar

WAIT_MS = 90_000
FAKE_CAMERA = [
    "--disable-background-timer-throttling",
    "--disable-renderer-backgrounding",
    "--disable-backgrounding-occluded-windows",
    "--autoplay-policy=no-user-gesture-required",
    "--use-fake-device-for-media-stream",
    "--use-fake-ui-for-media-stream",
]
RELAY_ONLY = """
const Native = window.RTCPeerConnection;
window.RTCPeerConnection = class extends Native {
  constructor(configuration) { super({...configuration, iceTransportPolicy: 'relay'}); }
};
"""
WAYS = {"webrtc": "Sent as a film", "snapshots": "Sent as single pictures"}
_COUNTS = ("frames", "ratings", "dropped", "live")


def moving_portrait(path: Path, frames: int = 60) -> list[str]:
    """Write a film of a slowly moving portrait, of 640x480; return a browser's flags to show it."""
    portrait = cv2.resize(skimage.data.astronaut(), None, fx=1.5, fy=1.5, interpolation=cv2.INTER_CUBIC)
    with path.open("wb") as film:
        film.write(b"YUV4MPEG2 W640 H480 F30:1 Ip A1:1 C420jpeg\n")
        for angle in np.linspace(0, 2 * np.pi, frames, endpoint=False):
            turned = cv2.getRotationMatrix2D((335, 180), 4 * np.sin(angle), 1)
            turned[:, 2] += 20 * np.sin(angle) - 15, 10 * np.cos(angle) + 10
            frame = cv2.warpAffine(portrait, turned, (640, 480), borderMode=cv2.BORDER_REPLICATE)
            film.write(b"FRAME\n" + cv2.cvtColor(frame, cv2.COLOR_RGB2YUV_I420).tobytes())
    return [*FAKE_CAMERA, f"--use-file-for-fake-video-capture={path}"]


class Live:
    """The live page; a context manager. `sent` are the addresses that its camera's requests went to."""

    def __init__(self, browser, address: str, script: str = "", **options) -> None:
        self.page = browser.new_page(**options)
        self.page.add_init_script(script)
        self.sent: list[str] = []
        self.page.on("request", lambda request: self._note(request))
        self.page.goto(f"{address}/live")

    def _note(self, request) -> None:
        if "/live/" in request.url and request.method == "POST":
            self.sent.append(request.url.rpartition("/live/")[2])

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.page.close()

    def press(self, name: str) -> None:
        self.page.get_by_role("button", name=name, exact=True).click(timeout=WAIT_MS)

    def start(self) -> Self:
        self.press("Start")
        return self

    def runs_by(self, way: str) -> Self:
        """Wait until the page says by which way its pictures are sent."""
        self.says(WAYS[way])
        return self

    def says(self, words: str) -> None:
        self.page.get_by_text(words).first.wait_for(timeout=WAIT_MS)

    def counts(self) -> dict[str, int]:
        """What the server has counted of this stream."""
        words = self.page.get_by_text("live on this server").last.inner_text(timeout=WAIT_MS).split()
        return {word: int(words[words.index(word) - 1]) for word in _COUNTS}

    def until(self, name: str, enough: Callable[[int], bool], tries: int = 240) -> dict[str, int]:
        """Wait until a count is as it should be."""
        for _ in range(tries):
            counts = self.counts()
            if enough(counts[name]):
                return counts
            self.page.wait_for_timeout(250)
        raise AssertionError(f"waited in vain: {counts}")

    def gains(self, name: str, more: int) -> dict[str, int]:
        """Wait until a count has grown by so much."""
        low = self.counts()[name]
        return self.until(name, lambda count: count >= low + more)

    def score(self) -> int:
        """Wait for the score over the picture."""
        shown = self.page.locator(".verdict .score b")
        shown.wait_for(timeout=WAIT_MS)
        return int(shown.inner_text())

    def set_interval(self, seconds: float) -> None:
        field = self.page.get_by_role("spinbutton", name="Seconds between ratings")
        if self.page.get_by_test_id("stExpandSidebarButton").count():
            open_sidebar(self.page)
        if not field.is_visible():
            self.page.get_by_test_id("stSidebar").get_by_text("Live camera").click()
        field.fill(str(seconds))
        field.press("Enter")

    def plays(self) -> bool:
        """Whether the picture moves on."""
        video = self.page.get_by_label("Your camera")
        before_s = video.evaluate("video => video.currentTime")
        self.page.wait_for_timeout(300)
        return video.evaluate("video => video.currentTime") > before_s


@contextmanager
def relay(port: int) -> Iterator[subprocess.Popen]:
    """Run a TURN server that wants a user name and a password."""
    with tempfile.TemporaryDirectory() as folder:
        command = [executable("turnserver"), "-n", "--listening-ip", "127.0.0.1", "--listening-port", str(port)]
        command += ["--relay-ip", "127.0.0.1", "--lt-cred-mech", "--user", "selfie:secret", "--realm", "sqrt"]
        command += ["--allow-loopback-peers", "--no-cli", "--no-tls", "--no-dtls", "--log-file", "stdout"]
        command += ["--pidfile", f"{folder}/pid"]
        with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as server:
            try:
                _wait_for_stun(port)
                yield server
            finally:
                server.kill()


def _wait_for_stun(port: int) -> None:
    """Ask until the server answers a binding request (RFC 8489: type 1, no attributes, magic cookie)."""
    request = bytes.fromhex("000100002112a442") + b"wait for it!"
    with socket.socket(type=socket.SOCK_DGRAM) as client:
        client.settimeout(0.5)
        for _ in range(40):
            client.sendto(request, ("127.0.0.1", port))
            with contextlib.suppress(TimeoutError, ConnectionRefusedError):
                if client.recv(1500)[:2] == b"\x01\x01":
                    return
    raise AssertionError("the TURN server did not answer")

"""Whether the live camera comes back by itself: START over and over, then the network lost for a while.

Run ``python benchmarks/outages.py [--trials 10] [--seconds 2 10 45]``; it needs the landmark model, Chromium and a TURN
server (Debian's coturn). The browser reaches a real server through a wire that can lose everything, as Wi-Fi does: what
is open stays open and nothing passes. Of WebRTC, all goes through the TURN server, which is killed meanwhile. Prints
how long after the outage the next rating came, and whether best shot and count of ratings were still there.
"""

import argparse
import asyncio
import socket
import statistics
import sys
import tempfile
import threading
import time
from collections.abc import Sequence
from contextlib import ExitStack, suppress
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from playwright.sync_api import Browser, sync_playwright

from sqrt.faces.fetching import fetch
from sqrt.faces.model_file import MODEL_FILES, model_path
from tests.e2e.conftest import FLAGS, free_port
from tests.e2e.live_page import RELAY_ONLY, Live, moving_portrait, relay
from tests.programs import executable
from tests.server import Server

LIMIT_S = 60
WAYS = ("snapshots", "webrtc", "auto")
# What the page's camera knows of the newest rating.
RATINGS = """section => {
  const root = section.getRootNode();
  return (root.finder ?? root.host?.finder ?? section.parentElement.finder)?.told?.ratings ?? 0;
}"""


class Wire:
    """Carries TCP to a server, in a thread of its own, and loses everything while it is `cut`."""

    def __init__(self, port: int) -> None:
        self._to = port
        self._loop = asyncio.new_event_loop()
        self._whole = asyncio.Event()
        self._whole.set()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()
        listening = asyncio.run_coroutine_threadsafe(self._listen(), self._loop).result(LIMIT_S)
        self.port = listening.sockets[0].getsockname()[1]

    async def _listen(self) -> asyncio.Server:
        return await asyncio.start_server(self._join, "127.0.0.1", 0)

    async def _join(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await self._whole.wait()
        with suppress(OSError):
            there = await asyncio.open_connection("127.0.0.1", self._to)
            await asyncio.gather(self._carry(reader, there[1]), self._carry(there[0], writer))

    async def _carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(OSError):
            while data := await reader.read(2**16):
                await self._whole.wait()
                writer.write(data)
                await writer.drain()
        writer.close()

    def cut(self) -> None:
        self._loop.call_soon_threadsafe(self._whole.clear)

    def mend(self) -> None:
        self._loop.call_soon_threadsafe(self._whole.set)


class Net:
    """All that lies between a browser and the server."""

    def __init__(self, server_port: int, relay_port: int) -> None:
        self._wire, self._relay_port = Wire(server_port), relay_port
        self._relay = ExitStack()
        self.address = f"http://127.0.0.1:{self._wire.port}"
        self.mend()

    def cut(self) -> None:
        self._wire.cut()
        self._relay.close()

    def mend(self) -> None:
        self._relay.enter_context(relay(self._relay_port))
        self._wire.mend()

    def close(self) -> None:
        self._relay.close()


def ratings(live: Live) -> int:
    return int(live.page.locator('.marks[aria-hidden="true"]').evaluate(RATINGS))


def wait_for_ratings(live: Live, number: int) -> float:
    """Return after how many seconds there were so many; infinite where that took too long."""
    began = time.perf_counter()
    while (waited_s := time.perf_counter() - began) < LIMIT_S:
        if ratings(live) >= number:
            return waited_s
        live.page.wait_for_timeout(50)
    return float("inf")


def started_s(browser: Browser, net: Net) -> float:
    """Return how many seconds after START the first score is there."""
    with Live(browser, net.address, RELAY_ONLY) as live:
        live.page.get_by_role("button", name="Start", exact=True).wait_for(timeout=1000 * LIMIT_S)
        live.start()
        return wait_for_ratings(live, 1)


def outage(browser: Browser, net: Net, seconds: float) -> tuple[float, bool]:
    """Lose everything for so long; return how long after it the next rating came, and whether nothing was lost."""
    with Live(browser, net.address, RELAY_ONLY) as live:
        live.start()
        wait_for_ratings(live, 3)
        best = live.page.get_by_text("Best shot ·").first
        best.wait_for(timeout=1000 * LIMIT_S)
        net.cut()
        time.sleep(seconds)
        before = ratings(live)
        net.mend()
        back_s = wait_for_ratings(live, before + 1)
        live.gains("ratings", 1)  # the rest of the page is back, too
        return back_s, best.is_visible() and live.counts()["ratings"] > before


def shown(times: Sequence[float]) -> str:
    return f"{statistics.median(times):6.1f} s  {max(times):6.1f} s"


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description="Whether the live camera comes back by itself.")
    parser.add_argument("--trials", type=int, default=10)
    parser.add_argument("--starts", type=int, default=30)
    parser.add_argument("--seconds", type=float, nargs="+", default=[2, 10, 45])
    parser.add_argument("--ways", nargs="+", choices=WAYS, default=WAYS)
    chosen = parser.parse_args(arguments)
    models = [fetch(file, model_path(None, file)) for file in MODEL_FILES]
    relay_port = free_port(socket.SOCK_DGRAM)
    turn = {"ICE_SERVERS": f"turn:127.0.0.1:{relay_port}?transport=udp", "TURN_USERNAME": "selfie"}
    with ExitStack() as open_ones:
        film = Path(open_ones.enter_context(tempfile.TemporaryDirectory())) / "film.y4m"
        playwright = open_ones.enter_context(sync_playwright())
        browser = playwright.chromium.launch(
            executable_path=executable("chromium", "chromium-browser", "google-chrome"),
            args=[*FLAGS, *moving_portrait(film)],
        )
        open_ones.callback(browser.close)
        print("way        what                 times      median   longest   nothing lost")
        for way in chosen.ways:
            settings = {**turn, "TURN_PASSWORD": "secret", "LIVE_TRANSPORT": way}
            with Server(models[0], **settings) as server:
                net = Net(int(server.address.rpartition(":")[2]), relay_port)
                times = [started_s(browser, net) for _ in range(chosen.starts)]
                print(f"{way:10} START to first score {len(times):4}  {shown(times)}", flush=True)
                for seconds in chosen.seconds:
                    results = [outage(browser, net, seconds) for _ in range(chosen.trials)]
                    kept = sum(whole for _, whole in results)
                    row = f"{way:10} {seconds:4g} s without a net {len(results):4}  {shown([t for t, _ in results])}"
                    print(f"{row}   {kept} of {len(results)}", flush=True)
                net.close()


if __name__ == "__main__":
    main()

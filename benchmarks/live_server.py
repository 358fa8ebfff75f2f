"""What visitors' live cameras cost a real server, by either way that their pictures come.

Run ``python benchmarks/live_server.py [--visitors 1 4 8 20] [--seconds 20]``; it needs Linux and the landmark model.
Visitors open the live page of ``python -m sqrt serve``. By WebRTC they send 640x480, 15 a second (`live_peers.py`, in a
process of its own), and wait for what they are told; as snapshots they send a JPEG whenever they are told to. What the
page's readout costs, which is the same for both, is left out.
"""

import argparse
import http.client
import json
import os
import statistics
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path

import cv2

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))  # runs from a clone, nothing is installed

from benchmarks.callers import Caller
from benchmarks.live import INTERVAL_S, busy_s, moving_portrait
from benchmarks.load import memory_mb, start
from benchmarks.speed import jpeg
from tests.server import LIMIT_S, ROOT, Server

WARM_S = 2 * INTERVAL_S + 1
# Tells, when it is asked to, how long the server's event loop was held up by frames since the last time.
TIMED = """
import signal, sys, time
import numpy as np
from sqrt.live import LiveRater
import sqrt.__main__ as main

recv, taken_ms = LiveRater.recv, []

def timed(self, frame):
    start = time.perf_counter()
    recv(self, frame)
    taken_ms.append(1000 * (time.perf_counter() - start))

def tell(*_):
    print("recv", *np.percentile(taken_ms or [np.nan], (50, 99)), file=sys.stderr)
    taken_ms.clear()

LiveRater.recv = timed
signal.signal(signal.SIGUSR1, tell)
sys.exit(main.main(["serve"]))
"""


class Camera(threading.Thread):
    """One visitor's camera, until `done`; `answers` are when it was told, and after how long, in seconds."""

    def __init__(self, host: str, caller: Caller, snapshots: Sequence[bytes], begins: float) -> None:
        super().__init__(daemon=True)
        self.done = False
        self.answers: list[tuple[float, float]] = []
        self.ratings = 0
        self._snapshots, self._begins = snapshots, begins
        self._path, self._token = caller.camera, caller.token
        self._line = http.client.HTTPConnection(host, timeout=LIMIT_S)

    def run(self) -> None:
        time.sleep(max(0.0, self._begins - time.perf_counter()))
        shown = 0
        while not self.done:
            asked = time.perf_counter()
            body = self._snapshots[shown % len(self._snapshots)] if self._snapshots else b""
            self._line.request("POST", self._path, body, self._token)
            answer = self._line.getresponse()
            told = json.loads(answer.read())
            if answer.status == 200:
                shown += 1
                self.ratings = told["ratings"]
                self.answers.append((asked, time.perf_counter() - asked))
            if self._snapshots:
                time.sleep(told["next_s"])
        self._line.close()


@contextmanager
def peers(callers: Sequence[Caller]) -> Iterator[None]:
    """Let visitors' peers send."""
    command = [sys.executable, str(ROOT / "benchmarks" / "live_peers.py"), str(len(callers))]
    with subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdin
        assert process.stdout
        offers = json.loads(process.stdout.readline())
        answers = [
            caller.ask_camera("/offer", json.dumps(offer).encode())
            for caller, offer in zip(callers, offers, strict=True)
        ]
        print(json.dumps(answers), file=process.stdin, flush=True)
        yield
        process.stdin.close()
        process.stdout.read()


def cpu_s(server: Server) -> float:
    """Return the seconds that the server has worked."""
    fields = Path(f"/proc/{server.process.pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def recv_ms(server: Server) -> str:
    server.process.send_signal(10)  # SIGUSR1
    median, late = map(float, server.wait_for("recv").split()[-2:])
    return f"{median:6.3f} {late:6.3f}"


HEAD = "way        visitors  ratings/s  interval s  answer ms  recv median, p99 ms  CPU %  each  others %    MB"


def row(way: str, count: int, seconds: float) -> str:
    """Return what some visitors got, and what it cost."""
    snapshots = [jpeg(cv2.cvtColor(planes, cv2.COLOR_YUV2RGB_I420)) for planes in moving_portrait()]
    settings = {"ICE_SERVERS": "none", "MAX_LIVE_STREAMS": 100, "REALTIME_INTERVAL": INTERVAL_S}
    with start("-c", TIMED, **settings) as server, ExitStack() as open_ones:
        callers = [open_ones.enter_context(Caller(server.host, page="live")) for _ in range(count)]
        if way == "webrtc":
            open_ones.enter_context(peers(callers))
        begun = time.perf_counter()
        cameras = [
            # People do not come all at once.
            Camera(server.host, caller, [] if way == "webrtc" else snapshots, begun + INTERVAL_S * number / count)
            for number, caller in enumerate(callers)
        ]
        for camera in cameras:
            camera.start()
        until = time.perf_counter() + LIMIT_S
        while not all(camera.ratings for camera in cameras) and time.perf_counter() < until:
            time.sleep(0.1)
        time.sleep(WARM_S)
        recv_ms(server)
        before, since = [camera.ratings for camera in cameras], time.perf_counter()
        worked, busy = cpu_s(server), busy_s()
        time.sleep(seconds)
        took = time.perf_counter() - since
        worked, busy = cpu_s(server) - worked, busy_s() - busy
        ratings = [camera.ratings - earlier for camera, earlier in zip(cameras, before, strict=True)]
        frames, memory = recv_ms(server), memory_mb(server)
        for camera in cameras:
            camera.done = True
        waited = [s for camera in cameras for asked, s in camera.answers if asked >= since]
    interval = took * count / sum(ratings)
    waits = f"{1000 * statistics.median(waited):9.0f}" if way == "snapshots" else f"{'':9}"
    cpu, others = 100 * worked / took, 100 * (busy - worked) / took
    return (
        f"{way:10} {count:8}  {sum(ratings) / took:9.1f}  {interval:10.2f}  {waits}  {frames:>19}  "
        f"{cpu:5.0f}  {cpu / count:4.1f}  {others:8.0f}  {memory:4.0f}"
    )


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description="What visitors' live cameras cost a real server.")
    parser.add_argument("--visitors", type=int, nargs="+", default=[1, 4, 8, 20])
    parser.add_argument("--seconds", type=float, default=20)
    chosen = parser.parse_args(arguments)
    print(f"{os.cpu_count()} cores; a rating every {INTERVAL_S:g} s asked for by each; {chosen.seconds:g} s a row;")
    print("CPU of the server, for each visitor, and of all other programs, in percent of one core\n")
    print(HEAD)
    for count in chosen.visitors:
        for way in ("webrtc", "snapshots"):
            print(row(way, count, chosen.seconds), flush=True)


if __name__ == "__main__":
    main()

"""What a server loses in a long time of everything at once: memory, descriptors, threads, answers.

Run ``python benchmarks/soak.py [--minutes 60]``; it needs Linux and the landmark model. One ``python -m sqrt serve``
meets photos by the API, visitors of the page who come, upload and leave, batches to compare, clips, and live cameras
that play for a minute at a time (`live_peers.py`); two cores are about half busy with it, clients included.
"""

import argparse
import json
import os
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import ExitStack, suppress
from functools import partial
from itertools import count
from pathlib import Path
from typing import Self

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))  # runs from a clone, nothing is installed

from benchmarks.attacks import LOST
from benchmarks.callers import Caller
from benchmarks.live import busy_s
from benchmarks.load import some_photos
from benchmarks.siege import Held, started
from benchmarks.speed import jpeg, portrait
from tests.films import film
from tests.server import ROOT, Server

LOOK_S = 10.0
ROW_S = 300.0
SETTLED_S = 900.0
"""Until then caches fill and heaps find their size; what grows later is lost."""
PLAY_S = 60.0
STREAMS = 2
BATCH = 6
CLIP_S = 4
JOB_S = 60.0
PATIENCE_S = 10.0

Task = Callable[[], str]


class Load:
    """Tasks that are done again and again, each every so many seconds, until the end; a context manager.

    `came` is what came of them.
    """

    def __init__(self, tasks: dict[str, tuple[float, Task]]) -> None:
        self.came: Counter[str] = Counter()
        self._stop = threading.Event()
        self._threads = [threading.Thread(target=self._run, args=(name, *task)) for name, task in tasks.items()]

    def __enter__(self) -> Self:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        for thread in self._threads:
            thread.join()

    def _run(self, name: str, period_s: float, task: Task) -> None:
        due = time.monotonic()
        while not self._stop.wait(max(0.0, due - time.monotonic())):
            try:
                said = task()
            except LOST as error:
                said = f"lost: {error!r}"
            self.came[f"{name} {said}"] += 1
            due = max(due + period_s, time.monotonic())


def mixed(server: Server) -> dict[str, tuple[float, Task]]:
    """Return who comes, and how often."""
    large, numbers, photos = jpeg(portrait(4000, 3000)), count(), some_photos()
    batch = [jpeg(portrait(2000 + 100 * number, 1500)) for number in range(BATCH)]
    wide = portrait(720, 480)
    clip = film([wide[:, shift : shift + 640] for shift in range(0, 20 * CLIP_S, 2)])
    return {
        "api": (1.0, lambda: str(server.rate(photos[next(numbers) % len(photos)])[0])),
        "page": (8.0, partial(photo_by_page, server, large)),
        "compare": (60.0, partial(job, server, "compare", batch)),
        "clip": (60.0, partial(job, server, "clip", [clip], "mp4")),
        "live": (PLAY_S + 15.0, partial(live, server)),
    }


def photo_by_page(server: Server, photo: bytes) -> str:
    with Caller(server.host) as caller:
        caller.send_all([photo])
        caller.see_run()
        return "rated" if caller.score else " ".join(caller.alerts + caller.traces)


def job(server: Server, page: str, files: Sequence[bytes], suffix: str = "jpg") -> str:
    """Give a page a batch or a clip, and look on as a browser does until it is done."""
    end = time.monotonic() + JOB_S
    with Caller(server.host, page=page) as caller:
        caller.patience_s = PATIENCE_S
        caller.send_all(files, suffix)
        caller.see_run()
        while caller.timers and time.monotonic() < end:
            part, after_s = next(iter(caller.timers.items()))
            time.sleep(after_s)
            with suppress(TimeoutError):  # Streamlit may drop the end of a run; the timer goes on
                caller.tick(part)
        # A batch ends with a score, a clip with pictures alone: what else it could end with is a notice.
        done = not caller.timers and (caller.score or not caller.alerts)
        return "done" if done and not caller.traces else " ".join(["not done", *caller.alerts, *caller.traces])


def live(server: Server) -> str:
    """Let some cameras play, each on a page that is drawn anew now and then, and leave."""
    command = [sys.executable, str(ROOT / "benchmarks" / "live_peers.py"), str(STREAMS)]
    with (
        subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as peers,
        ExitStack() as open_ones,
    ):
        open_ones.callback(peers.stdout.read)
        open_ones.callback(peers.stdin.close)  # at which the peers say a last word and end
        offers = json.loads(peers.stdout.readline())
        callers = [open_ones.enter_context(Caller(server.host, page="live")) for _ in offers]
        answers = [
            caller.ask_camera("/offer", json.dumps(offer).encode())
            for caller, offer in zip(callers, offers, strict=True)
        ]
        print(json.dumps(answers), file=peers.stdin, flush=True)
        scored = 0
        end = time.monotonic() + PLAY_S
        while time.monotonic() < end:
            scored = max(scored, sum(caller.ask_camera()["score"] is not None for caller in callers))
            for caller in callers:
                caller.rerun()
    return f"{scored} of {STREAMS} scored"


def cpu_s(server: Server) -> float:
    """Return the seconds that the server has worked."""
    fields = Path(f"/proc/{server.process.pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def soak(minutes: float) -> None:
    """Print what the server holds in the course of time, and what came of everything."""
    print("minute     MB  threads  descriptors  server's CPU %  all CPU %")
    looks: list[tuple[float, Held]] = []
    with started("serve", API_RATE_LIMIT=100_000) as server, Load(mixed(server)) as load:
        begun, shown_s, worked = time.monotonic(), 0.0, (cpu_s(server), busy_s())
        while (spent_s := time.monotonic() - begun) < 60 * minutes:
            time.sleep(LOOK_S)
            looks.append((time.monotonic() - begun, held := Held.by(server)))
            if looks[-1][0] - shown_s >= min(ROW_S, 60 * minutes / 4):
                now, took = (cpu_s(server), busy_s()), looks[-1][0] - shown_s
                shares = [100 * (new - old) / took for new, old in zip(now, worked, strict=True)]
                shown_s, worked = looks[-1][0], now
                print(f"{shown_s / 60:6.1f} {held.memory_mb:6.0f}  {held.threads:7}  {held.descriptors:11}", end="")
                print(f"  {shares[0]:14.0f}  {shares[1] / os.cpu_count():9.0f}", flush=True)
    settled = [look for look in looks if look[0] >= min(SETTLED_S, spent_s / 4)]
    hours = [at / 3600 for at, _ in settled]
    print(f"\nan hour, by least squares after the first {60 * hours[0]:.0f} minutes: ", end="")
    for what, name in (("memory_mb", "MB"), ("descriptors", "descriptors"), ("threads", "threads")):
        print(f"{np.polyfit(hours, [getattr(held, what) for _, held in settled], 1)[0]:+.1f} {name}  ", end="")
    print("\n" + "\n".join(f"{number:6} {said}" for said, number in sorted(load.came.items())))
    failed = sum(number for said, number in load.came.items() if said.startswith("api 5"))
    errors = [line for line in server.log if "ERROR" in line]
    print(f"{failed} answers of 5xx, {len(errors)} ERROR lines in the log\n" + "\n".join(errors[:10]))


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description="What a server loses in a long time of everything at once.")
    parser.add_argument("--minutes", type=float, default=60)
    soak(parser.parse_args(arguments).minutes)


if __name__ == "__main__":
    main()

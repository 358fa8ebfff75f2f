"""What live streams cost within a process: time of a frame, ratings, processor and memory, for one up to a hundred.

Run ``python benchmarks/live.py [--streams 1 10 50 100] [--seconds 20]``; it needs the landmark model. Frames are
640x480, 15 a second, from NASA's portrait in scikit-image. What a real server takes of a core, by either way that the
pictures come, `live_server.py` tells.
"""

import argparse
import gc
import heapq
import os
import re
import sys
import threading
import time
import tracemalloc
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import cv2
import numpy as np
from av import VideoFrame
from numpy.typing import NDArray

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))  # runs from a clone, nothing is installed

from benchmarks.speed import networks_alone, portrait, times_ms
from sqrt.live import LiveKnobs, LivePool, LiveRater
from sqrt.rating import Rater
from sqrt.settings import Settings

ROOT = Path(__file__).resolve().parents[1]

FPS = 15
INTERVAL_S = 2.0
WORKERS = 2
STREAMS_A_FEEDER = 20
CHURN = 200
MAX_PEERS = 64


class TimedRater(LiveRater):
    """Writes down how long each frame took; only its own stream's thread calls it."""

    taken_ms: list[float]

    def recv(self, frame: VideoFrame) -> None:
        start = time.perf_counter()
        super().recv(frame)
        self.taken_ms.append(1000 * (time.perf_counter() - start))


@dataclass(frozen=True)
class Load:
    """What some streams did in a window of time."""

    streams: int
    fps: float
    recv_ms: tuple[float, float]
    ratings_s: float
    each: tuple[int, float, int]
    interval_s: float
    drops: int
    cpu_percent: float
    others_percent: float
    memory_mb: float

    HEAD = (
        "streams    fps  recv median    p99 ms  ratings/s  each min/mean/max  interval s  drops  CPU %  others %    MB"
    )

    def __str__(self) -> str:
        low, mean, high = self.each
        return (
            f"{self.streams:7} {self.fps:6.1f}  {self.recv_ms[0]:11.2f} {self.recv_ms[1]:9.2f}  {self.ratings_s:9.1f}  "
            f"{f'{low}/{mean:.1f}/{high}':>17}  {self.interval_s:10.2f}  {self.drops:5}  {self.cpu_percent:5.0f}  "
            f"{self.others_percent:8.0f} "
            f"{self.memory_mb:5.0f}"
        )


def memory_mb() -> float:
    """Return the resident memory; needs Linux."""
    found = re.search(r"VmRSS:\s+(\d+)", Path("/proc/self/status").read_text())
    return int(found[1]) / 1024 if found else float("nan")


def busy_s() -> float:
    """Return the seconds that all the machine's cores have worked, for anyone; needs Linux."""
    user, nice, system, _, _, *interrupts = map(int, Path("/proc/stat").read_text().split("\n")[0].split()[1:9])
    return (user + nice + system + sum(interrupts)) / os.sysconf("SC_CLK_TCK")


def moving_portrait() -> list[NDArray[np.uint8]]:
    """Return two seconds of a face that sways, as the planes of yuv420p."""
    large = portrait(720, 540)
    sway = [np.sin(2 * np.pi * number / (2 * FPS)) for number in range(2 * FPS)]
    crops = [large[30:510, round(40 + 35 * shift) : round(40 + 35 * shift) + 640] for shift in sway]
    return [cv2.cvtColor(np.ascontiguousarray(crop), cv2.COLOR_RGB2YUV_I420) for crop in crops]


def watch(streams: Sequence[TimedRater], seconds: float) -> Load:
    """Let the streams play, and tell what they did."""
    before = [stream.snapshot() for stream in streams]
    for stream in streams:
        stream.taken_ms.clear()
    start, cpu, busy = time.perf_counter(), time.process_time(), busy_s()
    time.sleep(seconds)
    took, cpu, busy = time.perf_counter() - start, time.process_time() - cpu, busy_s() - busy
    after = [stream.snapshot() for stream in streams]
    ratings = [new.ratings - old.ratings for old, new in zip(before, after, strict=True)]
    # Over two ratings before the window, too: few fall into it.
    pauses = [earlier[0] - later[0] for seen in after for earlier, later in pairwise(seen.trend)]
    taken = [value for stream in streams for value in list(stream.taken_ms)] or [float("nan")]
    return Load(
        streams=len(streams),
        fps=sum(new.frames - old.frames for old, new in zip(before, after, strict=True)) / took / len(streams),
        recv_ms=(float(np.percentile(taken, 50)), float(np.percentile(taken, 99))),
        ratings_s=sum(ratings) / took,
        each=(min(ratings), sum(ratings) / len(ratings), max(ratings)),
        interval_s=sum(pauses) / len(pauses) if pauses else float("inf"),
        drops=sum(new.drops - old.drops for old, new in zip(before, after, strict=True)),
        cpu_percent=100 * cpu / took,
        others_percent=100 * (busy - cpu) / took,
        memory_mb=memory_mb(),
    )


def feed(streams: Sequence[LiveRater], film: Sequence[NDArray[np.uint8]], starts: Sequence[float], stop: float) -> None:
    """Play frames to some streams, each at its own times, until `stop`; late ones follow at once."""
    due = [(start, number, 0) for number, start in enumerate(starts)]
    heapq.heapify(due)
    while due[0][0] < stop:
        at, number, shown = due[0]
        time.sleep(max(0.0, at - time.perf_counter()))
        if time.perf_counter() >= stop:
            return
        streams[number].recv(VideoFrame.from_ndarray(film[shown % len(film)], format="yuv420p"))
        heapq.heapreplace(due, (at + 1 / FPS, number, shown + 1))


def fed(rater: Rater, count: int, seconds: float) -> Load:
    """Return what `count` streams did that were fed from a few threads of this process."""
    film = moving_portrait()
    pool = LivePool(WORKERS)
    streams = [TimedRater(pool, LiveKnobs(rater, INTERVAL_S)) for _ in range(count)]
    for stream in streams:
        stream.taken_ms = []
        stream.start()
    start = time.perf_counter() + 0.1
    starts = [start + INTERVAL_S * number / count for number in range(count)]  # people do not come all at once
    stop = start + 2 * INTERVAL_S + seconds + 1
    feeders = [
        threading.Thread(target=feed, args=(streams[some], film, starts[some], stop))
        for some in (slice(low, low + STREAMS_A_FEEDER) for low in range(0, count, STREAMS_A_FEEDER))
    ]
    for feeder in feeders:
        feeder.start()
    time.sleep(2 * INTERVAL_S)
    load = watch(streams, seconds)
    for feeder in feeders:
        feeder.join()
    pool.close()
    return load


def show_rating(rater: Rater) -> None:
    """Print what a live rating costs beyond the networks: conversion, metrics, advice, guide."""
    stream = LiveRater(LivePool(0), LiveKnobs(rater))
    stream.start()
    frame = VideoFrame.from_ndarray(moving_portrait()[0], format="yuv420p")
    rated, networks = times_ms(lambda: stream.score(frame), networks_alone())
    print(f"live frame rated in {rated:.1f} ms, networks alone {networks:.1f} ms: {rated / networks:.2f} x\n")


def visits(rater: Rater, now: list[float], count: int = CHURN) -> tuple[LivePool, list[LiveRater]]:
    """Return streams that got three frames each and one rating."""
    pool = LivePool(0, clock=lambda: now[0])
    film = moving_portrait()[:3]
    streams = [LiveRater(pool, LiveKnobs(rater), clock=lambda: now[0]) for _ in range(count)]
    for stream in streams:
        stream.start()
        for planes in film:
            stream.recv(VideoFrame.from_ndarray(planes, format="yuv420p"))
        pool.work()
    return pool, streams


def show_memory(rater: Rater) -> None:
    """Print what a stream holds, and what streams leave behind that came and went."""
    now = [0.0]

    def come_and_go() -> None:
        pool, streams = visits(rater, now)
        for stream in streams:
            stream.stop()
        assert pool.streams == 0

    visits(rater, now, 1)
    tracemalloc.start()
    pool, streams = visits(rater, now, 20)
    gc.collect()
    held = tracemalloc.get_traced_memory()[0] / len(streams) / 1024
    tracemalloc.stop()
    shots = [shot for stream in streams if (shot := stream.snapshot().best)]
    files = sum(len(shot.jpeg) for shot in shots) / len(streams) / 1024
    del pool, streams, shots
    print(f"a stream holds {held:.0f} kB, {files:.0f} of them the file of its best shot")
    come_and_go()
    before = memory_mb(), threading.active_count()
    for _ in range(2):
        come_and_go()
        gc.collect()
        after = memory_mb(), threading.active_count()
        print(f"{CHURN} streams came and went: {before[0]:.1f} MB, {before[1]} threads before; ", end="")
        print(f"{after[0]:.1f} MB, {after[1]} threads after")
    print()


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description="What live streams cost.")
    parser.add_argument("--streams", type=int, nargs="+", default=[1, 10, 50, 100])
    parser.add_argument("--seconds", type=float, default=20)
    chosen = parser.parse_args(arguments)
    rater = Rater(Settings(face_engine="landmarks", engine_pool_size=WORKERS))
    print(
        f"{cv2.getNumberOfCPUs()} cores; {WORKERS} threads rate; a rating every {INTERVAL_S:g} s asked of each stream;"
    )
    print(f"{FPS} frames a second of 640x480; {chosen.seconds:g} s a row;")
    print("CPU, and what other programs take of it, in percent of one core\n")
    show_rating(rater)
    print(Load.HEAD)
    for count in chosen.streams:
        print(fed(rater, count, chosen.seconds), flush=True)
    print()
    show_memory(rater)


if __name__ == "__main__":
    main()

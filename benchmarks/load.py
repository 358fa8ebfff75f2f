"""What a crowd costs the server: start, memory, and the answers when many photos come at once.

Run ``python benchmarks/load.py [--start serve] [--crowds 10 50] [--ratings 2000]``; it needs Linux and the landmark
model. It starts the server anew for each part, by ``python -m sqrt serve`` or, as Streamlit Community Cloud does, by
``streamlit run``. Visitors of the page speak Streamlit's protocol, each in a thread of this
process; photos are made from NASA's portrait and the pictures of scikit-image. Clients share the machine with the
server, so that its times are worse than over a network.
"""

import argparse
import http.client
import io
import itertools
import re
import statistics
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path

import cv2
import numpy as np
import pillow_heif
import skimage.data
from PIL import Image

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))  # runs from a clone, nothing is installed

from benchmarks.speed import jpeg, portrait
from sqrt.faces.fetching import fetch
from sqrt.faces.model_file import MODEL_FILES, model_path
from sqrt.serving.memory import TRIM_S
from tests.server import STARTS, Server
from tests.visitor import Visitor

SESSIONS = (1, 10)
REST_S = TRIM_S + 2
"""After which the server has given back what nothing needs: what is left then, and grows, is lost."""

pillow_heif.register_heif_opener()


def start(*command: str, way: str = "serve", **settings: object) -> Server:
    """Return a server that shuts out no one for coming often: all visitors here have one address."""
    files = [fetch(file, model_path(None, file)) for file in MODEL_FILES]
    return STARTS[way](files[0], *command, API_RATE_LIMIT=100_000, **settings)


def memory_mb(server: Server, what: str = "VmRSS") -> float:
    """Return the resident memory of the server, or by ``"VmHWM"`` the most there was."""
    found = re.search(rf"{what}:\s+(\d+)", Path(f"/proc/{server.process.pid}/status").read_text())
    assert found
    return int(found[1]) / 1024


def show_start(way: str, repeats: int = 5) -> None:
    """Print how long a new process takes until its first visitor sees the page."""
    taken = []
    for _ in range(repeats):
        begun = time.perf_counter()
        with start(way=way) as server:
            listening = time.perf_counter() - begun
            assert server.ask("GET", "/")[0] == 200
            answered = time.perf_counter() - begun
            with Visitor(server.host):
                taken.append((listening, answered, time.perf_counter() - begun))
    listening, answered, drawn = (statistics.median(times) for times in zip(*taken, strict=True))
    print(
        f"cold start, medians of {repeats}: listens after {listening:.2f} s, answers / after {answered:.2f} s, ", end=""
    )
    print(f"the page is drawn after {drawn:.2f} s\n")


def show_sessions(way: str, photo: bytes) -> None:
    """Print the memory with some sessions open, each with a photo that came after the one before was rated."""
    with start(way=way) as server, ExitStack() as visitors:
        for number in range(1, max(SESSIONS) + 1):
            visitors.enter_context(Visitor(server.host)).upload(photo)
            if number in SESSIONS:
                print(
                    f"resident with {number:2} sessions open, a 12 MP photo in each: {memory_mb(server):.0f} MB,",
                    end="",
                )
                print(f" at most {memory_mb(server, 'VmHWM'):.0f} MB")
    print()


def by_page(server: Server, photo: bytes) -> Callable[[], str]:
    """Return one visitor's upload, who has the page open; it returns what came of it."""
    visitor = Visitor(server.host).__enter__()

    def upload() -> str:
        with visitor:
            visitor.upload(photo)
        return "rated" if visitor.score else f"page: {' '.join(visitor.alerts)}"

    return upload


def by_api(server: Server, photo: bytes) -> Callable[[], str]:
    """Return one client's request; it returns what came of it."""

    def send() -> str:
        status, answer = server.rate(photo)
        return "rated" if status == 200 else f"{status}: {answer['detail']}"

    return send


def rush(tasks: Sequence[Callable[[], str]]) -> tuple[Counter[str], list[float]]:
    """Run all tasks at once; return what came of them, and the seconds each took that was not lost."""
    outcomes: Counter[str] = Counter()
    taken: list[float] = []
    ready = threading.Barrier(len(tasks))

    def run(task: Callable[[], str]) -> None:
        ready.wait()
        begun = time.perf_counter()
        try:
            outcome = task()
        except (OSError, http.client.HTTPException, EOFError) as error:
            outcomes[f"LOST: {error!r}"] += 1
        else:
            outcomes[outcome] += 1
            taken.append(time.perf_counter() - begun)

    with ThreadPoolExecutor(len(tasks)) as threads:
        for _ in threads.map(run, tasks):
            pass
    return outcomes, taken


def show_crowd(way: str, photo: bytes, crowds: Sequence[int]) -> None:
    """Print what becomes of many photos that come at once."""
    print("a 12 MP photo from each at once   p50 s   p95 s   max s   MB, peak   what came of them")
    for way, client in (("page", by_page), ("API", by_api)):
        for count in crowds:
            with start(way=way) as server:
                server.rate(photo)
                outcomes, taken = rush([client(server, photo) for _ in range(count)])
                p50, p95, longest = np.percentile(taken, (50, 95, 100))
                said = ", ".join(f"{number} {outcome}" for outcome, number in outcomes.most_common())
                print(f"{count:4} by the {way:21} {p50:9.2f} {p95:7.2f} {longest:7.2f}", end="")
                print(f" {memory_mb(server, 'VmHWM'):10.0f}   {said}", flush=True)
    print()


def some_photos() -> list[bytes]:
    """Return photos of several sizes and formats, two without a face."""
    large = Image.fromarray(portrait(4000, 3000))
    sizes = ((640, 480), (1024, 768), (1600, 1200), (3000, 2250))
    kinds = ("JPEG", "PNG", "WEBP", "HEIF", "AVIF", "GIF", "BMP", "TIFF")
    photos = [jpeg(np.asarray(large))]
    for size, kind in [*itertools.product(sizes[:3], kinds), (sizes[3], "JPEG"), (sizes[3], "HEIF")]:
        file = io.BytesIO()
        large.resize(size).save(file, kind)
        photos.append(file.getvalue())
    return [*photos, jpeg(skimage.data.chelsea()), jpeg(skimage.data.coffee())]


def show_ratings(way: str, count: int) -> None:
    """Print the memory in the course of many ratings, with either engine."""
    photos = some_photos()
    marks = [mark for mark in (200, 1000, 2000) if mark < count] + [count]
    print(f"{len(photos)} photos of 0.3 to 12 MP in 8 formats, by the API, two at a time;")
    print(f"resident MB after a rest of {REST_S:.0f} s")
    print("engine    " + "".join(f"  after {mark:5}" for mark in marks) + "   growth since the first   peak MB")
    for engine in ("landmarks", "cascade"):
        print(f"{engine:10}", end="", flush=True)
        with start(way=way, FACE_ENGINE=engine) as server, ThreadPoolExecutor(2) as clients:

            def rate(number: int, server: Server = server) -> None:
                status, answer = server.rate(photos[number % len(photos)])
                assert status == 200, answer

            after: list[float] = []
            for done, mark in itertools.pairwise([0, *marks]):
                for _ in clients.map(rate, range(done, mark)):
                    pass
                time.sleep(REST_S)
                after.append(memory_mb(server))
                print(f"{after[-1]:13.1f}", end="", flush=True)
            peak = memory_mb(server, "VmHWM")
        print(f"   {100 * (after[-1] / after[0] - 1):+21.1f} %   {peak:7.0f}", flush=True)


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description="What a crowd costs the server.")
    parser.add_argument("--start", choices=[*STARTS], default="serve", help="how the server is started")
    parser.add_argument("--crowds", type=int, nargs="*", default=[10, 50], help="photos that come at once")
    parser.add_argument("--ratings", type=int, default=2000, help="ratings in one process; 0 leaves that part out")
    chosen = parser.parse_args(arguments)
    photo = jpeg(portrait(4000, 3000))
    print(
        f"{cv2.getNumberOfCPUs()} cores, clients and server together; the 12 MP photo has {len(photo) / 1e6:.1f} MB\n"
    )
    show_start(chosen.start)
    show_sessions(chosen.start, photo)
    if chosen.crowds:
        show_crowd(chosen.start, photo, chosen.crowds)
    if chosen.ratings:
        show_ratings(chosen.start, chosen.ratings)


if __name__ == "__main__":
    main()

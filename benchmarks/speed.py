"""Where each millisecond of a rating goes, how many photos a second that makes, and how large it gets.

Run ``python benchmarks/speed.py``; it needs Linux and the landmark model, and takes about three minutes. What matters
are ratios of times taken in one run, so that they hold on any machine. Photos are made from NASA's portrait in
scikit-image.
"""

import io
import os
import subprocess
import sys
import tempfile
import time
from collections import Counter, deque
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, contextmanager, nullcontext, suppress
from pathlib import Path
from statistics import median
from typing import Any, cast
from unittest.mock import patch

import cv2
import numpy as np
import pillow_heif
import skimage.data
from numpy.typing import NDArray
from PIL import Image

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))  # runs from a clone, nothing is installed

from sqrt.choosing.compare import rate_all
from sqrt.errors import NotMeasurable
from sqrt.faces import FaceEngine
from sqrt.faces.fetching import fetch
from sqrt.faces.landmarks import LandmarkEngine
from sqrt.faces.model_file import MODEL_FILES, model_path, read_networks
from sqrt.metrics import METRICS, Metric
from sqrt.metrics.analysis import Analysis
from sqrt.rating import Rater, Rating
from sqrt.rating.engines import Engines
from sqrt.rating.rater import assess
from sqrt.settings import Settings
from tests.server import Server

Pixels = NDArray[np.uint8]

ROOT = Path(__file__).resolve().parents[1]

REPEATS = 21
THREADS = 10
MANY = 50
MANY_FILES = 400  # for commands: enough for their processes
CORES = os.cpu_count() or 1

ENCODERS: dict[str, dict[str, Any]] = {
    "JPEG": {},
    "PNG": {"compress_level": 1},
    "WEBP": {"method": 0},
    "AVIF": {"speed": 10},
    "HEIF": {},
    "GIF": {},
    "TIFF": {"compression": "jpeg"},
}
pillow_heif.register_heif_opener()

# VmHWM and not ru_maxrss: that one survives exec, and would count this process's own peak.
_RATE_ONE = """
import re, sys
from pathlib import Path
import sqrt
rating = sqrt.rate(sys.argv[1], sqrt.Settings(face_engine="landmarks"))
assert rating.faces
print(re.search(r"VmHWM:\\s+(\\d+)", Path("/proc/self/status").read_text())[1])
"""


def portrait(width: int, height: int) -> Pixels:
    """Return the astronaut at 4:3, enlarged, with light grain as a camera leaves it."""
    pixels = cv2.resize(skimage.data.astronaut()[:384], (width, height), interpolation=cv2.INTER_CUBIC)
    grain = np.random.default_rng(0).normal(0, 3, pixels.shape).astype(np.float32)
    return np.clip(np.rint(pixels + grain), 0, 255).astype(np.uint8)


def jpeg(pixels: Pixels) -> bytes:
    return cv2.imencode(".jpg", pixels[..., ::-1], [cv2.IMWRITE_JPEG_QUALITY, 90])[1].tobytes()


def networks_alone() -> Callable[[], None]:
    """Return a function that runs once the networks that look at a face and at its person, on random input.

    Not the detector, and the mesh once; a rating looks at the main face twice.
    """
    engine = LandmarkEngine(read_networks(model_path(None)))
    rng = np.random.default_rng(0)
    shapes = {engine.mesh: (1, 3, 256, 256), engine.expressions: (1, 146, 2)}
    if engine.segmenter:
        shapes[engine.segmenter.net] = (1, 3, 256, 256)
    inputs = {net: rng.random(shape, np.float32) for net, shape in shapes.items()}

    def run() -> None:
        for net, values in inputs.items():
            net.setInput(values)
            net.forward(net.getUnconnectedOutLayersNames())

    return run


class Watch:
    """Adds up what the parts of a rating take."""

    def __init__(self) -> None:
        self.taken_ms: Counter[str] = Counter()

    def __call__(self, part: str, function: Callable[..., Any]) -> Callable[..., Any]:
        """Return the function, with its time told to a part's."""

        def run(*arguments: Any) -> Any:
            start = time.perf_counter()
            result = function(*arguments)
            self.taken_ms[part] += 1000 * (time.perf_counter() - start)
            return result

        return run


class Network:
    """A network whose runs are watched."""

    def __init__(self, net: cv2.dnn.Net, part: str, watch: Watch) -> None:
        self.setInput = net.setInput
        self.forward = watch(part, net.forward)


NETWORKS = ("detector", "face mesh", "expressions", "outline")
PARTS = ("read: decode, reduce, colours", *NETWORKS, "cutting out for them", "metrics", "scores and advice")


class Lender:
    """Lends one engine, as `sqrt.rating.engines.Engines` does."""

    def __init__(self, engine: FaceEngine) -> None:
        self.engine = engine

    def borrowed(self, *_: object) -> AbstractContextManager[FaceEngine]:
        return nullcontext(self.engine)


def parts_ms(source: bytes | Pixels, beside: Mapping[str, Callable[[], object]]) -> dict[str, float]:
    """Return the median time of each of `PARTS`, of the whole, and of what is `beside`.

    They take turns, so that a busy moment of the machine meets them all.
    """
    watch = Watch()
    engine = LandmarkEngine(read_networks(model_path(None)))
    vars(engine).update(
        mesh=Network(engine.mesh, "face mesh", watch),
        expressions=Network(engine.expressions, "expressions", watch),
        find=watch("engine", engine.find),
        outline=watch("engine", engine.outline),
    )
    vars(engine.detector).update(find=watch("detector", engine.detector.find))
    if engine.segmenter:
        vars(engine.segmenter).update(net=Network(engine.segmenter.net, "outline", watch))
    rater = Rater(Settings(face_engine="landmarks"), cast(Engines, Lender(engine)))
    vars(rater).update(read=watch(PARTS[0], rater.read))
    found: list[Counter[str]] = []
    with patch("sqrt.rating.rater.assess", watch("metrics", assess)):
        for _ in range(REPEATS + 1):
            watch.taken_ms = taken = Counter()
            watch("whole", rater.rate)(source)
            taken["cutting out for them"] = taken.pop("engine") - sum(taken[part] for part in NETWORKS)
            taken["scores and advice"] = taken["whole"] - sum(taken[part] for part in PARTS)
            for name, task in beside.items():
                watch(name, task)()
            found.append(taken)
    return {part: median(taken[part] for taken in found[1:]) for part in (*PARTS, "whole", *beside)}


@contextmanager
def opencv_threads(number: int) -> Iterator[None]:
    before = cv2.getNumThreads()
    cv2.setNumThreads(number)
    try:
        yield
    finally:
        cv2.setNumThreads(before)


def show_parts(photo: bytes, frame: Pixels) -> None:
    """Print where the time goes, with one thread in OpenCV and with two, beside what it is held against."""
    data = np.frombuffer(photo, np.uint8)
    decoded, once = "cv2.imdecode of the JPEG", "networks, once each"
    beside = {decoded: lambda: cv2.imdecode(data, cv2.IMREAD_COLOR), once: networks_alone()}
    columns = []
    for source in (photo, frame):
        for threads in (1, 2):
            with opencv_threads(threads):
                column = parts_ms(source, beside)
            column["networks, as run"] = sum(column[part] for part in NETWORKS)
            column["x cv2.imdecode"] = column["whole"] / column[decoded]
            column["x networks, once each"] = column["whole"] / column[once]
            column["x networks, as run"] = column["whole"] / column["networks, as run"]
            columns.append(column)
    print(f"ms, medians of {REPEATS}; {len(photo) / 1e6:.1f} MB     12 MP JPEG      640x480 array")
    print(f"{'threads in OpenCV':30} {'1':>8}{'2':>8} {'1':>8}{'2':>8}")
    for part in columns[0]:
        of_jpeg, of_array = ("".join(f"{column[part]:8.2f}" for column in two) for two in (columns[:2], columns[2:]))
        print(f"{part:30} {of_jpeg} {of_array}")


def photos_a_second(rate: Callable[[], object], clients: int) -> float:
    """Return how many photos so many clients get rated, each sending the next when it has the last."""
    rate()
    with ThreadPoolExecutor(clients) as pool:
        start = time.perf_counter()
        deque(pool.map(lambda _: rate(), range(MANY)), maxlen=0)
        return MANY / (time.perf_counter() - start)


def by_command(photo: bytes, *options: str) -> float:
    """Return how many photos a second a command rates that is given a folder of them, without its start."""

    def taken_s(photos: int) -> float:
        with tempfile.TemporaryDirectory() as folder:
            first = Path(folder, "0.jpg")
            first.write_bytes(photo)
            for number in range(1, photos):
                Path(folder, f"{number}.jpg").hardlink_to(first)
            command = [sys.executable, "-m", "sqrt", *(folder if option == "FOLDER" else option for option in options)]
            start = time.perf_counter()
            subprocess.run(command, cwd=ROOT, capture_output=True, check=True, timeout=120)
            return time.perf_counter() - start

    return MANY_FILES / (taken_s(MANY_FILES + CORES) - taken_s(CORES))


def show_speeds(rater: Rater, photo: bytes) -> None:
    """Print photos a second, and for each core: as the page asks, by the API, and by the commands."""
    found = {}
    with opencv_threads(1):
        found["page, one visitor, one thread"] = photos_a_second(lambda: rater.examine(photo), 1), 1
    found["page, one visitor"] = photos_a_second(lambda: rater.examine(photo), 1), CORES
    found[f"page, {CORES} visitors"] = photos_a_second(lambda: rater.examine(photo), CORES), CORES
    files = [fetch(file, model_path(None, file)) for file in MODEL_FILES]
    with Server(files[0], API_RATE_LIMIT=100_000) as server:
        for clients in (1, CORES):
            speed = photos_a_second(lambda: server.rate(photo), clients)
            found[f"API, {clients} client{'s' * (clients > 1)}"] = speed, CORES
    found["python -m sqrt rate"] = by_command(photo, "rate", "--json", "FOLDER"), CORES
    with tempfile.TemporaryDirectory() as target:
        archived = by_command(photo, "archive", "FOLDER", "--to", target, "--batch", "50")
    found["python -m sqrt archive"] = archived, CORES
    print(f"\n12 MP JPEG, {CORES} cores            a second   and core")
    for way, (speed, cores) in found.items():
        print(f"{way:30} {speed:11.1f} {speed / cores:10.1f}")


def peak_memory_mb(photo: bytes) -> float:
    """Return the peak resident memory of a new process that rates one photo; needs Linux."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "photo.jpg")
        path.write_bytes(photo)
        command = [sys.executable, "-c", _RATE_ONE, str(path)]
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True, timeout=120)
    return int(done.stdout) / 1024


def comparable(rating: Rating) -> tuple[object, ...]:
    """Return all of a rating that can be told apart by ``==``, unrounded."""
    boxes = [face.box for face in rating.faces]
    return rating.overall, rating.scores, rating.natives, rating.absent, rating.advice, boxes


def threads_agree(rater: Rater) -> bool:
    """Rate different photos one after another, then all at once; tell whether every result is exactly equal."""
    clean = portrait(1024, 768)
    photos = [cv2.convertScaleAbs(clean[: 768 - 20 * i, 15 * i :], alpha=1 - 0.05 * i) for i in range(THREADS)]
    serial = [comparable(rater.rate(photo)) for photo in photos]
    with ThreadPoolExecutor(THREADS) as pool:
        return [comparable(rating) for rating in pool.map(rater.rate, photos)] == serial


def side_by_side(rater: Rater, photo: bytes) -> float:
    """Return the time that photos take on the compare page, over that of as many one after another.

    In rounds that take turns, and their median: a busy moment of the machine meets both.
    """
    ratios = []
    for _ in range(MANY // 10):
        start = time.perf_counter()
        for _ in range(10):
            rater.rate(photo)
        alone_s = time.perf_counter() - start
        start = time.perf_counter()
        files = deque((str(i), nullcontext(photo)) for i in range(10))
        deque(rate_all(files, rater.examine, rater.settings.engine_pool_size), maxlen=0)
        ratios.append((time.perf_counter() - start) / alone_s)
    return median(ratios)


def show_metrics(rater: Rater, pixels: Pixels) -> None:
    """Print each metric's time: alone, and in the registry's order, the first user of a shared part pays for it."""
    photo, faces = rater.read(pixels), rater.rate(pixels).faces

    def measure(metric: Metric, analysis: Analysis) -> float:
        start = time.perf_counter()
        with suppress(NotMeasurable):
            metric.measure(analysis)
        return 1000 * (time.perf_counter() - start)

    alone: dict[str, list[float]] = {key: [] for key in METRICS}
    in_order: dict[str, list[float]] = {key: [] for key in METRICS}
    for _ in range(REPEATS):
        shared = Analysis(photo, faces)
        for key, metric in METRICS.items():
            in_order[key].append(measure(metric, shared))
            alone[key].append(measure(metric, Analysis(photo, faces)))
    print("metric, 640x480        alone ms  in order ms")
    for key in METRICS:
        print(f"{key:22} {median(alone[key]):8.2f}  {median(in_order[key]):11.2f}")
    print(f"{'all':22} {'':8}  {sum(map(median, in_order.values())):11.2f}")


def show_memory() -> None:
    """Print the peak memory of processes that rate a photo of 24 megapixels, by format."""
    picture = Image.fromarray(portrait(1400, 1050)).resize((5600, 4200))  # a grain that PNG can hold in 32 MB
    print("\n24 MP      peak MB")
    for kind, options in ENCODERS.items():
        file = io.BytesIO()
        picture.save(file, kind, **options)
        print(f"{kind:10} {peak_memory_mb(file.getvalue()):7.0f}")


def main() -> None:
    rater = Rater(Settings(face_engine="landmarks"))
    photo, frame = jpeg(portrait(4000, 3000)), portrait(640, 480)
    show_parts(photo, frame)
    show_speeds(rater, photo)
    print(f"{MANY} such JPEGs side by side, with previews: {side_by_side(rater, photo):.2f} x one after another")
    print(f"peak resident memory of a process that rates one: {peak_memory_mb(photo):.0f} MB")
    print(f"{THREADS} threads give exactly the serial results: {'yes' if threads_agree(rater) else 'no'}\n")
    with opencv_threads(1):
        show_metrics(rater, frame)
    show_memory()


if __name__ == "__main__":
    main()

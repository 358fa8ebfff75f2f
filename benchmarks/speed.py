"""How fast and how large: ratios of times taken in one run, so that they hold on any machine.

Run ``python benchmarks/speed.py``; it needs the landmark model. Photos are made from NASA's portrait in scikit-image.
"""

import io
import subprocess
import sys
import tempfile
import time
from collections import deque
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import nullcontext, suppress
from pathlib import Path
from statistics import median
from typing import Any

import cv2
import numpy as np
import pillow_heif
import skimage.data
from numpy.typing import NDArray
from PIL import Image

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))  # runs from a clone, nothing is installed

from sqrt.choosing.compare import rate_all
from sqrt.errors import NotMeasurable
from sqrt.faces.landmarks import LandmarkEngine
from sqrt.faces.model_file import model_path, read_networks
from sqrt.metrics import METRICS, Metric
from sqrt.metrics.analysis import Analysis
from sqrt.rating import Rater, Rating
from sqrt.settings import Settings

Pixels = NDArray[np.uint8]

ROOT = Path(__file__).resolve().parents[1]

REPEATS = 21
THREADS = 10
MANY = 50

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


def times_ms(*tasks: Callable[[], object]) -> list[float]:
    """Return each task's median time; they take turns, so that a busy moment of the machine meets them all."""
    taken: list[list[float]] = [[] for _ in tasks]
    for task in tasks:
        task()
    for _ in range(REPEATS):
        for task, some in zip(tasks, taken, strict=True):
            start = time.perf_counter()
            task()
            some.append(1000 * (time.perf_counter() - start))
    return [median(some) for some in taken]


def networks_alone() -> Callable[[], None]:
    """Return a function that runs once the networks that look at a face and at its person, on random input."""
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
        files = [(str(i), nullcontext(photo)) for i in range(10)]
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
    data = np.frombuffer(photo, np.uint8)
    rated, decoded = times_ms(lambda: rater.rate(photo), lambda: cv2.imdecode(data, cv2.IMREAD_COLOR))
    live, networks = times_ms(lambda: rater.rate(frame), networks_alone())
    print(f"{cv2.getNumberOfCPUs()} cores, {cv2.getNumThreads()} threads in OpenCV; medians of {REPEATS}")
    print(f"12 MP JPEG ({len(photo) / 1e6:.1f} MB): ", end="")
    print(f"rated {rated:.0f} ms, cv2.imdecode {decoded:.0f} ms: {rated / decoded:.2f} x")
    print(f"640x480 array: rated {live:.1f} ms, networks alone {networks:.1f} ms: {live / networks:.2f} x")
    print(f"{MANY} such JPEGs side by side, with previews: {side_by_side(rater, photo):.2f} x one after another")
    print(f"peak resident memory of a process that rates the 12 MP photo: {peak_memory_mb(photo):.0f} MB")
    print(f"{THREADS} threads give exactly the serial results: {'yes' if threads_agree(rater) else 'no'}\n")
    show_metrics(rater, frame)
    show_memory()


if __name__ == "__main__":
    main()

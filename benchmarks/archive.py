"""How fast archives are rated, what memory that takes, and what is left after kills: ``python benchmarks/archive.py``.

Prints, each part alone with ``--only``:

- speed: photos a second of two workers against one process with one thread, in the first and the last tenth, and the
  memory of the client (with its scheduler in it) and of the workers;
- listing: a listing of many addresses with a rater that does nothing: the client's memory and the first result;
- kills: workers killed (``--every``), a photo that kills whoever rates it, and the client killed half-way.

Photos are made from the portrait that scikit-image ships, 0.3 to 12 megapixels, as hard links; memory is resident.
"""

import argparse
import os
import signal
import sys
import tempfile
import threading
import time
from collections import Counter
from pathlib import Path

import cv2
import numpy as np
import psutil
import pyarrow.parquet as pq
import skimage.data
from PIL import Image

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from sqrt import Settings  # noqa: E402
from sqrt.archiving import cluster  # noqa: E402
from sqrt.archiving.done import Done  # noqa: E402
from sqrt.archiving.listing import entries, folder_of  # noqa: E402
from sqrt.archiving.parts import Parts  # noqa: E402
from sqrt.archiving.run import Run, Tally, batches  # noqa: E402
from sqrt.archiving.schema import is_part  # noqa: E402
from sqrt.archiving.worker import RatingPlugin  # noqa: E402
from sqrt.rating import Rater  # noqa: E402
from sqrt.rating.rater import terms_of  # noqa: E402

SIZES = ((640, 480), (1280, 960), (1600, 1200), (2592, 1944), (4000, 3000))
SERIAL = 200  # photos that one process rates
POISON = b"poison"
WATCH_EVERY_S = 0.5


class Nothing:
    """Rates nothing, at once."""

    engine = "none"
    sees_outlines = False

    def __init__(self, settings):
        self._rating = Rater(settings).rate(np.zeros((64, 64, 3), np.uint8))

    def examine(self, _image):
        """Return the same rating for everything."""
        return None, self._rating


class Mortal(Rater):
    """Rates photos, and ends with what is poisoned."""

    def examine(self, image, wait_s=None):
        """Rate a photo, or end its process."""
        if isinstance(image, bytes) and image.startswith(POISON):
            os.kill(os.getpid(), signal.SIGKILL)
        return super().examine(image, wait_s)


def client(make, source, target, workers, batch):
    """Be a client that has another rater in the real one's place."""
    settings, parts, tally = Settings(), Parts(target), Tally()
    parts.prepare()
    plugin = RatingPlugin(settings, parts, folder_of(source), "benchmark", embedded=True, make=make)
    left = batches(entries(source), batch, Done(parts.rows(terms_of(settings))), tally)
    with cluster.embedded(workers) as workers_there:
        Run(workers_there, plugin, tally).through(left)
    print(f"  {tally}", flush=True)


def photos_in(folder, photos):
    """Fill a folder with hard links to a photo of each size."""
    portrait = cv2.copyMakeBorder(skimage.data.astronaut(), 0, 0, 85, 86, cv2.BORDER_REFLECT)  # 3 to 4
    models = [folder.parent / f"{width}.jpg" for width, _ in SIZES]
    for model, size in zip(models, SIZES, strict=True):
        Image.fromarray(cv2.resize(portrait, size, interpolation=cv2.INTER_CUBIC)).save(model, quality=90)
    for place in range(photos):
        below = folder / f"{place // 1000:04}"
        below.mkdir(parents=True, exist_ok=True)
        os.link(models[place % len(models)], below / f"{place:07}.jpg")


class Watched:
    """A command, and what memory it and its workers take while it runs; a context manager that ends it."""

    def __init__(self, target, *command):
        self.target = Path(target)
        self.began = time.perf_counter()
        self.process = psutil.Popen([sys.executable, *command], cwd=ROOT)
        self.client = []  # resident bytes, from the first part on
        self.worker = []  # of the largest
        self.first_s = None
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._watch)

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, *_):
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        self._ended.set()
        self._thread.join()

    def workers(self):
        """Return the processes that rate."""
        try:
            children = self.process.children()
            return [child for child in children if any("spawn_main" in word for word in child.cmdline())]
        except psutil.Error:
            return []

    def parts(self):
        """Return how many parts there are."""
        return sum(is_part(name) for name in os.listdir(self.target)) if self.target.exists() else 0

    def _watch(self):
        while not self._ended.wait(0.05 if self.first_s is None else WATCH_EVERY_S):
            if self.first_s is None:
                self.first_s = time.perf_counter() - self.began if self.parts() else None
                continue
            try:
                worker = max((one.memory_info().rss for one in self.workers()), default=0)
                self.client.append(self.process.memory_info().rss)
                self.worker.append(worker)
            except psutil.Error:
                continue


def tenths(values):
    """Return the means of the first and the last tenth."""
    length = max(len(values) // 10, 1)
    return np.mean(values[:length]), np.mean(values[-length:])


def rows(target):
    """Return address, time and refusal of each row of an archive."""
    found = []
    for name in filter(is_part, os.listdir(target)):
        found += pq.read_table(Path(target, name), columns=["address", "rated_at", "refused"]).to_pylist()
    return found


def speed(folder, options):
    """Print photos a second and memory of the command as it is."""
    source, target = folder / "photos", folder / "archive"
    photos_in(source, options.photos)
    listed = [entry.address for entry in entries(str(source))]
    some = listed[: min(SERIAL, len(listed))]
    cv2.setNumThreads(1)
    rater = Rater(Settings(engine_pool_size=1))
    rater.rate(some[0])
    began = time.perf_counter()
    for path in some:
        rater.rate(path)
    serial = len(some) / (time.perf_counter() - began)
    command = ("-m", "sqrt", "archive", str(source), "--to", str(target), "--workers", str(options.workers))
    with Watched(target, *command, "--batch", str(options.batch)) as ran:
        ran.process.wait()
        whole_s = time.perf_counter() - ran.began
    at = np.sort([row["rated_at"].timestamp() for row in rows(target)])
    length = max(len(at) // 10, 2)
    first, last = ((part[-1] - part[0]) and (length - 1) / (part[-1] - part[0]) for part in (at[:length], at[-length:]))
    during = len(at) / (at[-1] - at[0])
    print(f"speed: {len(at)} photos of {', '.join(f'{w * h / 1e6:.1f}' for w, h in SIZES)} megapixels")
    print(f"  one process, one thread      {serial:7.1f} photos/s ({len(some)} photos)")
    print(f"  {options.workers} workers, while they rate  {during:7.1f} photos/s, {during / serial:.2f} x")
    print(f"  whole command, start and end {len(at) / whole_s:7.1f} photos/s, {len(at) / whole_s / serial:.2f} x")
    print(f"  first tenth, last tenth      {first:7.1f}, {last:.1f} photos/s")
    told_memory(ran)


def told_memory(ran):
    """Print what the client and the largest worker took."""
    first, last = tenths(ran.client)
    change = f"{last / first - 1:+.1%}"
    print(f"  client with scheduler: first tenth {first / 2**20:.0f} MB, last {last / 2**20:.0f} ({change})")
    print(f"  client at most {max(ran.client) / 2**20:.0f} MB, largest worker {max(ran.worker) / 2**20:.0f} MB")


def itself(kind, source, target, options):
    """Return the command that starts this file as a client."""
    return (__file__, "--client", kind, str(source), str(target), str(options.workers), str(options.batch))


def listing(folder, options):
    """Print what a long listing takes: a thousand photos under as many names of their folder as it needs."""
    real = folder / "real"
    real.mkdir()
    for place in range(1000):
        (real / f"{place:03}.jpg").write_bytes(b"x" * 1000)
    listed, target = folder / "list.txt", folder / "archive"
    with listed.open("w") as file:
        for group in range(options.addresses // 1000):
            (folder / f"{group:04}").symlink_to(real)
            file.writelines(f"{folder}/{group:04}/{place:03}.jpg\n" for place in range(1000))
    with Watched(target, *itself("nothing", listed, target, options)) as ran:
        ran.process.wait()
        whole_s = time.perf_counter() - ran.began
    print(f"listing: {options.addresses} addresses in a text list, a rater that does nothing, in {whole_s:.0f} s")
    print(f"  first part after {ran.first_s:.1f} s, from the start of the command")
    told_memory(ran)
    with Watched(target, *itself("nothing", listed, target, options)) as ran:
        ran.process.wait()
        print(f"  a second start, which finds all done: {time.perf_counter() - ran.began:.0f} s")
    print(f"  its client at most {max(ran.client) / 2**20:.0f} MB")


def kills(folder, options):
    """Print what stands in an archive whose workers and client were killed."""
    source, target = folder / "photos", folder / "archive"
    photos_in(source, options.killed)
    poisoned = source / "0000" / f"{options.killed // 3 % 1000:07}.jpg"
    poisoned.unlink()
    poisoned.write_bytes(POISON)
    half = options.killed // options.batch // 2
    ended = 0
    for until in (half, None):
        with Watched(target, *itself("mortal", source, target, options)) as ran:
            before = ran.parts()
            while ran.process.poll() is None and ran.parts() == before:
                time.sleep(0.2)
            due = time.perf_counter()
            while ran.process.poll() is None and (until is None or ran.parts() < until):
                if time.perf_counter() > due:
                    due = time.perf_counter() + options.every
                    for worker in ran.workers()[:1]:
                        worker.kill()
                        ended += 1
                time.sleep(0.2)
    found = rows(target)
    counts = Counter(row["address"] for row in found)
    refused = [row["address"] for row in found if row["refused"]]
    print(f"kills: {options.killed} photos, {ended} workers killed, the client killed after {half} parts")
    print(f"  rows {len(found)}, addresses {len(counts)}, more than once {sum(n > 1 for n in counts.values())}")
    print(f"  refused {len(refused)}: the poisoned one and no other: {refused == [str(poisoned)]}")


PARTS = {"speed": speed, "listing": listing, "kills": kills}


def main():
    """Measure all, or what is asked for."""
    if sys.argv[1:2] == ["--client"]:
        kind, source, target, workers, batch = sys.argv[2:]
        client({"nothing": Nothing, "mortal": Mortal}[kind], source, target, int(workers), int(batch))
        return
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--photos", type=int, default=20_000, help="of the speed")
    parser.add_argument("--addresses", type=int, default=1_000_000, help="of the listing, in thousands")
    parser.add_argument("--killed", type=int, default=1000, help="photos of the kills")
    parser.add_argument("--every", type=float, default=10, help="seconds between two kills of a worker")
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--batch", type=int, default=100)
    parser.add_argument("--only", choices=[*PARTS])
    options = parser.parse_args()
    for name in [options.only] if options.only else PARTS:
        with tempfile.TemporaryDirectory() as folder:
            PARTS[name](Path(folder), options)


if __name__ == "__main__":
    main()

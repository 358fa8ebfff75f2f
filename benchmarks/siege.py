"""What an honest client feels, and what the server holds, while somebody attacks it.

Run ``python benchmarks/siege.py [--start serve|run|both] [--only posts,heads] [--quick]``; it needs Linux and the
landmark model, and takes about fifteen minutes a start. Each attack (`attacks.py`, `attacks_heavy.py`) meets a server
of its own, started as in the README, and comes from an address of its own on this machine. Four honest clients, each
with another address, send a small photo to the API every two seconds, half a second apart.
"""

import argparse
import http.client
import os
import re
import statistics
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Self

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))  # runs from a clone, nothing is installed

from benchmarks import attacks, attacks_heavy
from benchmarks.attacks import LOST, Outcome
from benchmarks.callers import Caller
from benchmarks.speed import jpeg, portrait
from sqrt.faces.fetching import fetch
from sqrt.faces.model_file import MODEL_FILES, model_path
from tests.server import LIMIT_S, PlainServer, Server

CLIENTS = 4
PERIOD_S = 2.0
QUIET_S = 8.2
"""An attack that comes between two of their photos finds all places of the API free."""
OVER_S = 15.0
"""So long after an attack everything must be as it was before."""
SLOWER = 2.0
MEMORY_MB = 100.0
DESCRIPTORS = 8
"""What counts as "as it was before": so many times the quiet latency, more memory, more descriptors at most."""


def started(start: str, **settings: object) -> Server:
    """Return a server by one of the two starts, with the default limits, that asks nobody outside for anything."""
    files = [fetch(file, model_path(None, file)) for file in MODEL_FILES]
    return {"serve": Server, "run": PlainServer}[start](files[0], ICE_SERVERS="none", **settings)


@dataclass(frozen=True)
class Held:
    """What the process of a server holds."""

    memory_mb: float
    descriptors: int
    threads: int

    @classmethod
    def by(cls, server: Server) -> "Held":
        process = Path(f"/proc/{server.process.pid}")
        said = (process / "status").read_text()
        memory, threads = (int(re.search(rf"{name}:\s+(\d+)", said)[1]) for name in ("VmRSS", "Threads"))
        return cls(memory / 1024, len(os.listdir(process / "fd")), threads)


class Honest:
    """Clients who send a small photo every now and then; a context manager. `seen` is when, for how long, what came."""

    def __init__(self, server: Server, photo: bytes) -> None:
        self._server = server
        self._photo = photo
        self._stop = threading.Event()
        self._threads = [threading.Thread(target=self._run, args=(number,)) for number in range(CLIENTS)]
        self.seen: list[tuple[float, float, str]] = []

    def __enter__(self) -> Self:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        for thread in self._threads:
            thread.join()

    def _run(self, number: int) -> None:
        ask = self._asked(f"127.0.1.{number + 1}")
        due = time.perf_counter() + number * PERIOD_S / CLIENTS
        while not self._stop.wait(max(0.0, due - time.perf_counter())):
            begun = time.perf_counter()
            try:
                said = next(ask)
            except LOST as error:
                said, ask = type(error).__name__, self._asked(f"127.0.1.{number + 1}")
            self.seen.append((begun, time.perf_counter() - begun, said))
            due = max(due + PERIOD_S, time.perf_counter())

    def _asked(self, source: str) -> Iterator[str]:
        while True:
            connection = http.client.HTTPConnection(self._server.host, timeout=LIMIT_S, source_address=(source, 0))
            with closing(connection):
                connection.request("POST", "/api/rate", self._photo, {"Content-Type": "image/jpeg"})
                status = connection.getresponse().status
            yield str(status)

    def between(self, start: float, end: float) -> tuple[list[float], Counter[str]]:
        """Return the seconds that the photos sent within a time took, and what was answered."""
        some = [(spent, said) for begun, spent, said in list(self.seen) if start <= begun < end]
        return [spent for spent, _ in some], Counter(said for _, said in some)


@dataclass(frozen=True)
class Felt:
    """What became of one attack."""

    start: str
    attack: str
    quiet_s: float
    median_s: float
    worst_s: float
    answers: Counter[str]
    before: Held
    peak: Held
    after: Held
    remains: list[str]
    outcome: Outcome

    HEAD = (
        "start  attack       quiet ms  median   worst  times  answers           MB before   peak  after"
        "  fds before  peak  after  over  what came of it"
    )

    def __str__(self) -> str:
        held = (self.before, self.peak, self.after)
        memory, descriptors = [one.memory_mb for one in held], [one.descriptors for one in held]
        answers = " ".join(f"{number}x{said}" for said, number in self.answers.most_common())
        times = "  ".join(f"{1000 * value:6.0f}" for value in (self.quiet_s, self.median_s, self.worst_s))
        return (
            f"{self.start:5}  {self.attack:10}     {times}  {self.worst_s / self.quiet_s:5.1f}  {answers:16}  "
            f"{memory[0]:9.0f} {memory[1]:6.0f} {memory[2]:6.0f}  {descriptors[0]:10} {descriptors[1]:5} "
            f"{descriptors[2]:6}  {'no: ' + ', '.join(self.remains) if self.remains else 'yes'}  "
            + ", ".join(f"{value:g} {name}" for name, value in self.outcome.items())
        )


def besiege(start: str, name: str, attack: Callable[[Server, str], Outcome], source: str) -> Felt:
    """Let an attack meet a new server, and return what an honest client felt and what the server held."""
    photo = jpeg(portrait(640, 480))
    with started(start) as server:
        with Caller(server.host) as first:  # who comes first waits for the engines to be made
            first.send_all([photo])
            first.see_run()
        with Honest(server, photo) as honest, Watch(server) as watch:
            begun = time.perf_counter()
            time.sleep(QUIET_S)
            before, watch.seen[:] = Held.by(server), []
            attacked = time.perf_counter()
            outcome = attack(server, source)
            ended = time.perf_counter()
            time.sleep(OVER_S)
            after, peak = Held.by(server), watch.peak
            end = time.perf_counter()
        quiet, _ = honest.between(begun, attacked)
        taken, answers = honest.between(attacked, max(ended, attacked + PERIOD_S))  # some attacks are short
        late, at_last = honest.between(end - OVER_S / 3, end)
    quiet_s = statistics.median(quiet)
    remains = {
        "answers": set(at_last) != {"200"},
        "times": not late or statistics.median(late) > SLOWER * quiet_s,
        "memory": after.memory_mb > before.memory_mb + MEMORY_MB,
        "descriptors": after.descriptors > before.descriptors + DESCRIPTORS,
    }
    median_s, worst_s = (statistics.median(taken), max(taken)) if taken else (float("nan"), float("nan"))
    left = [what for what, is_left in remains.items() if is_left]
    return Felt(start, name, quiet_s, median_s, worst_s, answers, before, peak, after, left, outcome)


class Watch:
    """Looks at what a server holds, ten times a second; a context manager."""

    def __init__(self, server: Server) -> None:
        self.seen: list[Held] = []
        self._server = server
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join()

    def _run(self) -> None:
        while not self._stop.wait(0.1):
            self.seen.append(Held.by(self._server))

    @property
    def peak(self) -> Held:
        """The most there was of each."""
        held = [(one.memory_mb, one.descriptors, one.threads) for one in self.seen]
        return Held(*(max(values) for values in zip(*held, strict=True)))


def all_attacks(quick: bool) -> dict[str, Callable[[Server, str], Outcome]]:
    """Return every attack by the name that ``--only`` knows it by."""
    photo = jpeg(portrait(4000, 3000))
    hold = {"hold_s": 3.0} if quick else {}
    return {
        "posts": partial(attacks.half_open_posts, **hold),
        "bodies": partial(attacks.slow_bodies, **hold),
        "uploads": partial(attacks.upload_flood, **hold, **({"count": 2} if quick else {})),
        "knobs": partial(attacks.knobs, photo=photo, **({"sessions": 3} if quick else {})),
        "cascades": partial(attacks.thorough_cascades, photo=photo, photos=1 if quick else 2),
        "tab": partial(attacks.closed_tab, photo=photo, **({"count": 6} if quick else {})),
        "cuts": partial(attacks.cut_uploads, **({"count": 3} if quick else {})),
        "heads": partial(attacks.slow_heads, **hold),
        "dodge": attacks.dodged_limit,
        "rejections": partial(attacks.cheap_rejections, **({"count": 100} if quick else {})),
        "ranks": partial(attacks_heavy.many_large, photo=photo, **({"photos": 10} if quick else {})),
        "forms": partial(attacks_heavy.slow_forms, **hold),
        "clips": attacks_heavy.lying_clips,
        "guesses": partial(attacks_heavy.guessed_downloads, **({"count": 100} if quick else {})),
        "unread": partial(attacks_heavy.unread_downloads, photo=photo, **hold, **({"photos": 6} if quick else {})),
    }


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description="What an honest client feels while somebody attacks the server.")
    parser.add_argument("--start", choices=("serve", "run", "both"), default="serve", help="how the server is started")
    parser.add_argument("--only", default="", help="names of attacks, separated by commas")
    parser.add_argument("--quick", action="store_true", help="shorter and fewer")
    chosen = parser.parse_args(arguments)
    known = all_attacks(chosen.quick)
    names = [name for name in chosen.only.split(",") if name] or [*known]
    if unknown := set(names) - known.keys():
        parser.error(f"there is no attack {', '.join(unknown)}; there are {', '.join(known)}")
    print(Felt.HEAD)
    for start in ("serve", "run") if chosen.start == "both" else (chosen.start,):
        for name in names:
            source = f"127.0.0.{3 + [*known].index(name)}"
            print(besiege(start, name, known[name], source), flush=True)
    print(f"\nMB resident; peak until {OVER_S:g} s after the attack, when it must be over: answers right, in at most")
    print(f"{SLOWER:g} times the quiet time, {MEMORY_MB:g} MB and {DESCRIPTORS} descriptors more than before.")


if __name__ == "__main__":
    main()

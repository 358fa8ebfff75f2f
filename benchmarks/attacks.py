"""What somebody could do to a server from one address, each a few lines: for `siege.py`, and in small for tests.

Each takes the server and the address to come from, with counts and seconds that may be made less, and returns what came
of it by name. Whatever the server does about it is counted, and raises nothing.
"""

import threading
import time
from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, suppress
from http.client import HTTPException

from streamlit.proto.WidgetStates_pb2 import WidgetState
from websockets.exceptions import WebSocketException

from benchmarks.callers import Caller, answer, call, drip, head, lines, pour
from tests.server import LIMIT_S, Server, form

Outcome = dict[str, float]

LOST = (OSError, HTTPException, WebSocketException)
ANSWER_S = 5.0
_COMPLETED = "analysis completed"
_SIDE, _FACTOR, _SHARE, _ENGINE = "Largest image side (px)", "Scale factor", "Smallest face (share)", "Face engine"


def half_open_posts(server: Server, source: str, count: int = 20, hold_s: float = 30) -> Outcome:
    """Photos that are announced and do not come: more than API_MAX_PENDING."""
    with lines(server.host, source, count) as held:
        drip(held, [head("POST", "/api/rate", 1_000_000) + b"\xff\xd8"], hold_s)
        return Counter(answer(line) for line in held)


def slow_bodies(server: Server, source: str, count: int = 20, hold_s: float = 30) -> Outcome:
    """Photos that come at a hundred bytes a second."""
    with lines(server.host, source, count) as held:
        drip(held, [head("POST", "/api/rate", 1_000_000), *[bytes(100)] * round(hold_s)])
        return Counter(answer(line) for line in held)


def upload_flood(server: Server, source: str, count: int = 6, mb: int = 90, hold_s: float = 30) -> Outcome:
    """Files that no page waits for: under made-up names, under given ones, and two thirds of some, then silence."""
    body, kind = form(bytes(mb * 2**20))
    outcome: Counter[str] = Counter()
    with suppress(*LOST), Caller(server.host, source) as caller:
        named = {
            "made up": [f"/_stcore/upload_file/{caller.session}/{number}" for number in range(count)],
            "given": [place.upload_url for place in caller.addresses(count * ["a.jpg"])],
        }
        for name, paths in named.items():
            for path in paths:
                start = head("PUT", path, len(body), {"Content-Type": kind, **caller.token})
                with lines(server.host, source, 1) as held:
                    for line in held:
                        _ = pour(line, start) and pour(line, body)
                        outcome[f"{name} {answer(line, ANSWER_S)}"] += 1
        with lines(server.host, source, count) as held:
            for line, place in zip(held, caller.addresses(count * ["a.jpg"]), strict=False):
                start = head("PUT", place.upload_url, len(body), {"Content-Type": kind, **caller.token})
                _ = pour(line, start) and pour(line, memoryview(body)[: len(body) * 2 // 3])
            time.sleep(hold_s)
            outcome.update(f"half-open {answer(line)}" for line in held)
    return outcome


def knobs(server: Server, source: str, photo: bytes, sessions: int = 8) -> Outcome:
    """Each of some visitors has other settings, so that each has engines of their own, and sends a photo with the rest.

    How many were rated at once follows from the times: where two are, the first of eight is done after a quarter.
    """
    with ExitStack() as open_ones:
        callers = [open_ones.enter_context(Caller(server.host, source)) for _ in range(sessions)]
        for number, caller in enumerate(callers):
            _turn(caller, WidgetState(id=caller.widgets[_SIDE], double_value=2048 + 64 * number))
        return _rush([lambda caller=caller: _rated(caller, photo) for caller in callers])


def thorough_cascades(server: Server, source: str, photo: bytes, photos: int = 2) -> Outcome:
    """One visitor asks for the most thorough search that the knobs allow."""
    taken = [float("nan")]
    with suppress(*LOST), Caller(server.host, source) as caller:
        share = WidgetState(id=caller.widgets[_SHARE], double_value=0.01)
        factor = WidgetState(id=caller.widgets[_FACTOR], double_value=1.01)
        _turn(caller, share, factor, WidgetState(id=caller.widgets[_ENGINE], string_value="Cascades"))
        for number in range(photos):
            begun = time.perf_counter()
            _rated(caller, photo + bytes(number))
            taken.append(time.perf_counter() - begun)
    return {"s a photo": taken[-1]}


def closed_tab(server: Server, source: str, photo: bytes, count: int = 30, wait_s: float = 20) -> Outcome:
    """Photos to compare, and nobody there any more once the first is rated; they are told by their size."""
    before = _completed(server)
    with suppress(*LOST), Caller(server.host, source, "compare") as caller:
        caller.send_all([photo + bytes(number) for number in range(count)])
        _until(lambda: _completed(server) > before, wait_s)
        caller.hang_up()
    at_once = _completed(server)
    _until(lambda: _completed(server) >= before + count, wait_s)
    return {"rated before": at_once - before, "rated after": _completed(server) - at_once}


def cut_uploads(server: Server, source: str, count: int = 9, wait_s: float = 2) -> Outcome:
    """Connections that break while a file arrives, as they do on every train."""
    body, kind = form(bytes(2**20))
    before = len(server.log)
    with suppress(*LOST), Caller(server.host, source) as caller:
        for place in caller.addresses(count * ["a.jpg"]):
            with lines(server.host, source, 1) as held:
                for line in held:
                    start = head("PUT", place.upload_url, len(body), {"Content-Type": kind, **caller.token})
                    pour(line, start + body[: len(body) // 2])
                    time.sleep(0.1)
        time.sleep(wait_s)
    said = server.log[before:]
    return {"ERROR lines": sum("ERROR" in line for line in said), "traces": sum("Traceback" in line for line in said)}


def slow_heads(server: Server, source: str, slow: int = 20, silent: int = 60, hold_s: float = 75) -> Outcome:
    """Connections that say a byte a second, and connections that say nothing."""
    said = head("POST", "/api/rate", 9, {"X-Long": 1000 * "a"})
    with lines(server.host, source, slow) as talking, lines(server.host, source, silent) as quiet:
        drip(talking, [said[number : number + 1] for number in range(round(hold_s))])
        outcome = Counter(f"slow {answer(line)}" for line in talking)
        outcome.update(f"silent {answer(line)}" for line in quiet)
    return outcome


def dodged_limit(server: Server, _source: str, count: int = 100) -> Outcome:
    """One client that says of each of its requests that it comes for another: from the address uvicorn believes."""
    outcome: Counter[str] = Counter()
    for number in range(count):
        said = _post(server, "127.0.0.1", b"x", {"X-Forwarded-For": f"198.51.100.{number}"})
        outcome[said] += 1
        outcome["past the limit"] += said != "429"
    return outcome


def cheap_rejections(server: Server, source: str, count: int = 500, clients: int = 4) -> Outcome:
    """What is no photo, as fast as it can be sent."""
    with ThreadPoolExecutor(clients) as pool:
        return Counter(pool.map(lambda _: _post(server, source, b"\xff\xd8\xff" + bytes(100)), range(count)))


def _post(server: Server, source: str, body: bytes, headers: dict[str, str] | None = None) -> str:
    try:
        with call(server.host, source) as line:
            pour(line, head("POST", "/api/rate", len(body), headers) + body)
            return answer(line, LIMIT_S)
    except OSError:
        return "refused"


def _turn(caller: Caller, *states: WidgetState) -> None:
    caller.change(*states)
    caller.see_run()


def _rated(caller: Caller, photo: bytes) -> str:
    caller.send_all([photo])
    caller.see_run()
    return "rated" if caller.score else f"page: {' '.join(caller.alerts)}"


def _rush(tasks: Sequence[Callable[[], str]]) -> Outcome:
    outcome: Counter[str] = Counter()
    taken = []
    ready = threading.Barrier(len(tasks))

    def run(task: Callable[[], str]) -> None:
        ready.wait()
        begun = time.perf_counter()
        try:
            outcome[task()] += 1
        except LOST:
            outcome["lost"] += 1
        taken.append(time.perf_counter() - begun)

    with ThreadPoolExecutor(len(tasks)) as threads:
        for _ in threads.map(run, tasks):
            pass
    return {**outcome, "at once, about": round(len(tasks) * min(taken) / max(taken), 1), "s in all": max(taken)}


def _completed(server: Server) -> int:
    return sum(_COMPLETED in line and "4000x3000" in line for line in list(server.log))


def _until(done: Callable[[], bool], wait_s: float) -> None:
    end = time.monotonic() + wait_s
    while not done() and time.monotonic() < end:
        time.sleep(0.05)

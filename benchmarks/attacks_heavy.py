"""More of what somebody could do to a server: where one request brings much, or asks for much.

As in `attacks.py`, each takes the server, the address to come from, and counts that may be made less.
"""

import http.client
import json
import secrets
import socket
import time
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing, suppress

from benchmarks.attacks import LOST, Outcome
from benchmarks.callers import Caller, answer, call, drip, head, lines, pour
from tests.films import SMALL, edited, film
from tests.server import LIMIT_S, Server

_BREAK = b"--frontier"
_FORM = {"Content-Type": "multipart/form-data; boundary=frontier"}
_TICKS = 240


def many_large(server: Server, source: str, photo: bytes, photos: int = 40, clients: int = 4) -> Outcome:
    """Forms full of large photos to be ranked, several at once."""
    body = _form([photo] * photos)

    def ranked(_: int) -> str:
        status, said = _sent(server, source, "/api/rank", body, _FORM)
        rated = sum("rating" in one for one in json.loads(said)["photos"]) if status == "200" else 0
        return f"ranked {rated}" if rated else status

    with ThreadPoolExecutor(clients) as pool:
        return Counter(pool.map(ranked, range(clients)))


def slow_forms(server: Server, source: str, count: int = 20, hold_s: float = 30) -> Outcome:
    """Forms of many photos that come a part at a time, each part whole and tiny."""
    start = head("POST", "/api/rank", 1_000_000, _FORM)
    with lines(server.host, source, count) as held:
        drip(held, [start, *[_part(number, b"\xff\xd8\xff") for number in range(round(hold_s))]])
        return Counter(answer(line) for line in held)


def lying_clips(server: Server, source: str, count: int = 12) -> Outcome:
    """Clips that say they last for hours, claim samples without end, or show the same ones again and again."""
    clip = film([SMALL] * 20)
    long = bytearray(film([SMALL] * 20))
    for place in (long.index(b"mvhd") + 20, long.index(b"tkhd") + 24, long.index(b"mdhd") + 20):
        long[place : place + 4] = (2**31 - 1).to_bytes(4)
    clips = {
        "hours": bytes(long),
        "samples": edited(clip, 1, 2**31),
        "edits": edited(clip, 10_000, 10_000),
        "many edits": edited(clip, 2_000_000, 20),
    }
    outcome: Counter[str] = Counter()
    for _ in range(count // len(clips)):
        for name, data in clips.items():
            status, _ = _sent(server, source, "/api/clip", data, {"Content-Type": "video/mp4"})
            outcome[f"{name} {status}"] += 1
    return outcome


def guessed_downloads(server: Server, source: str, count: int = 500, clients: int = 4) -> Outcome:
    """Addresses of downloads, guessed as fast as they are answered."""
    with ThreadPoolExecutor(clients) as pool:
        asked = pool.map(lambda _: _got(server, source, f"/download/{secrets.token_urlsafe(32)}"), range(count))
        return Counter(asked)


def unread_downloads(
    server: Server, source: str, photo: bytes, photos: int = 20, count: int = 20, hold_s: float = 30
) -> Outcome:
    """One visitor's keepers, asked for again and again and never read, then by a stranger."""
    outcome: Counter[str] = Counter()
    with suppress(*LOST), Caller(server.host, source, "compare") as caller:
        caller.send_all([photo + bytes(number) for number in range(photos)])
        caller.see_run()
        for _ in range(_TICKS):
            if caller.links or not caller.timers:
                break
            part, after_s = next(iter(caller.timers.items()))
            time.sleep(after_s)
            caller.tick(part)
        if not caller.links:
            return {"no download": 1}
        address = caller.links[0]
        outcome[f"a stranger's {_got(server, source, address)}"] += 1
        with ExitStack() as held:
            asked = head("GET", address, 0, caller.token)
            unread = []
            for _ in range(count):
                with suppress(OSError):
                    line = held.enter_context(closing(call(server.host, source)))
                    line.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
                    pour(line, asked)
                    unread.append(line)
            time.sleep(hold_s)
            outcome.update(f"unread {answer(line)}" for line in unread)
        time.sleep(1)
        outcome[f"then {_got(server, source, address, caller.token)}"] += 1
    return outcome


def _form(photos: Sequence[bytes]) -> bytes:
    return b"".join(_part(number, photo) for number, photo in enumerate(photos)) + _BREAK + b"--\r\n"


def _part(number: int, photo: bytes) -> bytes:
    named = f'\r\nContent-Disposition: form-data; name="photos"; filename="{number}.jpg"\r\n\r\n'.encode()
    return _BREAK + named + photo + b"\r\n"


def _sent(server: Server, source: str, path: str, body: bytes, headers: dict[str, str]) -> tuple[str, bytes]:
    try:
        with closing(http.client.HTTPConnection(server.host, timeout=LIMIT_S, source_address=(source, 0))) as line:
            line.request("POST", path, body, headers)
            said = line.getresponse()
            return str(said.status), said.read()
    except LOST as error:
        return type(error).__name__, b""


def _got(server: Server, source: str, path: str, headers: dict[str, str] | None = None) -> str:
    try:
        with call(server.host, source) as line:
            pour(line, head("GET", path, 0, headers))
            return answer(line, LIMIT_S)
    except OSError:
        return "refused"

"""Clients of the API: how much of its work one of them may ask for, and all together."""

import asyncio
import threading
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager, contextmanager
from http import HTTPStatus
from typing import TypeVar

from starlette.requests import Request

from sqrt.errors import BusyError
from sqrt.serving.problems import Refusal
from sqrt.serving.rate_limit import RateLimit
from sqrt.settings import Settings

_Done = TypeVar("_Done")


class Clients:
    """What is in hand for whom; for one event loop, whose threads do the work."""

    def __init__(self, settings: Settings) -> None:
        self._all = settings.api_max_pending
        self._most = max(self._all // 2, 1)
        self._limit = RateLimit(settings.api_rate_limit)
        # One for each photo that is there: they wait for an engine in one line with the page's.
        self._pool = ThreadPoolExecutor(self._all, thread_name_prefix="api")
        self._pending = 0
        self._in_hand: Counter[str] = Counter()
        self._clips: set[str] = set()

    @contextmanager
    def in_hand(self, client: str) -> Iterator[None]:
        """Hold what a client sends, until it is answered; raises Refusal where they have sent as much as they may."""
        self.count(client)
        if self._in_hand[client] >= self._most:
            many = f"More than {self._most} photos came at once; please wait for an answer."
            raise Refusal(HTTPStatus.TOO_MANY_REQUESTS, many, 1)
        with self._taken(client, 1):
            yield

    def count(self, client: str, photos: int = 1) -> None:
        """Count photos of a client; raises Refusal where these are more than they may send in a minute."""
        if wait_s := self._limit.wait_s(client, photos):
            often = f"More than {self._limit.amount} photos came within a minute; please wait a little."
            raise Refusal(HTTPStatus.TOO_MANY_REQUESTS, often, wait_s)

    @contextmanager
    def only_clip(self, client: str) -> Iterator[None]:
        """Hold a clip of a client; raises Refusal where they have sent another one, still to be answered."""
        if client in self._clips:
            raise Refusal(HTTPStatus.TOO_MANY_REQUESTS, "Another clip is still being rated; please wait for it.", 1)
        self._clips.add(client)
        try:
            yield
        finally:
            self._clips.remove(client)

    @contextmanager
    def pending(self, client: str, wanted: int = 1) -> Iterator[int]:
        """Take places in line for what has arrived in full, and give how many of those wanted there were.

        Who is still sending takes nobody's place. Raises BusyError where there is none.
        """
        free = self._all - self._pending
        if not free:
            raise BusyError(f"{self._pending} photos pending")
        # The request itself is in hand already.
        places = min(wanted, free, self._most - self._in_hand[client] + 1)
        self._pending += places
        try:
            with self._taken(client, places - 1):
                yield places
        finally:
            self._pending -= places

    @contextmanager
    def _taken(self, client: str, amount: int) -> Iterator[None]:
        self._in_hand[client] += amount
        try:
            yield
        finally:
            self._in_hand[client] -= amount
            self._in_hand += Counter()  # drops those who have nothing left

    async def run(self, work: Callable[[], _Done]) -> _Done:
        """Do work of a place in a thread."""
        return await asyncio.get_running_loop().run_in_executor(self._pool, work)


@asynccontextmanager
async def watched(request: Request) -> AsyncIterator[threading.Event]:
    """Give what is set once nobody waits for the answer any more; for a request whose body has been read."""
    gone = threading.Event()

    async def watch() -> None:
        while (await request.receive())["type"] != "http.disconnect":
            pass
        gone.set()

    watching = asyncio.create_task(watch())
    try:
        yield gone
    finally:
        gone.set()
        watching.cancel()

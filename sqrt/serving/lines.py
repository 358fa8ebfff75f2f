"""Uploads that wait for room, where a page takes them file by file."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from weakref import WeakKeyDictionary

from sqrt.ui.arrivals import Arrivals

ROOM_S = 45.0
"""An upload waits no longer: proxies give up after a minute."""
MAX_WAITING = 128
"""Uploads of one client that wait: a browser sends no more side by side, even by HTTP/2."""
_LOOK_S = 0.05


class NoRoomError(Exception):
    """An upload has waited for room in vain."""


class Lines:
    """One line for each page, first come, first served; for one event loop."""

    def __init__(self) -> None:
        self._turns: WeakKeyDictionary[Arrivals, asyncio.Lock] = WeakKeyDictionary()
        self._waiting: Counter[str] = Counter()

    @asynccontextmanager
    async def place(
        self, arrivals: Arrivals, file_id: str, size: int, client: str, stored: Callable[[], int]
    ) -> AsyncIterator[None]:
        """Wait until there is room for a file of so many bytes, and keep it until the context ends.

        `stored` tells what the page has of its files. Raises NoRoomError where it took too long, or where too many of
        the client wait already.
        """
        try:
            await self._wait(arrivals, file_id, size, client, stored)
            yield
        finally:
            arrivals.end(file_id)

    async def _wait(self, arrivals: Arrivals, file_id: str, size: int, client: str, stored: Callable[[], int]) -> None:
        if self._waiting[client] >= MAX_WAITING:
            raise NoRoomError(f"{MAX_WAITING} wait already")
        self._waiting[client] += 1
        try:
            async with asyncio.timeout(ROOM_S), self._turns.setdefault(arrivals, asyncio.Lock()):
                while not arrivals.has_room(size, stored()):
                    await asyncio.sleep(_LOOK_S)
                arrivals.begin(file_id, size)
        except TimeoutError as error:
            raise NoRoomError(f"none within {ROOM_S:.0f} s") from error
        finally:
            self._waiting[client] -= 1
            self._waiting += Counter()  # drops those who have nothing left

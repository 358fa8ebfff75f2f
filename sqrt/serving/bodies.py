"""What clients send: it must keep coming, and there is a limit to how much of it is held."""

import asyncio
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import NamedTuple

from starlette.types import Message, Receive

from sqrt.words import N_

WINDOW_S = 10.0
LEAST_BYTES = 64 * 1024
"""A body of which less than this comes within `WINDOW_S` is given up."""
BODY_S = 300.0
"""A body that takes longer is given up, however steadily it comes."""
LATE = N_("The photo came too slowly; please send it again.")
BROKEN_OFF = N_("The photo did not arrive in full; please send it again.")


class TooMuchError(Exception):
    """More than may be held: of one who sends, or (`all_full`) of all together."""

    def __init__(self, all_full: bool) -> None:
        super().__init__("all together" if all_full else "one client")
        self.all_full = all_full


class Steady:
    """An ASGI `receive` for a request's body, which raises TimeoutError where it comes too slowly."""

    def __init__(self, receive: Receive, clock: Callable[[], float] = time.monotonic) -> None:
        self._receive, self._clock = receive, clock
        self._ends_at = clock() + BODY_S
        self._window_ends_at = clock() + WINDOW_S
        self._in_window = 0
        self._complete = False

    async def __call__(self) -> Message:
        """Return the next message."""
        if self._complete:  # from here on it only tells when the client goes
            return await self._receive()
        left_s = min(self._window_ends_at, self._ends_at) - self._clock()
        async with asyncio.timeout(max(left_s, 0.0)):
            message = await self._receive()
        self._in_window += len(message.get("body", b""))
        if self._in_window >= LEAST_BYTES:
            self._in_window, self._window_ends_at = 0, self._clock() + WINDOW_S
        self._complete = not message.get("more_body", False)
        return message


class Sender(NamedTuple):
    """Whose bytes they are: a page's session, or none, and the address of the client."""

    session: str
    client: str


class Held:
    """Bytes of visitors' files in memory, by whoever sent them; for one thread, such as an event loop's.

    Parameters
    ----------
    session, all_together : int
        Bytes that one session may have there, and all; half of all is the most for one client.
    elsewhere : callable
        Gives the bytes that others keep: they count, too.
    make_room : callable
        Called where there is no more room for all; lets go what can be spared.
    """

    def __init__(
        self,
        session: int,
        all_together: int,
        elsewhere: Callable[[], Mapping[Sender, int]],
        make_room: Callable[[], None],
    ) -> None:
        self._session, self._all, self._elsewhere, self._make_room = session, all_together, elsewhere, make_room
        self._arriving: Counter[Sender] = Counter()

    @contextmanager
    def arriving(self, sender: Sender) -> Iterator[Callable[[int], None]]:
        """Give a function that counts bytes, of a file that arrives or is worked on, until the context ends.

        It raises TooMuchError where there is no room for them.
        """
        mine = 0

        def add(size: int) -> None:
            nonlocal mine
            all_held = self._now()
            if all_held.total() + size > self._all:
                self._make_room()
                all_held = self._now()
                if all_held.total() + size > self._all:
                    raise TooMuchError(all_full=True)
            of_session = sum(held for one, held in all_held.items() if one.session == sender.session)
            of_client = sum(held for one, held in all_held.items() if one.client == sender.client)
            if (sender.session and of_session + size > self._session) or of_client + size > self._all // 2:
                raise TooMuchError(all_full=False)
            mine += size
            self._arriving[sender] += size

        try:
            yield add
        finally:
            self._arriving[sender] -= mine
            self._arriving += Counter()  # drops those who have nothing left

    def _now(self) -> Counter[Sender]:
        return self._arriving + Counter(self._elsewhere())

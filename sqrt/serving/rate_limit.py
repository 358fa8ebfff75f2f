"""How many photos a client may send in a minute."""

import time
from collections import deque
from collections.abc import Callable

WINDOW_S = 60.0


class RateLimit:
    """At most `amount` calls of one client within any minute; for one thread, such as an event loop's.

    `clock` gives seconds that never run backwards, so that a wall clock set anew shuts nobody out. Of a client who has
    made no call for a minute nothing is held.
    """

    def __init__(self, amount: int, clock: Callable[[], float] = time.monotonic) -> None:
        self.amount = amount
        self._clock = clock
        self._calls: dict[str, deque[float]] = {}  # when they were made; whose latest is the oldest comes first

    def wait_s(self, client: str, calls: int = 1) -> float:
        """Count calls and return 0; or count nothing, and return the seconds until they are allowed.

        More than `amount` calls never are: then the seconds until all of them could be made.
        """
        now = self._clock()
        self._forget(now)
        made = self._calls.get(client, deque())
        while made and made[0] <= now - WINDOW_S:
            made.popleft()
        if (too_many := len(made) + calls - self.amount) > 0:
            return made[min(too_many, len(made)) - 1] + WINDOW_S - now if made else WINDOW_S
        made.extend([now] * calls)
        self._calls.pop(client, None)
        self._calls[client] = made
        return 0.0

    def _forget(self, now: float) -> None:
        for client in list(self._calls):
            if self._calls[client][-1] > now - WINDOW_S:
                return
            del self._calls[client]

"""How many photos a client may send in a minute."""

import time
from collections import deque
from collections.abc import Callable


class RateLimit:
    """At most `amount` calls of one client in any `period_s` seconds; for one thread, such as an event loop's.

    Parameters
    ----------
    amount : int
        Calls, 1 or more.
    period_s : float
        Seconds.
    clock : callable
        Seconds that never run backwards: where the wall clock is put back an hour, nobody is to be shut out for one.
    """

    def __init__(self, amount: int, period_s: float = 60.0, clock: Callable[[], float] = time.monotonic) -> None:
        self.amount = amount
        self._period_s = period_s
        self._clock = clock
        # When each client's latest calls came; whose last one is longest ago stands first.
        self._calls: dict[str, deque[float]] = {}

    def wait_s(self, client: str) -> float:
        """Count a call and return 0; or count nothing, and return the seconds until a call is allowed again."""
        now = self._clock()
        self._forget_the_silent(now)
        calls = self._calls.get(client) or deque(maxlen=self.amount)
        if len(calls) == self.amount and (left_s := calls[0] + self._period_s - now) > 0:
            return left_s
        calls.append(now)
        self._calls.pop(client, None)
        self._calls[client] = calls
        return 0.0

    def _forget_the_silent(self, now: float) -> None:
        while self._calls:
            client, calls = next(iter(self._calls.items()))
            if calls[-1] + self._period_s > now:
                return
            del self._calls[client]

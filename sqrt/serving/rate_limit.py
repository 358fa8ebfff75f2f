"""How many photos a client may send in a minute."""

import math
import time
from collections.abc import Callable

from limits import RateLimitItemPerMinute
from limits.storage import MemoryStorage
from limits.strategies import MovingWindowRateLimiter

_JUMP_S = 1.0


class RateLimit:
    """At most `amount` calls of one client within any minute; for one thread, such as an event loop's.

    The library counts by the wall clock. Where that was set anew, as `steady` tells, all clients start anew: nobody is
    shut out for the hour that it was put back.
    """

    def __init__(self, amount: int, steady: Callable[[], float] = time.monotonic) -> None:
        self.amount = amount
        self._limit = RateLimitItemPerMinute(amount)
        self._storage = MemoryStorage()
        self._window = MovingWindowRateLimiter(self._storage)
        self._steady = steady
        self._ahead_s = math.nan

    def wait_s(self, client: str, calls: int = 1) -> float:
        """Count calls and return 0; or count nothing, and return the seconds until they are surely allowed."""
        ahead_s = time.time() - self._steady()
        if abs(ahead_s - self._ahead_s) > _JUMP_S:
            self._storage.reset()
        self._ahead_s = ahead_s
        if self._window.hit(self._limit, client, cost=calls):
            return 0.0
        if calls > 1:  # when the latest of those that stand in the way is over, the library does not say
            return float(self._limit.get_expiry())
        return max(self._window.get_window_stats(self._limit, client).reset_time - time.time(), 0.001)

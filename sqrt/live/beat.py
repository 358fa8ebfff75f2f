"""When the next picture of a stream is to be rated, and whether ratings lag behind."""

EARLY_S = 0.05
"""How much sooner than asked for a browser may send a picture: clocks and numbers are rounded."""
_BUSY_S = 0.25
"""A wait in the pool that nobody notices, however short the interval."""


class Beat:
    """The beat of one stream, with an interval in seconds; one thread at a time.

    It is kept where pictures come off it, and begins anew where it was missed: nothing is made up for.
    """

    def __init__(self, interval_s: float) -> None:
        self._interval_s = interval_s
        self._waited_s = 0.0
        self.rest()

    def rest(self) -> None:
        """Begin anew with the next picture."""
        self._due_at = float("-inf")
        self._offered_at: float | None = None

    def change(self, interval_s: float) -> None:
        """Take another interval, at once."""
        self._due_at += interval_s - self._interval_s
        self._interval_s = interval_s

    def hasten(self, by: float) -> None:
        """Have the next picture at `by` at the latest."""
        self._due_at = min(self._due_at, by)

    def early_s(self, now: float) -> float:
        """Return the seconds until a picture is wanted."""
        return max(0.0, self._due_at - now)

    def offer(self, now: float) -> None:
        """Note that a picture waits to be rated, or a newer one in its place."""
        if self._offered_at is None:
            self._offered_at = now

    def begin(self, now: float) -> None:
        """Note that a picture is being rated."""
        self._waited_s = self._waits_s(now)
        self._offered_at = None
        on_beat = self._due_at + self._interval_s
        self._due_at = on_beat if on_beat > now else now + self._interval_s

    def busy(self, now: float) -> bool:
        """Tell whether pictures wait for long."""
        return max(self._waited_s, self._waits_s(now)) > max(0.5 * self._interval_s, _BUSY_S)

    def _waits_s(self, now: float) -> float:
        return 0.0 if self._offered_at is None else now - self._offered_at

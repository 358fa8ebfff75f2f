"""When a shot is kept without being asked for: above a score, and a second after asking to hold still."""

from sqrt.live.beat import EARLY_S

HELD_S = 1.0
"""How long the score must stay above the threshold once whoever is in the picture was asked to hold still."""


class Capture:
    """Follows the scores of one stream; one thread at a time."""

    def __init__(self) -> None:
        self._above, self._may = False, True
        self._asked_at: float | None = None

    @property
    def holds(self) -> bool:
        """Whether a shot is about to be kept."""
        return self._above and self._may

    def ask(self, now: float) -> bool:
        """Note that the browser is told at `now`, in seconds; tell whether this is what asks to hold still."""
        asks = self.holds and self._asked_at is None
        if asks:
            self._asked_at = now
        return asks

    def update(self, overall: float, threshold: float | None, now: float) -> bool:
        """Take in a score of `now`, in seconds, and tell whether to keep a shot; again only after falling below."""
        if threshold is None or overall < threshold:
            self.reset()
            return False
        self._above = True
        if not self._may or self._asked_at is None or now - self._asked_at < HELD_S - EARLY_S:
            return False
        self._may = False
        return True

    def reset(self) -> None:
        """Begin anew."""
        self._above, self._may = False, True
        self._asked_at = None

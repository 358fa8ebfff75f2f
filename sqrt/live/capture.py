"""When a shot is kept without being asked for: after a second above a score."""

from sqrt.live.beat import EARLY_S

HELD_S = 1.0
"""How long the score must stay above the threshold."""


class Capture:
    """Follows the scores of one stream; one thread at a time."""

    def __init__(self) -> None:
        self._above_since: float | None = None
        self._may = True

    @property
    def holds(self) -> bool:
        """Whether a shot is about to be kept."""
        return self._above_since is not None and self._may

    def update(self, overall: float, threshold: float | None, now: float) -> bool:
        """Take in a score of `now`, in seconds, and tell whether to keep a shot; again only after falling below."""
        if threshold is None or overall < threshold:
            self.reset()
            return False
        if self._above_since is None:
            self._above_since = now
        if not self._may or now - self._above_since < HELD_S - EARLY_S:
            return False
        self._may = False
        return True

    def reset(self) -> None:
        """Begin anew."""
        self._above_since, self._may = None, True

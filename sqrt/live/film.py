"""When the frames of a film were taken: they come later, and not all of them equally late."""


class Film:
    """Follows one film by its own time; one thread at a time."""

    def __init__(self) -> None:
        self._least_late_s = float("inf")

    def taken_at(self, frame_s: float | None, now: float) -> float:
        """Return when a frame that comes `now` was taken, as if the least late of all had come at once.

        `frame_s` is the frame's own time, in seconds since the film began; without one it is taken `now`.
        """
        if frame_s is None:
            return now
        self._least_late_s = min(self._least_late_s, now - frame_s)
        return frame_s + self._least_late_s

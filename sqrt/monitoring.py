"""What one process has done, counted, and the log line of each analysis.

The counts are plain: `sqrt.serving.exposed` puts them into words for Prometheus, whose library takes its time to load.
Where Streamlit loads this module anew after an edit, they start again at zero.
"""

import logging
import os
import threading
import time
from bisect import bisect_left
from collections import Counter, deque
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal, TypeVar

from sqrt.errors import SqrtError
from sqrt.rating import Rating

_log = logging.getLogger(__name__)

AnalysisSource = Literal["upload", "camera", "live", "clip", "api", "command line"]
Outcome = Literal["completed", "refused", "failed"]

BOUNDS_S = (0.01, 0.025, 0.05, 0.1, 0.2, 0.3, 0.5, 0.75, 1, 2, 3, 5, 10)
"""Between which the times of completed analyses are told apart."""

_Seen = TypeVar("_Seen")


@dataclass
class Times:
    """How long completed analyses of one source took: how many up to each of `BOUNDS_S`, then beyond; and the sum."""

    counts: list[int] = field(default_factory=lambda: [0] * (len(BOUNDS_S) + 1))
    sum_s: float = 0.0


class Counts:
    """Safe to add to from any thread; what is read may be one analysis behind.

    `live_streams` gives the live camera streams that are open, `live_drops` is how many live frames were not scored
    because the pool was busy.
    """

    def __init__(self) -> None:
        self.analyses: Counter[tuple[AnalysisSource, Outcome]] = Counter()
        self.times: dict[AnalysisSource, Times] = {}
        self.live_streams: Callable[[], int] = lambda: 0
        self.live_drops = 0
        self._lock = threading.Lock()

    def analysed(self, source: AnalysisSource, outcome: Outcome, spent_s: float) -> None:
        """Count an analysis; its time if it was completed."""
        with self._lock:
            self.analyses[source, outcome] += 1
            if outcome == "completed":
                times = self.times.setdefault(source, Times())
                times.counts[bisect_left(BOUNDS_S, spent_s)] += 1
                times.sum_s += spent_s

    def dropped(self) -> None:
        """Count a live frame that was not scored."""
        with self._lock:
            self.live_drops += 1


COUNTS = Counts()


@dataclass(frozen=True)
class Analysis:
    """One analysis of this process: when it ended, how long it took, what became of it, and the memory in use then."""

    at: datetime
    spent_s: float
    outcome: Outcome
    resident_bytes: int | None


RECENT: deque[Analysis] = deque(maxlen=1000)
"""The latest analyses, oldest first; safe to append to from any thread, to be copied before it is looked through."""

_BEGAN_S, _BEGAN_CPU_S = time.monotonic(), time.process_time()


def resident_bytes() -> int | None:
    """Return the memory that this process holds, or None where there is no /proc."""
    try:
        pages = Path("/proc/self/statm").read_text(encoding="ascii").split()[1]
    except OSError:
        return None
    return int(pages) * os.sysconf("SC_PAGE_SIZE")


def busy_cores() -> float:
    """Return how many cores this process has kept busy, in the mean, since it began."""
    return (time.process_time() - _BEGAN_CPU_S) / max(time.monotonic() - _BEGAN_S, 1.0)


def analysed(source: AnalysisSource, examine: Callable[[], tuple[_Seen, Rating]]) -> tuple[_Seen, Rating]:
    """Run `examine`, count it and log it in one line.

    What `examine` raises passes through: a SqrtError is logged as a refusal, anything else counts as failed and is left
    to be logged, with its trace, by whoever catches it.
    """
    outcome: Outcome = "failed"
    started = time.perf_counter()
    try:
        seen, rating = examine()
        outcome = "completed"
    except SqrtError as error:
        outcome = "refused"
        _log.warning("analysis refused: %s, %s", error, source)
        raise
    finally:
        spent_s = time.perf_counter() - started
        COUNTS.analysed(source, outcome, spent_s)
        RECENT.append(Analysis(datetime.now(UTC), spent_s, outcome, resident_bytes()))
    _log.info(
        "analysis completed in %.0f ms: %dx%d px, %s, overall %.0f, %s",
        1000 * spent_s,
        *rating.size_wh,
        rating.engine,
        rating.overall,
        source,
    )
    return seen, rating

"""Counters and latencies of one process, and the log line of each analysis.

`REGISTRY` is SQRT's own, not prometheus-client's global one: where Streamlit loads this module anew after an edit, that
one would refuse the second set of the same names. The counts then start again at zero.
"""

import logging
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal, TypeVar

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, ProcessCollector

from sqrt.errors import SqrtError
from sqrt.rating import Rating

_log = logging.getLogger(__name__)

AnalysisSource = Literal["upload", "camera", "live", "clip", "api", "command line"]

REGISTRY = CollectorRegistry()
# Resident memory, CPU time and open files of the process; nothing where there is no /proc.
ProcessCollector(registry=REGISTRY)

ANALYSES = Counter("sqrt_analyses", "Analyses by source and outcome.", ["source", "outcome"], registry=REGISTRY)
LATENCY = Histogram(
    "sqrt_analysis_seconds",
    "Time of completed analyses, decoding included, by source.",
    ["source"],
    registry=REGISTRY,
    buckets=(0.01, 0.025, 0.05, 0.1, 0.2, 0.3, 0.5, 0.75, 1, 2, 3, 5, 10),
)
LIVE_STREAMS = Gauge("sqrt_live_streams", "Live camera streams that are open.", registry=REGISTRY)
LIVE_DROPS = Counter("sqrt_live_drops", "Live frames not scored because the pool was busy.", registry=REGISTRY)


_Seen = TypeVar("_Seen")


@dataclass(frozen=True)
class Analysis:
    """One analysis of this process: when it ended, how long it took, what became of it, and the memory in use then."""

    at: datetime
    spent_s: float
    outcome: Literal["completed", "refused", "failed"]
    resident_bytes: float | None


RECENT: deque[Analysis] = deque(maxlen=1000)
"""The latest analyses, oldest first; safe to append to from any thread, to be copied before it is looked through."""


def process_value(name: str) -> float | None:
    """Return what `REGISTRY` knows of the process under a name, such as ``process_resident_memory_bytes``, or None."""
    return REGISTRY.get_sample_value(name)


def analysed(source: AnalysisSource, examine: Callable[[], tuple[_Seen, Rating]]) -> tuple[_Seen, Rating]:
    """Run `examine`, count it and log it in one line.

    What `examine` raises passes through: a SqrtError is logged as a refusal, anything else counts as failed and is left
    to be logged, with its trace, by whoever catches it.
    """
    outcome: Literal["completed", "refused", "failed"] = "failed"
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
        ANALYSES.labels(source, outcome).inc()
        memory = process_value("process_resident_memory_bytes")
        RECENT.append(Analysis(datetime.now(UTC), spent_s, outcome, memory))
    LATENCY.labels(source).observe(spent_s)
    _log.info(
        "analysis completed in %.0f ms: %dx%d px, %s, overall %.0f, %s",
        1000 * spent_s,
        *rating.size_wh,
        rating.engine,
        rating.overall,
        source,
    )
    return seen, rating

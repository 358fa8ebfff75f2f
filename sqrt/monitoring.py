"""Counters and latencies of one process, and the log line of each analysis.

`REGISTRY` is SQRT's own, not prometheus-client's global one: where Streamlit loads this module anew after an edit, that
one would refuse the second set of the same names. The counts then start again at zero.
"""

import logging
import time
from collections.abc import Callable
from typing import Literal

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, ProcessCollector

from sqrt.errors import SqrtError
from sqrt.rating import Rating

_log = logging.getLogger(__name__)

AnalysisSource = Literal["upload", "camera", "live", "api", "command line"]

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


def analysed(source: AnalysisSource, rate: Callable[[], Rating]) -> Rating:
    """Run `rate`, count it and log it in one line.

    What `rate` raises passes through: a SqrtError is logged as a refusal, anything else counts as failed and is left
    to be logged, with its trace, by whoever catches it.
    """
    outcome = "failed"
    started = time.perf_counter()
    try:
        rating = rate()
        outcome = "completed"
    except SqrtError as error:
        outcome = "refused"
        _log.warning("analysis refused: %s, %s", error, source)
        raise
    finally:
        spent_s = time.perf_counter() - started
        ANALYSES.labels(source, outcome).inc()
    LATENCY.labels(source).observe(spent_s)
    _log.info(
        "analysis completed in %.0f ms: %dx%d px, %s, overall %.0f, %s",
        1000 * spent_s,
        *rating.size_wh,
        rating.engine,
        rating.overall,
        source,
    )
    return rating

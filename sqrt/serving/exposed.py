"""What this process has counted, as Prometheus asks for it."""

from collections.abc import Iterator
from itertools import accumulate

from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Metric, ProcessCollector, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily
from prometheus_client.registry import Collector

from sqrt.monitoring import BOUNDS_S, COUNTS

KIND = CONTENT_TYPE_LATEST
"""The type of what `exposed` returns."""


class _Counted(Collector):
    def collect(self) -> Iterator[Metric]:
        analyses = CounterMetricFamily("sqrt_analyses", "Analyses by source and outcome.", labels=["source", "outcome"])
        for (source, outcome), count in COUNTS.analyses.copy().items():
            analyses.add_metric([source, outcome], count)
        yield analyses
        latency = HistogramMetricFamily(
            "sqrt_analysis_seconds", "Time of completed analyses, decoding included, by source.", labels=["source"]
        )
        for source, times in COUNTS.times.copy().items():
            bounds = [*(str(float(bound)) for bound in BOUNDS_S), "+Inf"]
            latency.add_metric([source], [*zip(bounds, accumulate(times.counts), strict=True)], times.sum_s)
        yield latency
        yield GaugeMetricFamily("sqrt_live_streams", "Live camera streams that are open.", COUNTS.live_streams())
        yield CounterMetricFamily(
            "sqrt_live_drops", "Live frames not scored because the pool was busy.", COUNTS.live_drops
        )


# SQRT's own, not prometheus-client's global one, in which other packages register what they like.
_REGISTRY = CollectorRegistry()
_REGISTRY.register(_Counted())
# Resident memory, CPU time and open files of the process; nothing where there is no /proc.
ProcessCollector(registry=_REGISTRY)


def exposed() -> bytes:
    """Return all counts as text."""
    return generate_latest(_REGISTRY)

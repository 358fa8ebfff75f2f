"""What Prometheus reads."""

import pytest
from prometheus_client.parser import text_string_to_metric_families

from sqrt import monitoring
from sqrt.serving import exposed


def test_counts_are_told(monkeypatch):
    counts = monitoring.Counts()
    monkeypatch.setattr(exposed, "COUNTS", counts)
    for spent_s in (0.02, 0.03, 20.0):
        counts.analysed("api", "completed", spent_s)
    counts.analysed("upload", "refused", 1.0)
    counts.dropped()
    counts.live_streams = lambda: 3
    families = text_string_to_metric_families(exposed.exposed().decode())
    told = {(one.name, *sorted(one.labels.values())): one.value for family in families for one in family.samples}
    assert told["sqrt_analyses_total", "api", "completed"] == 3
    assert told["sqrt_analyses_total", "refused", "upload"] == 1
    buckets = {bound: told["sqrt_analysis_seconds_bucket", bound, "api"] for bound in ("0.01", "0.025", "0.05", "10.0")}
    assert buckets == {"0.01": 0, "0.025": 1, "0.05": 2, "10.0": 2}
    assert told["sqrt_analysis_seconds_bucket", "+Inf", "api"] == told["sqrt_analysis_seconds_count", "api"] == 3
    assert told["sqrt_analysis_seconds_sum", "api"] == pytest.approx(20.05)
    assert (told["sqrt_live_streams",], told["sqrt_live_drops_total",]) == (3, 1)
    assert told["process_resident_memory_bytes",] > 10 * 2**20
    assert told["process_cpu_seconds_total",] > 0

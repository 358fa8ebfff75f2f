"""The embedded cluster: what Dask gives up comes back."""

import os

from sqrt.archiving import cluster
from tests.archiving.conftest import wait_until


def test_a_worker_that_dask_has_given_up_is_started_anew(monkeypatch):
    monkeypatch.setitem(cluster._CONFIGURED, "distributed.deploy.lost-worker-timeout", "1ms")
    with cluster.embedded(1) as client:
        before = client.submit(os.getpid, pure=False).result()
        client.cluster.sync(client.cluster.workers[0].close)
        wait_until(lambda: not client.nthreads())
        assert client.submit(os.getpid, pure=False).result() != before

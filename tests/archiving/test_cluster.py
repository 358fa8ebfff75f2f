"""The embedded cluster, and what becomes of a worker that it gives up."""

import os

import psutil

from sqrt.archiving import cluster
from sqrt.archiving.listing import entries
from sqrt.archiving.parts import Parts
from sqrt.archiving.worker import Batch, RatingPlugin, rate_batch
from tests.archiving.conftest import wait_until
from tests.archiving.raters import Slow


def test_a_worker_that_is_given_up_while_it_rates_writes_nothing(tmp_path, settings):
    go, photo, target = tmp_path / "go", tmp_path / "photo.jpg", tmp_path / "archive"
    os.mkfifo(go)
    photo.write_bytes(os.fsencode(go))
    target.mkdir()
    batch = Batch(list(entries(str(photo))), [[]])
    with cluster.embedded(1) as client:
        worker = psutil.Process(client.submit(os.getpid).result())
        plugin = RatingPlugin(settings, Parts(str(target)), None, "0.1.0", embedded=True, make=Slow)
        client.register_plugin(plugin, "slow")
        future = client.submit(rate_batch, "slow", batch)
        wait_until((tmp_path / "begun").exists)
        client.cluster.loop.add_callback(client.cluster.workers[0].close)
        wait_until(lambda: not client.nthreads())
        go.write_bytes(b"now")
        worker.wait()
        assert list(target.iterdir()) == []
        future.cancel()

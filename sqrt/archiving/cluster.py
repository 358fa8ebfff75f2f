"""The workers of an archive: processes of this machine, or a Dask cluster that is there already."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager

import dask
from distributed import Client, LocalCluster

from sqrt.archiving.places import ArchiveError

_CONNECT_S = 30.0
_CONFIGURED = {
    # A worker holds the batch that it rates and no other: then nobody else is suspected when it dies.
    "distributed.scheduler.worker-saturation": 1.0,
    # Nothing that grows while it runs.
    "distributed.worker.profile.enabled": False,
    "distributed.admin.log-length": 100,
    "distributed.admin.low-level-log-length": 100,
    "distributed.admin.system-monitor.log-length": 10,
    "distributed.diagnostics.nvml": False,
}


@contextmanager
def embedded(workers: int) -> Iterator[Client]:
    """Start so many processes of one thread each, reached from this machine alone; ends them afterwards."""
    with (
        dask.config.set(_CONFIGURED),
        LocalCluster(
            n_workers=workers,
            threads_per_worker=1,
            processes=True,
            host="127.0.0.1",
            dashboard_address=None,
            memory_limit=None,  # one large photo is no reason to end a worker
            silence_logs=logging.CRITICAL,
            scheduler_kwargs={"allowed_failures": 0},  # a batch is tried again by hand, in halves
        ) as cluster,
        Client(cluster) as client,
    ):
        yield client


@contextmanager
def existing(address: str) -> Iterator[Client]:
    """Connect to a cluster, and leave it as it was; raises ArchiveError where it is not there or has no worker."""
    try:
        client = Client(address, timeout=_CONNECT_S)
    except (OSError, ValueError) as error:
        raise ArchiveError("There is no scheduler at that address.") from error
    with client:
        try:
            client.wait_for_workers(1, timeout=_CONNECT_S)
        except TimeoutError as error:
            raise ArchiveError("The scheduler has no workers.") from error
        yield client

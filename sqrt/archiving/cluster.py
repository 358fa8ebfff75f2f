"""The workers of an archive: processes of this machine, or a Dask cluster that is there already."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager

import cryptography  # noqa: F401 - Dask needs it for `security`, and says so only then
import dask
from distributed import Client, LocalCluster

from sqrt.archiving.places import ArchiveError

_CONNECT_S = 30.0
_CONFIGURED = {
    # A worker holds the batch that it rates and no other: then nobody else is suspected when it dies.
    "distributed.scheduler.worker-saturation": 1.0,
    "distributed.scheduler.no-workers-timeout": "60s",
    # So long after a worker has died, its place is closed for good if the next one there is just dying, too.
    "distributed.deploy.lost-worker-timeout": "1000 days",
    # With Dask's 64 kB every picture is given back to the system and asked for anew: photos take 1.7 x as long.
    "distributed.nanny.pre-spawn-environ.MALLOC_TRIM_THRESHOLD_": None,
    # Nothing that grows while it runs.
    "distributed.worker.profile.enabled": False,
    "distributed.admin.log-length": 100,
    "distributed.admin.low-level-log-length": 100,
    "distributed.admin.system-monitor.log-length": 10,
    "distributed.diagnostics.nvml": False,
    # Nothing is told to browsers either.
    "distributed.scheduler.http.routes": [],
    "distributed.worker.http.routes": [],
}


@contextmanager
def _quiet() -> Iterator[None]:
    """Keep what Dask would log of lost connections off the terminal: what matters is said in a sentence."""
    loggers = [logging.getLogger(name) for name in logging.root.manager.loggerDict if name.startswith("distributed")]
    levels = [logger.level for logger in loggers]
    for logger in loggers:
        logger.setLevel(logging.CRITICAL + 1)
    try:
        yield
    finally:
        for logger, level in zip(loggers, levels, strict=True):
            logger.setLevel(level)


@contextmanager
def embedded(workers: int) -> Iterator[Client]:
    """Start so many processes of one thread each, reached from this machine alone; ends them afterwards."""
    with _quiet(), dask.config.set(_CONFIGURED):
        try:
            cluster = LocalCluster(
                n_workers=workers,
                threads_per_worker=1,
                processes=True,
                host="127.0.0.1",
                dashboard_address=None,
                memory_limit=None,  # one large photo is no reason to end a worker
                silence_logs=logging.CRITICAL,
                # Whoever reaches a scheduler can run code on its workers: other users of this machine shall not.
                security=True,
                # A batch is tried again by hand, in halves. What would be the dashboard's port is a free one.
                scheduler_kwargs={"allowed_failures": 0, "dashboard": False, "dashboard_address": "127.0.0.1:0"},
            )
        except RuntimeError as error:
            raise ArchiveError("The workers do not start.") from error
        with cluster, Client(cluster) as client:
            yield client


@contextmanager
def existing(address: str) -> Iterator[Client]:
    """Connect to a cluster, and leave it as it was; raises ArchiveError where it is not there or has no worker."""
    with _quiet():
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

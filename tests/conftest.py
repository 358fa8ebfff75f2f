"""What many tests need: the settings' defaults, the real model file, a real portrait."""

import logging
import os
import signal
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import hypothesis
import numpy as np
import pillow_heif
import pytest
import skimage.data
from babel.messages.catalog import Catalog
from numpy.typing import NDArray

from sqrt import words
from sqrt.faces import Face, fetching, model_file
from sqrt.faces.landmarks import LandmarkEngine
from sqrt.settings import Settings
from tests.catalogue import compiled

# So that tests can write what a rating reads.
pillow_heif.register_heif_opener()

# Tests run side by side, where an example may take its time.
hypothesis.settings.register_profile(
    "side by side", deadline=None, suppress_health_check=[hypothesis.HealthCheck.too_slow]
)
hypothesis.settings.load_profile("side by side")


# What a shell starts in the background ignores Ctrl-C, and so would all that tests start.
signal.signal(signal.SIGINT, signal.default_int_handler)

_MAIN = sys.modules["__main__"]


@pytest.fixture(autouse=True)
def main_module() -> Iterator[None]:
    """Put Python's main module back where Streamlit has put a page: processes that are started would run that page."""
    yield
    sys.modules["__main__"] = _MAIN


@pytest.fixture(scope="session")
def model_path() -> Path:
    """The verified landmark model file, the outline's beside it; fetched once and kept for later runs.

    Without them the tests fail: they never skip.
    """
    configured = os.environ.get("FACE_MODEL_PATH")
    path = model_file.model_path(Path(configured) if configured else None)
    for file in model_file.MODEL_FILES:
        fetching.fetch(file, model_file.model_path(path, file))
    return path


@pytest.fixture
def bare_settings(monkeypatch, tmp_path, model_path) -> Iterator[None]:
    """Neither the environment's settings nor a .env file; the working folder is an empty one.

    The logger, which commands set up, is afterwards as it was before.
    """
    monkeypatch.chdir(tmp_path)
    for name in [name for name in os.environ if name.lower() in Settings.model_fields]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("FACE_MODEL_PATH", str(model_path))
    logger = logging.getLogger("sqrt")
    handlers, level = logger.handlers, logger.level
    yield
    logger.handlers, logger.level = handlers, level


@pytest.fixture
def german(monkeypatch, tmp_path) -> Iterator[Callable[[dict[str, str]], None]]:
    """Given texts with their translations, makes them all that is known of German."""

    def known(translations: dict[str, str]) -> None:
        catalogue = Catalog("de")
        for text, translation in translations.items():
            catalogue.add(text, translation)
        folder = tmp_path / "de" / "LC_MESSAGES"
        folder.mkdir(parents=True)
        (folder / "sqrt.mo").write_bytes(compiled(catalogue))
        monkeypatch.setattr(words, "_FOLDER", tmp_path)
        words._catalogue.cache_clear()

    yield known
    words._catalogue.cache_clear()


@pytest.fixture(scope="session")
def astronaut() -> NDArray[np.uint8]:
    """A NASA portrait, 512x512 RGB, read-only."""
    pixels: NDArray[np.uint8] = skimage.data.astronaut()
    pixels.setflags(write=False)
    return pixels


@pytest.fixture(scope="session")
def engine(model_path) -> LandmarkEngine:
    return LandmarkEngine(model_file.read_networks(model_path))


@pytest.fixture(scope="session")
def face(engine, astronaut) -> Face:
    """The astronaut's face as the landmark engine finds it."""
    return engine.find(astronaut)[0]


@pytest.fixture
def settings() -> Settings:
    """The defaults, whatever the environment or a .env file says; other values by ``model_copy(update=...)``."""
    return Settings.model_construct()

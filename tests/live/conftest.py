"""What the live tests need: a clock that is set by hand, a pool without threads, a real rater and a canned one."""

import threading
from collections.abc import Callable, Sequence

import numpy as np
import pytest
from av import VideoFrame
from numpy.typing import NDArray

from sqrt.faces import Face
from sqrt.live import LiveKnobs, LivePool, LiveRater
from sqrt.rating import PURPOSES, Advice, Rater, Rating
from sqrt.reading import Photo, load_photo
from sqrt.settings import Settings


class Clock:
    """Seconds, as the test says."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


class CannedRater:
    """Gives overall scores in turn, the last one ever after; for tests in which the picture does not matter."""

    def __init__(self, *overalls: float, faces: Sequence[Face] = (), advice: Sequence[Advice] = ()) -> None:
        self.overalls, self.faces, self.advice = list(overalls), list(faces), list(advice)
        self.purpose = PURPOSES["profile"]
        self.rated: list[Photo] = []

    def read(self, pixels: NDArray[np.uint8]) -> Photo:
        return load_photo(pixels)

    def examine(self, pixels: NDArray[np.uint8], wait_s: float | None = None) -> tuple[Photo, Rating]:
        photo = self.read(pixels)
        return photo, self.rate_photo(photo)

    def rate_photo(self, photo: Photo) -> Rating:
        overall = self.overalls[min(len(self.rated), len(self.overalls) - 1)]
        self.rated.append(photo)
        return Rating(overall, {}, {}, {}, self.advice, self.faces, photo.size_wh, "canned", purpose=self.purpose)


class HeldRater(CannedRater):
    """Begins a rating, and ends it when told to."""

    def __init__(self, overall: float) -> None:
        super().__init__(overall)
        self.begun, self.go_on = threading.Event(), threading.Event()

    def rate_photo(self, photo: Photo) -> Rating:
        self.begun.set()
        assert self.go_on.wait(10)
        return super().rate_photo(photo)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def pool(clock) -> LivePool:
    return LivePool(0, clock=clock)


@pytest.fixture
def canned() -> type[CannedRater]:
    return CannedRater


@pytest.fixture
def held() -> HeldRater:
    return HeldRater(80)


@pytest.fixture(scope="session")
def rater(model_path) -> Rater:
    return Rater(Settings.model_construct(face_model_path=model_path, face_engine="landmarks"))


@pytest.fixture(scope="session")
def portrait(astronaut) -> VideoFrame:
    """As a decoder gives it."""
    return VideoFrame.from_ndarray(astronaut, format="rgb24").reformat(format="yuv420p")


@pytest.fixture(scope="session")
def make_wall() -> Callable[[], VideoFrame]:
    """Make a small frame without a face. One for each stream: PyAV hangs where two threads convert the same frame."""

    def make() -> VideoFrame:
        return VideoFrame.from_ndarray(np.full((48, 64, 3), 120, np.uint8), format="rgb24").reformat(format="yuv420p")

    return make


@pytest.fixture(scope="session")
def wall(make_wall) -> VideoFrame:
    return make_wall()


@pytest.fixture
def play(pool, clock, wall) -> Callable[..., None]:
    """Play streams at 15 fps for some seconds; after each round of frames the pool rates what waits, one by one."""

    def run(seconds: float, *streams: LiveRater, frame: VideoFrame = wall, ratings: int = 1000) -> None:
        for _ in range(round(15 * seconds)):
            for stream in streams:
                stream.recv(frame)
            for _ in range(ratings):
                if not pool.work():
                    break
            clock.now += 1 / 15

    return run


@pytest.fixture
def open_stream(pool, clock) -> Callable[..., LiveRater]:
    def make(rater: object, **knobs: object) -> LiveRater:
        stream = LiveRater(pool, LiveKnobs(rater, **knobs), clock=clock)
        assert stream.start()
        return stream

    return make

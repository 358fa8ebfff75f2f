"""Several photos: ranked, grouped as a person would, and the words name what really differs."""

import random
import threading
from collections import deque
from contextlib import contextmanager, nullcontext

import cv2
import numpy as np
import pytest
import skimage.data

from sqrt.choosing.compare import rate_all, reason, typical
from sqrt.choosing.shots import PREVIEW_SIDE, Shot, shot_of
from sqrt.errors import PhotoError
from sqrt.rating import Rater
from sqrt.reading import load_photo
from sqrt.settings import Settings


@pytest.fixture(scope="module")
def rater(model_path):
    return Rater(Settings.model_construct(face_model_path=model_path))


@pytest.fixture(scope="module")
def seen(rater):
    """Make a shot of an array."""

    def shot(pixels, name: str = "") -> Shot:
        return shot_of(name, *rater.examine(np.ascontiguousarray(pixels)))

    return shot


def jpeg(pixels, quality: int = 92) -> bytes:
    return cv2.imencode(".jpg", pixels[..., ::-1], [cv2.IMWRITE_JPEG_QUALITY, quality])[1].tobytes()


def opened(files):
    return deque((name, nullcontext(data)) for name, data in files)


def blurred(pixels, sigma: float):
    return cv2.GaussianBlur(pixels, (0, 0), sigma)


def test_all_are_rated_and_bad_ones_named(rater, astronaut):
    files = [("sharp", jpeg(astronaut)), ("text", b"hello"), ("soft", jpeg(blurred(astronaut, 3))), ("none", b"")]
    steps = [*rate_all(opened(files), rater.examine, workers=2)]
    assert [len(step.shots) + len(step.refused) for step in steps] == [1, 2, 3, 4]
    assert all(step.total == 4 and step.remaining_s >= 0 for step in steps)
    assert steps[-1].remaining_s == 0
    assert [shot.name for shot in steps[-1].shots] == ["sharp", "soft"]
    assert {name for name, _ in steps[-1].refused} == {"text", "none"}
    assert all(reason.endswith(".") for _, reason in steps[-1].refused)


def test_side_by_side_the_ratings_are_those_of_one_alone(rater, astronaut):
    files = [(str(sigma), jpeg(blurred(astronaut, sigma))) for sigma in (0.5, 1, 1.5, 2, 2.5, 3)]
    [*_, last] = rate_all(opened(files), rater.examine, workers=3)
    assert {shot.name: shot.rating.to_dict() for shot in last.shots} == {
        name: rater.rate(data).to_dict() for name, data in files
    }


def test_of_a_picture_only_a_preview_is_kept(rater, astronaut):
    large = cv2.resize(astronaut, (2048, 2048), interpolation=cv2.INTER_CUBIC)
    [step] = rate_all(opened([("large", jpeg(large))]), rater.examine, workers=1)
    [shot] = step.shots
    assert max(load_photo(shot.preview).size_wh) == PREVIEW_SIDE
    assert shot.rating.size_wh == (2048, 2048)


def test_what_is_not_begun_when_it_is_cancelled_is_not_rated(rater, astronaut):
    begun = []

    def examine(data):
        begun.append(data)
        return rater.examine(data)

    steps = rate_all(opened((str(i), jpeg(astronaut, 60 + i)) for i in range(20)), examine, workers=1)
    next(steps)
    steps.close()
    assert len(begun) < 20


@pytest.mark.parametrize("workers", [1, 3])
def test_while_nobody_asks_for_the_next_no_more_is_begun_than_is_in_hand(workers):
    opened_ones, rated = [], threading.Semaphore(0)

    @contextmanager
    def file(number):
        opened_ones.append(number)
        try:
            yield b""
        finally:
            rated.release()

    def examine(_):
        raise PhotoError("no photo")

    steps = rate_all(deque(("", file(number)) for number in range(20)), examine, workers)
    next(steps)
    for _ in range(workers):
        assert rated.acquire(timeout=30)
    assert not rated.acquire(timeout=0.2)
    assert opened_ones == [*range(workers)]
    assert len([*steps]) == 19


def test_what_comes_meanwhile_is_rated_too(rater, astronaut):
    files, later = opened([("first", jpeg(astronaut))]), opened((str(number), b"no") for number in range(3))

    def more():
        if later:
            files.append(later.popleft())
        return bool(files)

    steps = [*rate_all(files, rater.examine, 2, more=more)]
    assert [step.total for step in steps] == [1, 2, 3, 4]
    assert [name for name, _ in steps[-1].refused] == ["0", "1", "2"]


def test_an_unexpected_error_is_not_hidden():
    with pytest.raises(ZeroDivisionError):
        [*rate_all(opened([("a", b"")]), lambda _: 1 // 0, workers=1)]


def test_no_files_are_no_steps(rater):
    assert [*rate_all(deque(), rater.examine, workers=2)] == []


def test_the_flawed_shot_is_told_by_its_flaw(rater, astronaut):
    noise = np.random.default_rng(0).normal(0, 25, astronaut.shape)
    flawed = {
        "less sharp": blurred(astronaut, 4),
        "more grain": np.clip(astronaut + noise, 0, 255).astype(np.uint8),
        "less well exposed": astronaut // 6,
    }
    usual = typical([rater.rate(astronaut)] * 3)
    for word, shot in flawed.items():
        assert word in reason(rater.rate(shot), usual), word


def test_the_best_shot_is_told_by_its_strength(rater, astronaut):
    best, blurry = rater.rate(astronaut), rater.rate(blurred(astronaut, 4))
    assert reason(best, typical([best, blurry, blurry])).startswith("sharper")


def test_nothing_is_said_where_nothing_differs(rater, astronaut):
    rating = rater.rate(astronaut)
    assert reason(rating, typical([rating, rating])) == ""


def test_a_picture_without_a_face_is_told_so(rater, astronaut):
    cat, person = rater.rate(skimage.data.chelsea()), rater.rate(astronaut)
    assert reason(cat, typical([cat, person, person])) == "no face found"


def test_the_usual_does_not_depend_on_the_order(rater, astronaut):
    ratings = [rater.rate(blurred(astronaut, sigma)) for sigma in (0.5, 1, 2, 3)]
    usual = typical(ratings)
    random.Random(0).shuffle(ratings)
    assert typical(ratings) == usual

"""Several photos: grouped as a person would, and the words name what really differs."""

import random

import cv2
import numpy as np
import pytest
import skimage.data

from sqrt.compare import fingerprint, grouped, reason, typical
from sqrt.photo import load_photo
from sqrt.rating import Rater
from sqrt.settings import Settings


@pytest.fixture(scope="module")
def rater(model_path):

    return Rater(Settings.model_construct(face_model_path=model_path))


def shifted(pixels, by: int):
    return np.roll(pixels, (by, by), axis=(0, 1))


def turned(pixels, angle_deg: float):
    height, width = pixels.shape[:2]
    matrix = cv2.getRotationMatrix2D((width / 2, height / 2), angle_deg, 1)
    return cv2.warpAffine(pixels, matrix, (width, height), borderMode=cv2.BORDER_REFLECT)


def blurred(pixels, sigma: float):
    return cv2.GaussianBlur(pixels, (0, 0), sigma)


def test_the_shots_of_a_burst_are_alike(astronaut):
    first = fingerprint(load_photo(astronaut))
    burst = [shifted(astronaut, 4), turned(astronaut, 1), blurred(astronaut, 3), astronaut // 2]
    groups = grouped([("first", first), *((i, fingerprint(load_photo(shot))) for i, shot in enumerate(burst))])
    assert groups == [["first", 0, 1, 2, 3]]


def test_different_pictures_are_not_alike(astronaut):
    pictures = [astronaut, np.fliplr(astronaut), skimage.data.chelsea(), skimage.data.coffee(), skimage.data.rocket()]
    ranked = [(i, fingerprint(load_photo(np.ascontiguousarray(picture)))) for i, picture in enumerate(pictures)]
    assert grouped(ranked) == [[0], [1], [2], [3], [4]]


def test_a_fingerprint_survives_size_and_encoding(astronaut):
    small = cv2.resize(astronaut, (256, 256), interpolation=cv2.INTER_AREA)
    encoded = cv2.imencode(".jpg", astronaut[..., ::-1], [cv2.IMWRITE_JPEG_QUALITY, 60])[1].tobytes()
    one = fingerprint(load_photo(astronaut))
    assert one - fingerprint(load_photo(small)) <= 4
    assert one - fingerprint(load_photo(encoded)) <= 4


def test_a_group_is_led_by_its_best_and_keeps_the_order(astronaut):
    ranked = [(name, fingerprint(load_photo(astronaut))) for name in "cab"]
    other = ("other", fingerprint(load_photo(skimage.data.chelsea())))
    assert grouped([other, *ranked]) == [["other"], ["c", "a", "b"]]
    assert grouped([]) == []


def test_the_flawed_shot_is_told_by_its_flaw(rater, astronaut):
    noise = np.random.default_rng(0).normal(0, 25, astronaut.shape)
    flawed = {
        "less sharp": blurred(astronaut, 4),
        "more grain": np.clip(astronaut + noise, 0, 255).astype(np.uint8),
        "less well exposed": astronaut // 6,
    }
    ratings = {word: rater.rate(shot) for word, shot in flawed.items()}
    usual = typical([rater.rate(astronaut)] * 3)
    for word, rating in ratings.items():
        assert word in reason(rating, usual), word


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

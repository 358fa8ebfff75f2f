"""Shots of one scene are put together, and nothing else."""

from dataclasses import replace
from datetime import datetime, timedelta

import cv2
import numpy as np
import skimage.data

from sqrt.choosing.groups import ALIKE_BITS, fingerprint, grouped
from sqrt.choosing.shots import shot_of
from sqrt.rating import Rating
from sqrt.reading import load_photo

UNRATED = Rating(50.0, {}, {}, {}, [], [], (1, 1), "cascade")


def seen(pixels):
    """Make a shot of an array."""
    return shot_of("", load_photo(np.ascontiguousarray(pixels)), UNRATED)


def turned(pixels, angle_deg):
    """Turn about the middle; what comes in repeats the border."""
    height, width = pixels.shape[:2]
    matrix = cv2.getRotationMatrix2D((width / 2, height / 2), angle_deg, 1)
    return cv2.warpAffine(pixels, matrix, (width, height), borderMode=cv2.BORDER_REPLICATE)


def test_the_shots_of_a_burst_are_alike(astronaut):
    shots = [
        astronaut,
        np.roll(astronaut, (4, 4), axis=(0, 1)),
        turned(astronaut, 1),
        cv2.GaussianBlur(astronaut, None, 3),
        astronaut // 2,
    ]
    assert grouped([*map(seen, shots)]) == [[0, 1, 2, 3, 4]]


def test_different_pictures_are_not_alike(astronaut):
    pictures = [astronaut, np.fliplr(astronaut), skimage.data.chelsea(), skimage.data.coffee(), skimage.data.rocket()]
    assert grouped([*map(seen, pictures)]) == [[0], [1], [2], [3], [4]]


def test_a_fingerprint_survives_size_and_encoding(astronaut):
    small = cv2.resize(astronaut, (256, 256), interpolation=cv2.INTER_AREA)
    file = cv2.imencode(".jpg", astronaut, [cv2.IMWRITE_JPEG_QUALITY, 60])[1]
    one = fingerprint(astronaut)
    assert one - fingerprint(small) <= 4
    assert one - fingerprint(cv2.imdecode(file, cv2.IMREAD_COLOR)) <= 4


def at(pixels, second):
    """Make a shot that was taken so many seconds after another."""
    return replace(seen(pixels), taken_at=datetime(2026, 5, 1) + timedelta(seconds=second))


def test_what_is_taken_within_a_second_is_one_burst_unless_it_is_another_scene(astronaut):
    moved = astronaut[:, 36:]
    assert seen(astronaut).fingerprint - seen(moved).fingerprint > ALIKE_BITS
    assert grouped([at(astronaut, 0), at(moved, 1)]) == [[0, 1]]
    assert grouped([at(astronaut, 0), at(moved, 60)]) == [[0], [1]]
    assert grouped([at(astronaut, 0), at(skimage.data.rocket(), 0.2)]) == [[0], [1]]


def test_a_step_to_the_side_and_a_turned_phone_stay_in_the_group_for_a_while(astronaut, engine):
    """By the face and what is around it, as long as it may be the same sitting."""

    def rated(pixels, second):
        pixels = np.ascontiguousarray(pixels)
        rating = replace(UNRATED, faces=engine.find(pixels))
        taken_at = datetime(2026, 5, 1) + timedelta(seconds=second)
        return replace(shot_of("", load_photo(pixels), rating), taken_at=taken_at)

    aside, across = astronaut[:, 60:], astronaut[:380]
    for other in (aside, across):
        assert grouped([rated(astronaut, 0), rated(other, 30)]) == [[0, 1]]
        assert grouped([rated(astronaut, 0), rated(other, 3600)]) == [[0], [1]]

"""Different people before one wall are told apart, by anything but their faces."""

from dataclasses import replace

import cv2
import numpy as np
import pytest

from sqrt.choosing.groups import grouped
from sqrt.choosing.outlines import difference, of_another, outlines_of
from sqrt.choosing.shots import shot_of
from sqrt.rating import Rating
from sqrt.reading import load_photo

UNRATED = Rating(50.0, {}, {}, {}, [], [], (1, 1), "landmarks")


@pytest.fixture
def rating(astronaut, engine):
    return replace(UNRATED, faces=engine.find(astronaut))


def outlines(pixels, rating):
    """Return what is seen around the face of a rating."""
    return outlines_of(load_photo(np.ascontiguousarray(pixels)), rating)


def with_a_hood(pixels, rating):
    """Return the picture with everything around the head covered, the face untouched."""
    (x, y, w, h), hood = rating.faces[0].box, pixels.copy()
    middle = round(x + w / 2), round(y + h / 2)
    cv2.ellipse(hood, middle, (round(1.3 * w), round(1.1 * h)), 0, 0, 360, (40, 60, 90), -1)
    cv2.rectangle(hood, (middle[0] - round(0.9 * w), middle[1]), (middle[0] + round(0.9 * w), 511), (40, 60, 90), -1)
    face = cv2.ellipse(np.zeros(pixels.shape[:2], np.uint8), middle, (round(0.5 * w), round(0.6 * h)), 0, 0, 360, 1, -1)
    return np.where(face[..., None] == 1, pixels, hood)


def test_the_same_face_under_a_hood_is_another_scene(astronaut, rating):
    one = shot_of("", load_photo(astronaut), rating)
    other = shot_of("", load_photo(with_a_hood(astronaut, rating)), rating)
    before_one_wall = replace(other, fingerprint=one.fingerprint)
    assert grouped([one, before_one_wall]) == [[0], [1]]
    assert grouped([one, replace(before_one_wall, outlines=None)]) == [[0, 1]]


def test_another_face_in_the_same_place_is_not_noticed(astronaut, rating):
    (x, y, w, h), other = rating.faces[0].box, astronaut.copy()
    middle, axes = (round(x + w / 2), round(y + h / 2)), (round(w / 3), round(h / 3))
    cv2.ellipse(other, middle, axes, 0, 0, 360, (90, 160, 200), -1)
    assert difference(outlines(astronaut, rating), outlines(other, rating)) == pytest.approx(0, abs=0.01)


def test_how_dark_anything_is_does_not_count(astronaut, rating):
    """Of a negative even skin, hair and wall have changed places."""
    one = outlines(astronaut, rating)
    for other in (255 - astronaut, astronaut // 2, 255 - astronaut // 2, astronaut[..., ::-1]):
        assert not of_another(one, outlines(other, rating))


@pytest.mark.parametrize("turned_deg", [-8, 8])
def test_the_next_shot_is_of_the_same_person(astronaut, engine, rating, turned_deg):
    matrix = cv2.getRotationMatrix2D((256, 256), turned_deg, 0.9)
    moved = cv2.warpAffine(astronaut, matrix, (512, 512), borderMode=cv2.BORDER_REFLECT)
    moved = cv2.imdecode(cv2.imencode(".jpg", moved, [cv2.IMWRITE_JPEG_QUALITY, 40])[1], cv2.IMREAD_COLOR)
    other = outlines(moved, replace(UNRATED, faces=engine.find(moved)))
    assert not of_another(outlines(astronaut, rating), other)


def test_in_company_nobody_is_told_apart(astronaut, rating):
    """Which of several faces is the main one may change from shot to shot."""
    assert outlines(astronaut, replace(rating, faces=rating.faces * 2)) is None
    assert outlines(astronaut, UNRATED) is None


def test_what_shows_nothing_but_the_face_is_nobody_else(astronaut, rating):
    (x, y, w, h) = map(round, rating.faces[0].box)
    face = replace(rating.faces[0], eyes=tuple(np.subtract(eye, (x, y)) for eye in rating.faces[0].eyes))
    close = outlines(astronaut[y : y + h, x : x + w], replace(rating, faces=[face]))
    assert difference(outlines(astronaut, rating), close) == 0

"""Crops that frame a face better: what they promise holds, and nobody is cut off."""

import cv2
import numpy as np
import pytest
import skimage.data

from benchmarks.flaws import FLAWS
from sqrt.improving.framing import MIN_GAIN, MIN_SIDE, suggest_crop
from sqrt.rating import Rater
from sqrt.reading import load_photo
from sqrt.settings import Settings


@pytest.fixture(scope="module")
def rater(model_path) -> Rater:
    return Rater(Settings(face_engine="landmarks", face_model_path=model_path))


@pytest.fixture(scope="module")
def large(astronaut):
    return cv2.resize(astronaut, (1600, 1600), interpolation=cv2.INTER_CUBIC)


@pytest.fixture(scope="module")
def far(rater, large):
    """A person far away, 1600x1600."""
    return FLAWS["too_far"].inject(large, rater.rate(large).faces[0], 3, np.random.default_rng(7))


def suggested(rater, pixels):
    photo, rating = rater.examine(pixels)
    return rating, suggest_crop(photo, rating, rater)


def holds(box_xywh, face):
    left, top, w, h = box_xywh
    x, y, wide, high = face.box
    return left <= x and top <= y and x + wide <= left + w and y + high <= top + h


def test_the_gain_is_what_the_crop_is_rated(rater, far):
    rating, crop = suggested(rater, far)
    after = rater.rate_photo(crop.photo)
    assert crop.gain == after.overall - rating.overall >= MIN_GAIN
    assert after.scores["face_size"] > rating.scores["face_size"] + 30
    assert after.scores["resolution"] == pytest.approx(rating.scores["resolution"], abs=1)


def test_the_crop_lies_in_the_photo_around_the_whole_person(rater, far):
    rating, crop = suggested(rater, far)
    x, y, w, h = crop.box_xywh
    assert x >= 0
    assert y >= 0
    assert x + w <= 1600
    assert y + h <= 1600
    assert min(w, h) >= MIN_SIDE
    assert crop.photo.size_wh == (w, h)
    assert crop.photo.pixels.shape == (h, w, 3)
    np.testing.assert_array_equal(crop.photo.pixels, far[y : y + h, x : x + w])
    face_x, face_y, face_w, face_h = rating.faces[0].box
    # Hair and shoulders belong to it.
    assert x <= face_x - 0.5 * face_w
    assert x + w >= face_x + 1.5 * face_w
    assert y <= face_y - 0.3 * face_h
    assert y + h >= face_y + 1.5 * face_h


def test_the_same_photo_gets_the_same_crop(rater, far):
    _, one = suggested(rater, far)
    _, two = suggested(rater, far)
    assert (one.box_xywh, one.gain) == (two.box_xywh, two.gain)


def test_a_mirrored_photo_gets_the_mirrored_crop(rater, far):
    _, crop = suggested(rater, far)
    _, mirrored = suggested(rater, np.ascontiguousarray(far[:, ::-1]))
    x, y, w, h = crop.box_xywh
    assert mirrored.box_xywh == pytest.approx((1600 - x - w, y, w, h), abs=32)


def test_fewer_pixels_get_the_same_crop(rater, far):
    _, crop = suggested(rater, far)
    _, fewer = suggested(rater, cv2.resize(far, (1440, 1440), interpolation=cv2.INTER_AREA))
    assert [side / 0.9 for side in fewer.box_xywh] == pytest.approx(crop.box_xywh, abs=32)


def test_a_photo_reduced_while_reading_gets_the_same_crop(rater, far):
    _, crop = suggested(rater, far)
    photo = load_photo(far, max_side=800)
    reduced = suggest_crop(photo, rater.rate_photo(photo), rater)
    assert reduced.box_xywh == pytest.approx(crop.box_xywh, abs=32)
    assert reduced.photo.scale == pytest.approx(0.5, abs=0.01)


def test_a_low_face_is_brought_up(rater, astronaut):
    ceiling = cv2.GaussianBlur(astronaut, (0, 0), 30)[:1].repeat(700, axis=0)
    rating, crop = suggested(rater, np.concatenate([ceiling, astronaut[:300]]))
    assert rating.scores["composition"] < 70
    assert rater.rate_photo(crop.photo).scores["composition"] > rating.scores["composition"] + 20


@pytest.mark.parametrize("picture", ["astronaut", "chelsea", "coffee"])
def test_what_is_framed_well_or_has_no_face_is_left_alone(rater, picture):
    assert suggested(rater, getattr(skimage.data, picture)())[1] is None


@pytest.mark.parametrize("severity", [1, 2, 3])
def test_what_is_too_close_cannot_be_mended(rater, large, severity):
    clean = rater.rate(large).faces[0]
    close = FLAWS["too_close"].inject(large, clean, severity, np.random.default_rng(7))
    assert suggested(rater, close)[1] is None


def test_no_crop_is_too_small_for_use(rater, far):
    small = cv2.resize(far, (400, 400), interpolation=cv2.INTER_AREA)
    rating, crop = suggested(rater, small)
    assert rating.faces
    assert crop is None or min(crop.box_xywh[2:]) >= MIN_SIDE


@pytest.mark.parametrize("apart", [700, 1000, 1500])
def test_nobody_is_cut_off(rater, astronaut, apart):
    """Two small people, closer and further apart."""
    canvas = cv2.resize(cv2.GaussianBlur(astronaut, (0, 0), 40), (2400, 1600))
    person = cv2.resize(astronaut, (600, 600), interpolation=cv2.INTER_CUBIC)
    for left in (300, 300 + apart):
        canvas[500:1100, left : left + 600] = person
    rating, crop = suggested(rater, canvas)
    assert len(rating.faces) == 2
    assert crop is None or all(holds(crop.box_xywh, face) for face in rating.faces)


def test_the_cascades_will_do(far):
    rater = Rater(Settings(face_engine="cascade"))
    rating, crop = suggested(rater, far)
    assert rating.engine == "cascade"
    assert crop.gain >= MIN_GAIN
    assert holds(crop.box_xywh, rating.faces[0])

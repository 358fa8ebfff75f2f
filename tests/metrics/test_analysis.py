"""The person of a photo: as the outline shows them, and guessed where it shows nothing."""

from dataclasses import replace

import cv2
import numpy as np
import pytest

from sqrt.errors import NotMeasurable
from sqrt.faces import Face
from sqrt.metrics.analysis import Analysis
from sqrt.metrics.style import clothing
from sqrt.rating import Rater
from sqrt.reading import load_photo
from sqrt.settings import Settings

GREY = load_photo(np.full((256, 256, 3), 128, np.uint8))
LEFT, RIGHT = Face((40, 60, 40, 50), 0.9), Face((170, 60, 40, 50), 0.9)
NOBODY = np.zeros((256, 256), np.uint8)


def guessed(*faces):
    return Analysis(GREY, list(faces)).person


def painted(*faces):
    """An outline that shows a head, and shoulders, for each face."""
    outline = NOBODY.copy()
    for face in faces:
        x, y, w, h = map(round, face.box)
        cv2.ellipse(outline, (x + w // 2, y + h // 2), (w * 2 // 3, h * 2 // 3), 0, 0, 360, 255, -1)
        cv2.rectangle(outline, (x - w // 2, y + h), (x + w * 3 // 2, 255), 255, -1)
    return outline


def test_without_an_outline_everybody_is_guessed():
    assert not guessed(LEFT)[85, 190]
    assert (guessed(LEFT, RIGHT) == (guessed(LEFT) | guessed(RIGHT))).all()


def test_the_outline_is_everybody():
    outline = painted(LEFT, RIGHT)
    assert (Analysis(GREY, [LEFT, RIGHT], outline).person == (outline > 0)).all()
    assert (Analysis(GREY, [LEFT], outline).person == (outline > 0)).all()  # the other looks away


def test_a_head_that_the_outline_misses_is_no_background():
    person = Analysis(GREY, [LEFT, RIGHT], painted(LEFT)).person
    x, y, w, h = map(round, RIGHT.box)
    assert person[y : y + h, x : x + w].all()
    assert not person[200, x + w // 2]  # of one behind others the shoulders are not guessed
    assert (person[:, :120] == (painted(LEFT) > 0)[:, :120]).all()


def test_a_main_face_that_the_outline_misses_is_guessed_with_shoulders():
    assert (Analysis(GREY, [LEFT], NOBODY).person == guessed(LEFT)).all()


def test_everybody_stays_a_person_for_each_of_them():
    both = Analysis(GREY, [LEFT, RIGHT], painted(LEFT))
    assert (both.alone(RIGHT).person == both.person).all()


def test_what_may_be_hair_is_no_background():
    outline = painted(LEFT)
    outline[100:200, 130:140] = 100
    outline[100:200, 200:210] = 50
    person = Analysis(GREY, [LEFT], outline).person
    assert person[150, 135]
    assert not person[150, 205]


def test_the_outline_stretches_over_the_frame():
    wide = load_photo(np.full((300, 900, 3), 128, np.uint8))
    face = Face((600, 50, 60, 80), 0.9)
    outline = NOBODY.copy()
    outline[:, 160:200] = 255
    person = Analysis(wide, [face], outline).person
    assert person.shape == (85, 256)
    assert (person == (cv2.resize(outline, (256, 85)) >= 77)).all()


def test_clothing_is_the_outline_under_the_chin():
    box = clothing(Analysis(GREY, [LEFT]))
    seen = clothing(Analysis(GREY, [LEFT, RIGHT], painted(LEFT, RIGHT)))
    assert box[150, 60]
    assert seen[150, 60]
    assert not seen[85].any()
    assert not seen[:, 140:].any()  # what the other one wears
    assert (seen <= (painted(LEFT) > 0)).all()


def test_without_a_face_there_is_no_person():
    with pytest.raises(NotMeasurable):
        _ = Analysis(GREY, [], painted(LEFT)).person


@pytest.fixture(scope="module")
def ratings(model_path, tmp_path_factory, astronaut):
    """The astronaut rated with the outline, and by a rater that has not its file."""
    path = tmp_path_factory.mktemp("without") / "face_landmarker.task"
    path.write_bytes(model_path.read_bytes())
    raters = [Rater(Settings(face_engine="landmarks", face_model_path=place)) for place in (model_path, path)]
    assert [rater.sees_outlines for rater in raters] == [True, False]
    return [rater.rate(astronaut) for rater in raters]


def test_a_rating_keeps_the_outline_and_tells_nobody(ratings):
    seen, guess = ratings
    assert seen.outline.shape == (256, 256)
    assert guess.outline is None
    assert "outline" not in seen.to_dict()
    assert "outline" not in repr(seen)
    assert seen == replace(seen, outline=None)


def test_without_the_file_the_guess_rates_as_much(ratings):
    seen, guess = ratings
    assert seen.scores.keys() == guess.scores.keys()
    assert seen.natives["background"] != guess.natives["background"]
    assert seen.natives["sharpness"] == guess.natives["sharpness"]
    assert abs(seen.overall - guess.overall) < 10

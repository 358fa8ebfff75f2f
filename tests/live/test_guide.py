"""Where the live camera leads to: what it shows as the place of the face is where the framing is rated best."""

from dataclasses import replace

import cv2
import numpy as np
import pytest

from sqrt.improving.framing import FRAMING
from sqrt.live.guide import ALIKE, guide
from sqrt.rating import PURPOSES, Rater, Rating, overall_of
from sqrt.settings import Settings

SHAPES = [(640, 480), (480, 640), (720, 1280)]
"""Width and height: a laptop's camera, a phone's, and a tall phone's."""


def framed(pixels, face, target, size_wh, across=0.0, down=0.0, scale=1.0):
    """Take a picture of the person so that the face fills the target, or is beside it: by so many of its widths and
    heights, and so many times as large.
    """
    width, height = size_wh
    x, y, w, h = (share * side for share, side in zip(target, (width, height) * 2, strict=True))
    middle_x, middle_y = x + w / 2 + across * w, y + h / 2 + down * h
    left, top, wide, high = face.box
    zoom = scale * h / high
    matrix = np.array([[zoom, 0, middle_x - zoom * (left + wide / 2)], [0, zoom, middle_y - zoom * (top + high / 2)]])
    return cv2.warpAffine(pixels, matrix, size_wh, flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE)


def framing(rating):
    """The score of the framing alone, 0 where the face is so close that none is seen."""
    if not rating.faces:
        return 0
    scores = {key: rating.scores[key] for key in FRAMING}
    return overall_of(scores, metrics=rating.purpose.metrics)


def empty(purpose, size_wh, engine="landmarks", **known):
    return Rating(20, {}, {}, {}, [], [], size_wh, engine, purpose=PURPOSES[purpose], **known)


@pytest.mark.parametrize("purpose", ["profile", "id"])
@pytest.mark.parametrize("size_wh", SHAPES, ids=str)
def test_a_face_on_the_target_is_framed_better_than_beside_it(rater, astronaut, face, purpose, size_wh):
    rater = rater.suited_to(purpose)
    target = guide(empty(purpose, size_wh)).target
    on_it = rater.rate(framed(astronaut, face, target, size_wh))
    assert guide(on_it).target == target
    assert guide(on_it).framing
    assert framing(on_it) > 85
    others = [{"across": 0.9}, {"across": -0.9}, {"down": 0.6}, {"down": -0.6}, {"scale": 0.6}, {"scale": 1.6}]
    for other in others:
        beside = rater.rate(framed(astronaut, face, target, size_wh, **other))
        assert framing(beside) < framing(on_it) + ALIKE, other
    assert not guide(rater.rate(framed(astronaut, face, target, size_wh, scale=0.4))).framing


def test_the_cascades_have_a_target_of_their_own(astronaut):
    rater = Rater(Settings(face_engine="cascade"))
    wide = rater.rate(astronaut)
    target = guide(wide).target
    on_it = rater.rate(framed(astronaut, wide.faces[0], target, (640, 480)))
    assert target != guide(empty("profile", wide.size_wh)).target
    assert framing(on_it) > max(92, framing(wide))
    assert guide(on_it).level
    assert guide(on_it).gaze, "what cannot be seen must not hold up the shot"


@pytest.mark.parametrize("purpose", PURPOSES)
def test_it_lies_in_the_middle_and_inside(purpose):
    for size_wh in SHAPES:
        x, y, w, h = guide(empty(purpose, size_wh)).target
        assert x + w / 2 == pytest.approx(0.5)
        assert min(x, y, 1 - x - w, 1 - y - h) > 0.05


def test_a_document_asks_for_a_larger_face():
    assert guide(empty("id", (640, 480))).target[3] > 1.3 * guide(empty("profile", (640, 480))).target[3]


def test_an_engine_it_does_not_know_has_no_target():
    assert guide(empty("profile", (640, 480), engine="canned")).target is None


def test_nobody_is_neither_level_nor_looking(rater):
    nobody = guide(rater.rate(np.full((480, 640, 3), 90, np.uint8)))
    assert nobody[1:] == (False, False, False)
    assert nobody.target == guide(empty("profile", (640, 480))).target


def test_a_head_that_leans_is_not_level(rater, astronaut, face):
    x, y, w, h = face.box
    turn = cv2.getRotationMatrix2D((x + w / 2, y + h / 2), 35, 1)
    assert guide(rater.rate(astronaut)).level
    assert not guide(rater.rate(cv2.warpAffine(astronaut, turn, (512, 512), borderMode=cv2.BORDER_REPLICATE))).level


def looks_aside(face):
    """Return the face with both irises moved sideways, by half of what an eye is wide."""
    landmarks = face.landmarks.copy()
    for iris, outer, inner in ((468, 33, 133), (473, 362, 263)):
        landmarks[iris] += 0.5 * (landmarks[inner] - landmarks[outer])
    return replace(face, landmarks=landmarks)


def shut(face):
    return replace(face, blendshapes={**face.blendshapes, "eyeBlinkLeft": 0.9})


@pytest.mark.parametrize("away", [looks_aside, shut])
def test_everybodys_eyes_count(rater, astronaut, away):
    alone, pair = rater.rate(astronaut), rater.rate(np.hstack([astronaut[:, :400], astronaut[:, :400]]))
    assert guide(alone).gaze
    assert guide(pair).gaze
    for rating in (alone, pair):
        for index, face in enumerate(rating.faces):
            faces = [*rating.faces[:index], away(face), *rating.faces[index + 1 :]]
            assert not guide(replace(rating, faces=faces)).gaze


def test_who_is_far_behind_does_not_count(rater, astronaut):
    rating = rater.rate(astronaut)
    behind = looks_aside(rating.faces[0].scaled(0.5))
    assert guide(replace(rating, faces=[*rating.faces, behind])).gaze

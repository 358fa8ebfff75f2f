"""Everyone who matters counts; a passer-by does not."""

import cv2
import numpy as np
import pytest

from benchmarks.bursts import BURST_FLAWS
from sqrt.metrics.analysis import Analysis
from sqrt.metrics.people import everyone
from sqrt.rating import Rater
from sqrt.reading import load_photo
from sqrt.settings import Settings
from tests.choosing.test_clip import with_shut_eyes


@pytest.fixture(scope="module")
def rater(model_path) -> Rater:
    return Rater(Settings(face_engine="landmarks", face_model_path=model_path))


@pytest.fixture(scope="module")
def alone(astronaut):
    return cv2.resize(astronaut, (1024, 1024), interpolation=cv2.INTER_CUBIC)


def beside(one, other):
    return np.hstack([one, other])


def passing_by(pixels, other, share, sigma):
    """Put a smaller, perhaps blurred copy of somebody into the upper left corner."""
    small = cv2.resize(other, None, fx=share, fy=share, interpolation=cv2.INTER_AREA)
    small = cv2.GaussianBlur(small, (0, 0), sigma) if sigma else small
    picture = pixels.copy()
    picture[: small.shape[0], : small.shape[1]] = small
    return picture


def counted(engine, pixels):
    photo = load_photo(np.ascontiguousarray(pixels))
    return [face for face, _ in everyone(Analysis(photo, engine.find(photo.pixels)))]


def test_one_person_is_everyone(engine, alone):
    assert counted(engine, alone) == [0]


def test_nobody_is_one_analysis_without_a_face(engine):
    assert counted(engine, np.full((200, 200, 3), 128, np.uint8)) == [0]


def test_who_stands_beside_counts_in_focus_or_not(engine, alone):
    assert counted(engine, beside(alone, alone[:, ::-1])) == [0, 1]
    assert counted(engine, beside(alone, cv2.GaussianBlur(alone[:, ::-1], (0, 0), 5))) == [0, 1]


def test_a_smaller_face_counts_if_it_is_sharp(engine, alone):
    assert len(engine.find(passing_by(alone, alone, 0.4, 0))) == 2
    assert counted(engine, passing_by(alone, alone, 0.4, 0)) == [0, 1]
    assert counted(engine, passing_by(alone, alone, 0.4, 4)) == [0]


def test_shut_eyes_of_the_second_cost_and_the_advice_says_whose(rater, engine, alone):
    shut = with_shut_eyes(alone, engine.find(alone)[0])
    for pair, who in ((beside(alone, shut), "right"), (beside(shut, alone), "left")):
        both, one = rater.rate(beside(alone, alone)), rater.rate(pair)
        assert both.overall - one.overall >= 5
        advice = next(item for item in one.advice if item.metric == "eyes_open")
        meant = one.faces[advice.face].box[0] + one.faces[advice.face].box[2] / 2
        assert (meant > 1024) == (who == "right")
        assert advice.face == 0 or advice.text.startswith(f"The person at the {who}: ")


def test_a_blurred_passer_by_costs_nothing(rater, alone):
    with_one, without = rater.rate(passing_by(alone, alone, 0.3, 4)), rater.rate(alone)
    for key in ("sharpness", "eyes_open", "head_pose", "face_lighting"):
        assert with_one.scores[key] == pytest.approx(without.scores[key], abs=1)


def test_who_fares_worst_decides(rater, alone):
    pair, soft = beside(alone, alone[:, ::-1]), beside(alone, cv2.GaussianBlur(alone[:, ::-1], (0, 0), 6))
    assert rater.rate(pair).overall - rater.rate(soft).overall >= 3


def test_who_looks_aside_costs_whoever_it_is(rater, engine, alone):
    aside = BURST_FLAWS["look_aside"].inject(alone, engine.find(alone)[0], 3, np.random.default_rng(7))
    both = rater.rate(beside(alone, alone)).scores["eye_contact"]
    for pair in (beside(alone, aside), beside(aside, alone)):
        assert rater.rate(pair).scores["eye_contact"] < both - 15

"""What a photo is for: the usual purpose changes nothing, the others what they say, and all that is said agrees."""

from typing import get_args

import cv2
import numpy as np
import pytest

import sqrt
from sqrt.improving import suggest_fix
from sqrt.improving.framing import suggest_crop
from sqrt.metrics import METRICS
from sqrt.rating import FLAW, GOOD, PURPOSES, Rater, overall_of
from sqrt.rating.purposes import PROFILE
from sqrt.settings import PurposeKey, Settings
from sqrt.showing.explain import good_range


@pytest.fixture(scope="module")
def rater(model_path):
    return Rater(Settings(face_engine="landmarks", face_model_path=model_path))


@pytest.fixture(scope="module")
def ratings(rater, astronaut):
    return {key: rater.suited_to(key).rate(astronaut) for key in PURPOSES}


def test_the_setting_knows_every_purpose():
    assert [*PURPOSES] == [*get_args(PurposeKey)]
    assert all(key == purpose.key for key, purpose in PURPOSES.items())
    assert PURPOSES[Settings().purpose] is PROFILE


def test_a_profile_picture_is_rated_as_ever():
    assert PROFILE.metrics == METRICS
    assert not PROFILE.document


@pytest.mark.parametrize("key", PURPOSES)
def test_a_purpose_changes_what_counts_and_never_what_is_measured(key):
    metrics = PURPOSES[key].metrics
    assert [*metrics] == [*METRICS]
    for name, metric in metrics.items():
        usual = METRICS[name]
        assert metric.measure is usual.measure
        assert (metric.key, metric.label, metric.group, metric.unit) == (name, usual.label, usual.group, usual.unit)
        assert metric.weight > 0
        scores = [metric.quality(native) for native in np.linspace(*metric.quality.span, 200)]
        assert min(scores) >= 0
        assert max(scores) == pytest.approx(100, abs=1.5)
        assert good_range(metric)


def test_a_smile_is_worth_most_among_friends_something_at_work_and_harm_in_a_document(ratings):
    def gain(key: str) -> float:
        metrics, scores = PURPOSES[key].metrics, ratings[key].scores
        curve = metrics["expression"].quality
        calm, smiling = (overall_of({**scores, "expression": curve(smile)}, metrics=metrics) for smile in (5, 70))
        return smiling - calm

    assert gain("social") > gain("work") > gain("profile") > 0 > gain("id")
    curve = PURPOSES["work"].metrics["expression"].quality
    assert curve(60) == curve(100), "a laugh brings no more than a smile"


def test_a_document_calls_no_face_too_large_that_is_too_small():
    metric = PURPOSES["id"].metrics["face_size"]
    for percent in range(35, 60):  # where the metric's advice is about closeness
        assert metric.quality(percent) >= FLAW
    assert metric.quality(60) > GOOD > metric.quality(90)


@pytest.mark.parametrize("key", PURPOSES)
def test_scores_overall_and_advice_follow_from_the_natives_by_the_purpose(ratings, key):
    rating, metrics = ratings[key], PURPOSES[key].metrics
    assert rating.purpose is PURPOSES[key]
    assert rating.to_dict()["purpose"] == key
    assert rating.natives == ratings["profile"].natives
    assert rating.scores == {name: metrics[name].quality(native) for name, native in rating.natives.items()}
    assert rating.overall == overall_of(rating.scores, metrics=metrics)
    for item in rating.advice:
        advice = metrics[item.metric].advice
        asked = [rule.asks for rule in rating.rules if rule.metric == item.metric and rule.passed is False]
        assert item.text in [*([advice] if isinstance(advice, str) else advice.values()), *asked]


def test_the_setting_reaches_the_library(model_path, astronaut, ratings):
    settings = Settings(face_engine="landmarks", face_model_path=model_path, purpose="id")
    assert sqrt.rate(astronaut, settings).to_dict() == ratings["id"].to_dict()


def test_raters_for_several_purposes_share_their_engines(rater, astronaut):
    document = rater.suited_to("id")
    assert document.settings.purpose == "id"
    assert rater.settings.purpose == "profile"
    with document.borrowed() as engine:
        lent = engine
    with rater.borrowed() as engine:
        assert engine is lent


def test_a_crop_and_a_repair_are_sought_by_the_purpose_and_never_offered_for_a_document(rater, astronaut):
    far = cv2.copyMakeBorder(astronaut, 500, 100, 500, 500, cv2.BORDER_REPLICATE) // 3
    for key in ("profile", "work", "social"):
        photo, rating = rater.suited_to(key).examine(far)
        assert suggest_crop(photo, rating, rater.suited_to(key))
        assert suggest_fix(photo, rating, rater.suited_to(key))
    document = rater.suited_to("id")
    photo, rating = document.examine(far)
    assert suggest_crop(photo, rating, document) is None
    assert suggest_fix(photo, rating, document) is None


def test_a_photo_for_a_document_stays_as_it_is(model_path, astronaut):
    _, file = cv2.imencode(".jpg", astronaut[..., ::-1] // 3)
    settings = Settings(face_engine="landmarks", face_model_path=model_path, purpose="id")
    fixed = sqrt.fix(file.tobytes(), settings)
    assert fixed.jpeg == file.tobytes()
    assert fixed.steps == []

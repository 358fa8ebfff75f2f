"""The overall score and what to change first: laws that hold for any scores."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sqrt.faces import Face
from sqrt.metrics import METRICS, Measured
from sqrt.rating import Rater, overall_of
from sqrt.rating.advice import FLAW, MIN_GAIN, NO_FACE, WELL, advise
from sqrt.settings import Settings
from sqrt.words import said

some_scores = st.dictionaries(st.sampled_from(list(METRICS)), st.floats(0, 100), min_size=1)
ALL_GOOD = dict.fromkeys(METRICS, 100.0)
SOMEONE = Face((0, 0, 100, 100), 1.0)


@pytest.fixture(scope="module")
def rater(model_path) -> Rater:
    return Rater(Settings(face_engine="landmarks", face_model_path=model_path))


def weighted_mean(scores):
    weights = {key: METRICS[key].weight for key in scores}
    return sum(weights[key] * scores[key] for key in scores) / sum(weights.values())


def anything_measured(scores):
    """A measurement for each score, with some cause that its metric has advice for."""
    return {
        key: Measured(0.0, "" if isinstance(METRICS[key].advice, str) else next(iter(METRICS[key].advice)))
        for key in scores
    }


# --- Overall -------------------------------------------------------------------------------------------------------


def test_all_good_is_100_and_nothing_is_0():
    assert overall_of(ALL_GOOD) == pytest.approx(100)
    assert overall_of(dict.fromkeys(METRICS, 0.0)) == pytest.approx(0, abs=1e-9)
    assert overall_of({}) == 0


@given(scores=some_scores)
def test_overall_lies_between_the_worst_and_the_weighted_mean(scores):
    assert min(scores.values()) - 1e-6 <= overall_of(scores) <= weighted_mean(scores) + 1e-6


@given(score=st.floats(0, 100), keys=st.sets(st.sampled_from(list(METRICS)), min_size=1))
def test_overall_of_equal_scores_is_that_score(score, keys):
    assert overall_of(dict.fromkeys(keys, score)) == pytest.approx(score, abs=1e-6)


@given(scores=some_scores, better=st.floats(0, 100), data=st.data())
def test_overall_never_falls_when_a_score_rises(scores, better, data):
    key = data.draw(st.sampled_from(sorted(scores)))
    raised = {**scores, key: max(scores[key], better)}
    assert overall_of(raised) >= overall_of(scores) - 1e-9
    if raised[key] > scores[key] + 0.1:
        assert overall_of(raised) > overall_of(scores)


@given(scores=some_scores)
def test_order_does_not_matter(scores):
    backwards = dict(reversed(scores.items()))
    assert overall_of(backwards) == pytest.approx(overall_of(scores), rel=1e-9, abs=1e-9)


@pytest.mark.parametrize("key", METRICS)
def test_an_unusable_property_is_not_averaged_away(key):
    scores = {**ALL_GOOD, key: 0.0}
    assert 100 - overall_of(scores) > 1.8 * (100 - weighted_mean(scores))


@given(rest=st.floats(20, 100), key=st.sampled_from(list(METRICS)))
def test_one_serious_flaw_costs_more_than_the_same_loss_spread_out(rest, key):
    one_flaw = {**dict.fromkeys(METRICS, rest), key: 0.0}
    spread = dict.fromkeys(METRICS, weighted_mean(one_flaw))
    assert overall_of(one_flaw) < overall_of(spread)


# --- Advice --------------------------------------------------------------------------------------------------------


def mended(scores, key):
    """The scores after following the advice about one of them."""
    return {**scores, key: max(scores[key], WELL)}


@given(scores=some_scores)
@settings(deadline=None)
def test_gains_are_counterfactual(scores):
    advice = advise(scores, anything_measured(scores), [SOMEONE])
    for item in advice:
        assert item.gain == pytest.approx(overall_of(mended(scores, item.metric)) - overall_of(scores), abs=1e-6)
        assert item.gain >= MIN_GAIN
        assert scores[item.metric] < FLAW
        assert item.text
    # What is left out is no flaw, or would bring nothing worth reading.
    for key in scores.keys() - {item.metric for item in advice}:
        assert scores[key] >= FLAW or overall_of(mended(scores, key)) - overall_of(scores) < MIN_GAIN


def causes_of(item, scores):
    """The metrics whose flaw, as bad as this one, comes before it."""
    return [key for key in METRICS[item.metric].follows if scores.get(key, 100) <= scores[item.metric]]


@given(scores=some_scores)
@settings(deadline=None)
def test_the_largest_gain_comes_first_but_causes_before_their_effects(scores):
    advice = advise(scores, anything_measured(scores), [SOMEONE])
    gains = {item.metric: item.gain for item in advice}
    for index, item in enumerate(advice):
        for later in advice[index + 1 :]:
            assert later.metric not in causes_of(item, scores)
            # Whoever gains more than one before it waits for a cause that gains no more than that.
            waits_for = [gains[key] for key in causes_of(later, scores) if key in gains]
            assert min([later.gain, *waits_for]) <= item.gain + 1e-9


def test_a_dark_picture_is_lit_before_it_is_held_still():
    dark = {**ALL_GOOD, "lighting": 20.0, "sharpness": 25.0}
    assert [item.metric for item in advise(dark, anything_measured(dark), [SOMEONE])] == ["lighting", "sharpness"]
    dim = {**ALL_GOOD, "lighting": 50.0, "sharpness": 25.0}
    assert [item.metric for item in advise(dim, anything_measured(dim), [SOMEONE])] == ["sharpness", "lighting"]


def test_nothing_to_gain_is_no_advice():
    assert advise(ALL_GOOD, anything_measured(ALL_GOOD), [SOMEONE]) == []


@given(scores=some_scores)
@settings(deadline=None)
def test_without_a_face_that_comes_first(scores):
    measured = anything_measured(scores)
    first, *others = advise(scores, measured, [])
    assert (first.metric, first.text) == ("face_position", NO_FACE)
    assert all(item.gain <= first.gain for item in others)
    with_one = advise(scores, measured, [SOMEONE])
    assert {item.metric for item in others} <= {item.metric for item in with_one}


def test_the_text_is_that_of_the_cause():
    for cause, text in METRICS["lighting"].advice.items():
        (item,) = advise({"lighting": 10.0}, {"lighting": Measured(40, cause)}, [SOMEONE])
        assert item.text == text


def test_advice_on_a_photo_is_that_of_its_scores(rater, astronaut):
    rating = rater.rate(astronaut // 4)
    assert rating.advice[0].metric == "lighting"
    assert rating.advice[0].text == METRICS["lighting"].advice["dark"]
    better = mended(rating.scores, "lighting")
    assert overall_of(better) - rating.overall == pytest.approx(rating.advice[0].gain)


@pytest.mark.parametrize(
    ("index", "who"),
    [(0, ""), (1, "The person at the left: "), (2, "The person at the right: "), (3, "Person 2 from the left: ")],
)
def test_it_says_who_is_meant(index, who):
    people = [Face((x, 0, 50, 50), 1.0) for x in (200, 0, 300, 100)]
    (item,) = advise({"eyes_open": 5.0}, {"eyes_open": Measured(3.0, "", index, people=4, alike=2)}, people)
    assert item.face == index
    assert item.text == who + METRICS["eyes_open"].advice
    assert item.tip == METRICS["eyes_open"].tip
    assert (item.alike, item.people) == (2, 4)


def test_it_says_who_is_meant_in_the_language(german):
    german(
        {
            "{who}: {what}": "{who} : {what}",
            "Person {place} from the left": "Person {place} von links",
            METRICS["eyes_open"].advice: "Öffne die Augen.",
        }
    )
    people = [Face((x, 0, 50, 50), 1.0) for x in (200, 0, 300, 100)]
    (item,) = advise({"eyes_open": 5.0}, {"eyes_open": Measured(3.0, "", 3)}, people)
    assert said(item.text, "de") == "Person 2 von links : Öffne die Augen."

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sqrt.live.coach import LEAD, MAX_TIPS, TIME_CONSTANT_S, Coach
from sqrt.metrics import METRICS
from sqrt.rating import Advice
from sqrt.words import said

SCORES = st.lists(st.floats(0, 100), min_size=1, max_size=30)
PAUSES = st.floats(0, 10)
ADVICE = st.lists(
    st.builds(
        lambda metric, gain, tip: Advice(metric, gain, "", tip),
        st.sampled_from("abcdef"),
        st.floats(0.5, 100),
        st.sampled_from("UVWXYZ"),
    )
)


def advice(**gains):
    """What to change, the largest gain first, as a rating has it."""
    best = sorted(gains.items(), key=lambda item: -item[1])
    return [Advice(f"metric_{tip}", gain, f"Long text of {tip}", tip) for tip, gain in best]


def test_a_cause_comes_before_its_effect_here_too():
    coach = Coach()
    coach.update(50, [Advice("lighting", 4, "Long", "More light"), Advice("sharpness", 9, "Long", "Hold still")], 0)
    assert coach.tips == ("More light", "Hold still")


@given(overall=st.floats(0, 100), pauses=st.lists(PAUSES, max_size=20))
def test_constant_ratings_give_a_constant_score(overall, pauses):
    coach, now = Coach(), 0.0
    for pause in [0.0, *pauses]:
        now += pause
        coach.update(overall, [], now)
        assert coach.score == overall


@given(overalls=SCORES, pause=PAUSES)
def test_the_score_stays_between_the_lowest_and_the_highest_rating(overalls, pause):
    coach = Coach()
    for number, overall in enumerate(overalls):
        coach.update(overall, [], number * pause)
        seen = overalls[: number + 1]
        assert min(seen) - 1e-9 <= coach.score <= max(seen) + 1e-9


@pytest.mark.parametrize("interval_s", [0.5, 1, 2, 4])
def test_the_score_follows_as_fast_at_any_interval(interval_s):
    coach, now = Coach(), 0.0
    coach.update(0, [], now)
    while now < 4:
        now += interval_s
        coach.update(100, [], now)
    assert coach.score == pytest.approx(100 * (1 - 2.718281828 ** (-4 / TIME_CONSTANT_S)))


def test_time_that_runs_backwards_changes_nothing():
    coach = Coach()
    coach.update(40, [], 10)
    coach.update(90, [], 9)
    assert coach.score == 40


@given(rounds=st.lists(ADVICE, min_size=1, max_size=10), pause=PAUSES)
def test_there_are_never_more_than_two_tips_and_no_tip_twice(rounds, pause):
    coach = Coach()
    for number, items in enumerate(rounds):
        coach.update(50, items, number * pause)
        assert len(coach.tips) == len(set(coach.tips)) <= MAX_TIPS
        assert set(coach.tips) <= {item.tip for some in rounds[: number + 1] for item in some}


NOISE = st.floats(0, LEAD - 0.01)


@given(rounds=st.lists(st.tuples(NOISE, NOISE, NOISE, NOISE), min_size=2, max_size=20), pause=PAUSES)
def test_tips_neither_change_nor_swap_places_for_noise(rounds, pause):
    coach = Coach()
    seen = set()
    for number, noise in enumerate(rounds):
        coach.update(50, advice(**{tip: 10 + gain for tip, gain in zip("UVWX", noise, strict=True)}), number * pause)
        seen.add(coach.tips)
    assert len(seen) == 1


def test_a_tip_that_is_clearly_worth_more_comes_first():
    coach = Coach()
    coach.update(50, advice(U=10, V=9, W=3), 0)
    assert coach.tips == ("U", "V")
    for now in range(1, 30):
        coach.update(50, advice(U=10, V=9, W=20), now)
    assert coach.tips == ("W", "U")


def test_what_two_metrics_ask_for_alike_counts_once():
    once, twice = Coach(), Coach()
    once.update(50, [Advice("a", 8, "", "Turn"), Advice("c", 5, "", "Smile")], 0)
    twice.update(50, [Advice("a", 8, "", "Turn"), Advice("b", 7, "", "Turn"), Advice("c", 5, "", "Smile")], 0)
    assert twice.tips == once.tips == ("Turn", "Smile")


def test_advice_without_a_tip_is_not_shown():
    coach = Coach()
    coach.update(50, [Advice("a", 30, "Use a better camera", "")], 0)
    assert coach.tips == ()


def test_a_tip_goes_once_it_is_followed():
    coach = Coach()
    coach.update(50, advice(U=10), 0)
    coach.update(90, [], 10 * TIME_CONSTANT_S)
    assert coach.tips == ()


def meant(alike, people):
    return Advice("eyes_open", 10, "Long", "Open your eyes", people=people, alike=alike)


@pytest.mark.parametrize(
    ("alike", "people", "tip"),
    [
        (1, 1, "Open your eyes"),
        (1, 2, "1 of 2: Open your eyes"),
        (2, 3, "2 of 3: Open your eyes"),
        (3, 3, "Everyone: Open your eyes"),
    ],
)
def test_it_says_how_many_of_several_people_are_meant(alike, people, tip):
    coach = Coach()
    coach.update(50, [meant(alike, people)], 0)
    assert coach.tips == (tip,)


def test_it_says_so_in_the_language(german):
    german({"{count} of {people}: {what}": "{count} von {people}: {what}", "Open your eyes": "Öffne die Augen"})
    coach = Coach()
    coach.update(50, [meant(2, 3)], 0)
    assert said(coach.tips[0], "de") == "2 von 3: Öffne die Augen"


def test_a_tip_stays_while_the_people_meant_change():
    """Its worth does not start anew, and it says who is meant now."""
    coach, other = Coach(), Advice("face_size", 9.5, "Long", "Come closer")
    coach.update(50, [meant(1, 3), other], 0)
    coach.update(50, [meant(2, 3), other], 1)
    assert coach.tips == ("2 of 3: Open your eyes", "Come closer")
    coach.update(60, [other], 1.1)
    assert coach.tips == ("2 of 3: Open your eyes", "Come closer")


def test_everyone_in_a_real_picture_counts(rater, astronaut):
    """Three people lean their heads, or one of them does."""
    turn = cv2.getRotationMatrix2D((225, 125), 40, 1)
    leaning = cv2.warpAffine(astronaut, turn, (512, 512), borderMode=cv2.BORDER_REPLICATE)[:300, 100:350]
    upright = astronaut[:300, 100:350]
    for people, how_many in (
        ([leaning, upright, upright], "1 of 3: "),
        ([upright, leaning, leaning], "2 of 3: "),
        ([leaning] * 3, "Everyone: "),
        ([leaning], ""),
    ):
        coach = Coach()
        rating = rater.rate(np.hstack(people))
        assert len(rating.faces) == len(people)
        coach.update(rating.overall, rating.advice, 0)
        assert how_many + METRICS["head_pose"].tip["roll"] in coach.tips

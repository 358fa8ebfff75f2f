import pytest
from hypothesis import given
from hypothesis import strategies as st

from sqrt.live.coach import LEAD, MAX_TIPS, TIME_CONSTANT_S, Coach
from sqrt.rating import Advice

SCORES = st.lists(st.floats(0, 100), min_size=1, max_size=30)
PAUSES = st.floats(0, 10)
ADVICE = st.lists(
    st.builds(Advice, st.sampled_from("abcdef"), st.floats(0.5, 100), st.just(""), st.sampled_from("UVWXYZ"))
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

"""The rate limit, by a clock of its own."""

import random

import pytest

from sqrt.serving.rate_limit import WINDOW_S, RateLimit


class Clock:
    now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


def test_each_client_has_its_own_amount(clock):
    limit = RateLimit(2, clock)
    assert [limit.wait_s("a"), limit.wait_s("a"), limit.wait_s("b")] == [0, 0, 0]
    assert limit.wait_s("a") == WINDOW_S
    assert limit.wait_s("b") == 0


def test_who_waits_as_long_as_is_said_is_let_in(clock):
    limit = RateLimit(3, clock)
    for _ in range(3):
        assert limit.wait_s("a") == 0
        clock.now += 10
    assert limit.wait_s("a", 2) == 40  # until two of those calls are a minute old
    assert limit.wait_s("a") == 30
    clock.now += 30
    assert limit.wait_s("a", 2) == 10
    assert limit.wait_s("a") == 0
    clock.now += 10
    assert limit.wait_s("a") == 0


def test_more_than_the_amount_is_never_let_in(clock):
    limit = RateLimit(2, clock)
    assert limit.wait_s("a", 3) == WINDOW_S
    assert limit.wait_s("a", 2) == 0
    clock.now += 20
    assert limit.wait_s("a", 3) == 40


def test_no_minute_ever_holds_more(clock):
    limit, dice, let_in = RateLimit(7, clock), random.Random(1), []
    for _ in range(2000):
        clock.now += dice.expovariate(0.3)
        calls = dice.choice([1, 1, 1, 2, 5])
        if limit.wait_s("a", calls) == 0:
            let_in += [clock.now] * calls
    assert len(let_in) > 500
    assert all(later - first >= WINDOW_S for first, later in zip(let_in, let_in[7:], strict=False))


def test_those_who_are_gone_are_forgotten(clock):
    limit = RateLimit(2, clock)
    for number in range(100):
        limit.wait_s(f"client {number}")
        clock.now += 1
    assert len(limit._calls) == 60
    clock.now += WINDOW_S
    limit.wait_s("a")
    assert len(limit._calls) == 1

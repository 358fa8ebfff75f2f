"""The rate limit, and a wall clock that is set anew."""

import time

import pytest

from sqrt.serving.rate_limit import RateLimit


def test_each_client_has_its_own_amount():
    limit = RateLimit(2)
    assert [limit.wait_s("a"), limit.wait_s("a"), limit.wait_s("b")] == [0, 0, 0]
    assert 0 < limit.wait_s("a") <= 60
    assert limit.wait_s("b") == 0


@pytest.mark.parametrize("jump_s", [-3600, 3600])
def test_a_clock_that_is_set_anew_shuts_nobody_out(monkeypatch, jump_s):
    limit = RateLimit(2)
    wall = time.time
    assert [limit.wait_s("a") > 0 for _ in range(3)] == [False, False, True]
    monkeypatch.setattr(time, "time", lambda: wall() + jump_s)
    assert [limit.wait_s("a") > 0 for _ in range(3)] == [False, False, True]


def test_a_minute_later_there_is_room_again(monkeypatch):
    later_s = 0.0
    wall, steady = time.time, time.monotonic
    monkeypatch.setattr(time, "time", lambda: wall() + later_s)
    limit = RateLimit(1, lambda: steady() + later_s)
    assert [limit.wait_s("a") > 0 for _ in range(2)] == [False, True]
    later_s = 61
    assert limit.wait_s("a") == 0

"""The moving window of the rate limit."""

from hypothesis import given
from hypothesis import strategies as st

from sqrt.rate_limit import RateLimit

CALLS = st.lists(st.tuples(st.floats(0, 40), st.sampled_from("ab")), max_size=60)


@given(calls=CALLS, amount=st.integers(1, 5))
def test_no_minute_holds_more_and_none_waits_in_vain(calls, amount):
    now = 0.0
    limit = RateLimit(amount, 60, lambda: now)
    admitted: dict[str, list[float]] = {"a": [], "b": []}
    for pause_s, client in calls:
        now += pause_s
        of_a_minute = [at for at in admitted[client] if at + 60 > now]
        wait_s = limit.wait_s(client)
        if wait_s == 0:
            admitted[client].append(now)
        else:
            assert wait_s == of_a_minute[0] + 60 - now
        assert (wait_s == 0) == (len(of_a_minute) < amount)


def test_who_comes_back_when_told_is_admitted():
    now = 0.0
    limit = RateLimit(2, 60, lambda: now)
    assert [limit.wait_s("a"), limit.wait_s("a"), limit.wait_s("a")] == [0, 0, 60]
    now += 60
    assert limit.wait_s("a") == 0


def test_clients_that_are_gone_are_forgotten():
    now = 0.0
    limit = RateLimit(2, 60, lambda: now)
    for number in range(1000):
        now += 1
        limit.wait_s(f"client {number}")
        limit.wait_s("one that stays")
    assert len(limit._calls) <= 61

"""Work in the background goes on for who is there, waits for who may come back, and ends with who has gone."""

import threading

import pytest

from sqrt.ui.job import Job

LIMIT_S = 60


class Steps:
    """Endless steps that tell when one is made and when they are closed."""

    def __init__(self):
        self.made, self.closed = threading.Semaphore(0), threading.Event()

    def __iter__(self):
        try:
            for number in range(10**9):
                self.made.release()
                yield number
        finally:
            self.closed.set()


@pytest.fixture
def steps() -> Steps:
    return Steps()


def test_a_cancelled_job_stops_after_the_step_in_hand(steps):
    job = Job(iter(steps))
    job.cancel()
    job.join(LIMIT_S)
    assert not job.running
    assert steps.closed.is_set()
    assert job.refusal() is None


def test_it_waits_while_its_visitor_is_away_and_goes_on_after(steps):
    there = threading.Event()
    job = Job(iter(steps), there.is_set, away_s=LIMIT_S)
    assert steps.made.acquire(timeout=LIMIT_S)
    assert not steps.made.acquire(timeout=0.2)
    assert job.running
    there.set()
    for _ in range(3):
        assert steps.made.acquire(timeout=LIMIT_S)
    job.cancel()
    job.join(LIMIT_S)
    assert steps.closed.is_set()


def test_it_ends_where_its_visitor_does_not_come_back(steps):
    job = Job(iter(steps), lambda: False, away_s=0.0)
    job.join(LIMIT_S)
    assert not job.running
    assert steps.closed.is_set()
    assert job.newest == 0


def test_a_waiting_job_can_be_cancelled(steps):
    job = Job(iter(steps), lambda: False, away_s=LIMIT_S)
    assert steps.made.acquire(timeout=LIMIT_S)
    job.cancel()
    job.join(LIMIT_S)
    assert steps.closed.is_set()

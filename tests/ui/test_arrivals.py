"""Uploads that a page takes as they arrive: each once, in order, within bounds; and what never comes is given up."""

import pytest

from sqrt.ui import arrivals
from sqrt.ui.arrivals import PAUSE_S, Arrivals, arrivals_of


class Kept:
    """Stands for an upload: tells whether it was let go."""

    forgotten = False

    def forget(self) -> None:
        self.forgotten = True


@pytest.fixture
def now():
    return [0.0]


@pytest.fixture
def coming(monkeypatch, now):
    monkeypatch.setattr(arrivals, "this_session", lambda: "a session")
    monkeypatch.setattr(arrivals, "_LOOK_S", 0.0)
    made = Arrivals(most_bytes=10, clock=lambda: now[0])
    made.room = 2
    return made


def test_a_session_is_known_as_long_as_its_page_takes_uploads(coming):
    assert arrivals_of("a session") is coming
    assert arrivals_of("another") is None


def test_each_is_taken_once_and_in_order_and_no_more_than_there_is_room_for(coming):
    kept = [Kept() for _ in range(3)]
    for number, one in [*enumerate(kept), (0, Kept())]:
        coming.take(str(number), f"{number}.jpg", lambda one=one: one)
    assert [*coming.queue] == [("0.jpg", kept[0]), ("1.jpg", kept[1])]
    assert coming.left_out == ["2.jpg"]
    assert [one.forgotten for one in kept] == [False, False, True]
    coming.forget()
    assert not coming.queue
    assert all(one.forgotten for one in kept)


def test_there_is_room_within_the_bound_and_for_one_that_is_larger_alone(coming):
    assert coming.has_room(20, stored=0)
    assert coming.has_room(4, stored=6)
    assert not coming.has_room(5, stored=6)
    coming.begin("a", 6)
    assert not coming.has_room(5, stored=0)
    coming.end("a")
    assert coming.has_room(5, stored=0)


def test_what_is_announced_is_waited_for_until_it_came_or_failed(coming):
    assert not coming.may_come()
    coming.announce(["a", "b"])
    assert coming.expects("a")
    assert (coming.on_their_way, coming.may_come()) == (2, True)
    coming.begin("a", 1)
    coming.end("a")
    assert not coming.expects("a")
    assert coming.on_their_way == 1
    coming.end("b")
    assert not coming.may_come()


def test_what_the_browser_told_of_is_not_waited_for(coming):
    coming.announce(["never sent"])
    coming.all_told()
    assert not coming.may_come()


def test_what_never_comes_is_given_up_but_not_what_comes_slowly(coming, now):
    coming.announce(["slow", "never sent"])
    coming.begin("slow", 1)
    now[0] += 10 * PAUSE_S
    assert coming.on_their_way == 2
    coming.end("slow")
    assert coming.on_their_way == 1
    now[0] += PAUSE_S
    assert not coming.may_come()

"""Files of compared photos: the best rated stay, within the bound; what is let go is not counted any more."""

import pytest

from sqrt.choosing.shots import shot_of
from sqrt.rating import Rater
from sqrt.ui import originals
from sqrt.ui.originals import Originals
from sqrt.ui.uploads import kept_bytes


@pytest.fixture
def shots(settings, model_path, astronaut):
    """Three shots, better and better."""
    rater = Rater(settings.model_copy(update={"face_model_path": model_path}))
    found = [shot_of("me.jpg", *rater.examine(pixels)) for pixels in (astronaut // 8, astronaut // 3, astronaut)]
    assert sorted(found, key=lambda shot: shot.rating.overall) == found
    return found


@pytest.fixture
def held(monkeypatch):
    monkeypatch.setattr(originals, "this_session", lambda: "a session")
    return Originals(most_bytes=10)


def test_a_file_is_held_as_it_came(held, shots):
    held.offer(shots[0], data := b"12345")
    assert held.of(shots[0]) is data
    assert held.of(shots[1]) is None
    assert kept_bytes()["a session"] == 5


def test_beyond_the_bound_the_lowest_rated_go_first(held, shots):
    dark, dim, bright = shots
    held.offer(dim, b"12345")
    held.offer(dark, b"1234")
    held.offer(bright, b"123456")
    assert [held.of(shot) for shot in shots] == [None, None, b"123456"]
    held.offer(dark, b"1234")
    assert len(held) == 2
    assert kept_bytes()["a session"] == 10


def test_a_file_larger_than_the_bound_is_not_held(held, shots):
    held.offer(shots[2], bytes(11))
    assert len(held) == 0


def test_nothing_is_counted_when_all_was_forgotten(held, shots):
    held.offer(shots[2], b"12345")
    held.forget()
    assert "a session" not in kept_bytes()
    assert held.of(shots[2]) is None

"""Frames that come late were taken no later than others."""

from sqrt.live.film import Film


def test_a_late_frame_was_taken_in_step_with_the_others():
    film = Film()
    late_s = [0.3, 0.1, 0.1, 0.5]
    taken_at = [film.taken_at(number, 50 + number + late) for number, late in enumerate(late_s)]
    assert taken_at == [50.3, 51.1, 52.1, 53.1]


def test_a_frame_without_a_time_is_taken_when_it_comes():
    assert Film().taken_at(None, 7.0) == 7.0

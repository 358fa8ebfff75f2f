"""Which pictures of a stream are kept: the best, and those that were taken or kept by themselves."""

import gc
import weakref

import numpy as np
import pytest

from sqrt.faces import Face
from sqrt.live.best import MARGIN, Seen
from sqrt.live.capture import HELD_S, Capture
from sqrt.live.full_size import FullSize
from sqrt.live.shots import ASK_S, KEPT, Shots
from sqrt.rating import PURPOSES, Rating
from sqrt.reading import Photo, load_photo, to_jpeg


@pytest.fixture
def counted() -> list[int]:
    return []


@pytest.fixture
def shots(counted) -> Shots:
    return Shots(lambda _shot, size: counted.append(size))


@pytest.fixture
def seen(astronaut, face):
    photo = Photo(astronaut, (512, 512))

    def make(overall: float, full: bool = False, purpose: str = "profile", faces: list[Face] | None = None) -> Seen:
        people = [face] if faces is None else faces
        rating = Rating(overall, {}, {}, {}, [], people, (512, 512), "canned", purpose=PURPOSES[purpose])
        return Seen(photo, rating, full=full)

    return make


def test_only_a_better_frame_with_a_face_takes_the_place_of_the_best(shots, seen):
    best = []
    for overall in (50, 40, 60, 60, 30):
        shots.offer(seen(overall), 0.0)
        best.append(shots.best)
    assert [shot.rating.overall for shot in best] == [50, 50, 60, 60, 60]
    assert best[2] is best[4]
    shots.offer(seen(99, faces=[]), 0.0)
    assert shots.best is best[2]
    shots.offer(seen(30, purpose="id"), 0.0)
    assert shots.best.rating.overall == 30


def test_the_best_of_a_stream_is_a_file_with_all_its_pixels(rater, portrait, open_stream, pool):
    stream = open_stream(rater)
    stream.recv(portrait)
    pool.work()
    best = stream.snapshot().best
    assert best.rating.overall == rater.rate(portrait.to_ndarray(format="rgb24")).overall
    assert not best.full
    jpeg = load_photo(best.jpeg)
    assert (jpeg.format, jpeg.size_wh) == ("JPEG", (512, 512))
    assert np.abs(jpeg.pixels.astype(int) - portrait.to_ndarray(format="rgb24")).mean() < 2


def test_no_pixels_are_kept(shots, seen, astronaut):
    photo = Photo(astronaut.copy(), (512, 512))
    shots.offer(Seen(photo, seen(80).rating), 0.0)
    pixels = weakref.ref(photo.pixels)
    del photo
    gc.collect()
    assert shots.best
    assert pixels() is None


def test_a_snapshot_is_kept_as_it_came(shots, seen, astronaut):
    jpeg = to_jpeg(astronaut, 80)
    shots.offer(Seen(Photo(astronaut, (512, 512)), seen(80).rating, jpeg), 0.0)
    assert shots.best.jpeg is jpeg


def test_a_full_size_shot_is_asked_for_after_the_best_frame_but_not_all_the_time(shots, seen):
    assert shots.offer(seen(60), 0.0)
    assert not shots.offer(seen(70), ASK_S - 0.1)
    assert not shots.offer(seen(50), ASK_S)  # it would not be the best
    assert shots.offer(seen(70 - MARGIN), ASK_S)  # almost
    assert shots.take(seen(66, full=True), "best")
    assert shots.best.full
    assert not shots.offer(seen(70 - MARGIN), 3 * ASK_S)  # the best is there in full
    assert shots.offer(seen(80), 3 * ASK_S)
    assert not shots.offer(seen(99, faces=[]), 9 * ASK_S)


def test_a_full_size_shot_is_the_best_unless_a_frame_was_clearly_better(shots, seen):
    shots.offer(seen(80), 0.0)
    assert shots.take(seen(78, full=True), "best")
    assert shots.best.full
    shots.offer(seen(80 + 2 * MARGIN), 0.0)
    assert not shots.best.full
    assert not shots.take(seen(50, full=True), "best")
    assert shots.best.rating.overall == 86
    assert shots.take(seen(84, full=True), "best")
    assert shots.best.rating.overall == 84


def test_what_was_captured_gives_way_to_its_full_size_shot_unless_somebody_blinked(shots, seen):
    shots.capture(seen(90))
    assert [shot.full for shot in shots.kept] == [False]
    assert shots.take(seen(88, full=True), "kept")
    assert [shot.full for shot in shots.kept] == [True]
    shots.capture(seen(90))
    assert not shots.take(seen(60, full=True, faces=[]), "kept")
    assert [(shot.full, shot.rating.overall) for shot in shots.kept] == [(False, 90), (True, 88)]


def test_the_newest_that_were_taken_are_kept(shots, seen):
    for overall in range(KEPT + 2):
        assert shots.take(seen(overall, full=True), "taken")
    assert [shot.rating.overall for shot in shots.kept] == [7, 6, 5, 4, 3, 2]


def test_each_is_counted_once_and_forgotten_with_the_rest(shots, seen, counted):
    shots.offer(seen(90), 0.0)
    shots.capture(taken := seen(91))
    shots.offer(taken, 0.0)
    shots.take(seen(92, full=True), "taken")
    assert len(counted) == 3
    assert sum(counted) >= sum(len(shot.jpeg) for shot in (shots.best, *shots.kept))
    held = [weakref.ref(shot) for shot in (shots.best, *shots.kept)]
    del taken
    shots.forget()
    gc.collect()
    assert [shot() for shot in held] == [None, None, None]
    assert shots.offer(seen(50), 0.0)
    shots.close()
    assert not shots.offer(seen(60), 99.0)
    shots.capture(seen(60))
    assert not shots.take(seen(60, full=True), "taken")
    assert (shots.best, shots.kept) == (None, ())


def test_a_full_size_file_is_rated_as_that(rater, shots, astronaut):
    jpeg = to_jpeg(astronaut)
    told = []
    FullSize(rater, shots, "taken", told.append).score(jpeg)
    (taken,) = told
    assert (taken.size_wh, taken.kept, taken.problem) == ((512, 512), True, None)
    assert taken.overall == rater.rate(jpeg).overall
    assert shots.kept[0].jpeg is jpeg
    assert shots.best is shots.kept[0]
    for data in (b"", b"not a picture", b"\x89PNG\r\n\x1a\n"):
        FullSize(rater, shots, "taken", told.append).score(data)
        assert told[-1].problem.endswith(".")
    assert len(shots.kept) == 1


def test_a_shot_waits_for_its_turn_and_may_be_withdrawn(canned, astronaut, wall, open_stream, pool):
    rater = canned(80)
    stream = open_stream(rater)
    told = []
    stream.recv(wall)
    stream.shoot(to_jpeg(astronaut), "taken", told.append)
    stream.shoot(to_jpeg(astronaut), "taken", told.append)()
    assert [pool.work(), pool.work(), pool.work()] == [True, True, False]
    assert [photo.size_wh for photo in rater.rated] == [(64, 48), (512, 512)]
    assert [one.overall for one in told] == [80]


def test_a_shot_is_captured_a_second_after_asking_to_hold_still_and_again_after_falling_below():
    capture = Capture()
    overalls = [90, 50, *[90] * 8, 50, *[95] * 19]
    fired = []
    for place, overall in enumerate(overalls):
        now = 0.25 * place
        fired.append(capture.update(overall, 80.0, now))
        capture.ask(now)
    assert [place for place, now in enumerate(fired) if now] == [2 + HELD_S / 0.25, 11 + HELD_S / 0.25]
    assert not capture.holds
    capture.reset()
    assert not capture.update(90, 80.0, 50.0)
    assert capture.holds
    assert not any(Capture().update(100, None, now) for now in range(5))


def test_no_shot_is_captured_before_anyone_was_asked_to_hold_still():
    capture = Capture()
    assert not any(capture.update(90, 80.0, now) for now in range(5))
    assert [capture.ask(5.0), capture.ask(5.5)] == [True, False]
    assert [capture.update(90, 80.0, now) for now in (5.5, 6.0, 7.0)] == [False, True, False]
    assert not capture.ask(8.0)

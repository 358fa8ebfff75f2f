"""One visitor's stream: its beat, its two ways, and what ends and what stays."""

import gc
import threading
import weakref

import numpy as np
import pytest
from av import VideoFrame

from sqrt.live import LiveKnobs, LivePool, LiveRater
from sqrt.live.capture import HELD_S
from sqrt.live.stream import CONNECT_S, FLOWS_S, SILENT_S, STALL_S, TREND_S
from sqrt.rating import Advice
from sqrt.reading import to_jpeg
from sqrt.words import said

BEAT_S = 2.0


@pytest.mark.parametrize("interval_s", [0.5, 1.0, 2.0, 10.0])
def test_one_rating_an_interval(interval_s, canned, open_stream, play):
    rater = canned(80)
    stream = open_stream(rater, interval_s=interval_s)
    play(60, stream)
    assert len(rater.rated) == pytest.approx(60 / interval_s, abs=1)
    assert stream.snapshot().frames == 900
    assert stream.snapshot().drops == 0


def test_ratings_keep_the_beat_though_frames_come_off_it(pool, clock, wall, canned, open_stream):
    stream = open_stream(canned(80), interval_s=1.0)
    rated_at = []
    for number in range(200):  # 7 frames a second: none falls on the second
        clock.now = 1000 + 0.05 + number / 7
        stream.recv(wall)
        if pool.work():
            rated_at.append(clock.now)
    late = [at - (rated_at[0] + number) for number, at in enumerate(rated_at)]
    assert all(-1e-6 <= lag < 1 / 7 + 1e-6 for lag in late)


def test_a_missed_beat_is_not_made_up_for(pool, clock, wall, canned, open_stream, play):
    rater = canned(80)
    stream = open_stream(rater, interval_s=1.0)
    play(2.9, stream)
    assert len(rater.rated) == 3
    clock.now += 3  # a hiccup, shorter than silence
    play(0.9, stream)
    assert len(rater.rated) == 4
    play(1.0, stream)
    assert len(rater.rated) == 5


def test_another_interval_takes_effect_at_once(canned, open_stream, play):
    rater = canned(80)
    stream = open_stream(rater, interval_s=10.0)
    play(3.0, stream)
    assert len(rater.rated) == 1
    stream.adjust(LiveKnobs(rater, interval_s=2.0))
    play(0.2, stream)
    assert len(rater.rated) == 2
    stream.adjust(LiveKnobs(rater, interval_s=5.0))
    play(3.4, stream)
    assert len(rater.rated) == 2
    play(1.0, stream)
    assert len(rater.rated) == 3


def test_the_newest_frame_is_rated_and_older_ones_are_counted_as_dropped(pool, clock, canned, open_stream):
    rater = canned(80)
    stream = open_stream(rater)
    for level in (10, 90, 170):
        stream.recv(VideoFrame.from_ndarray(np.full((32, 32, 3), level, np.uint8), format="rgb24"))
        clock.now += 0.5
    assert stream.snapshot().drops == 2
    assert stream.snapshot().busy
    assert pool.work()
    assert [int(photo.pixels.mean()) for photo in rater.rated] == [170]


def test_a_frame_that_cannot_be_rated_says_why_until_one_can(rater, portrait, open_stream, pool, clock):
    stream = open_stream(rater)
    stream.recv(VideoFrame(8, 8, "yuv420p"))
    pool.work()
    seen = stream.snapshot()
    assert seen.problem
    assert (seen.score, seen.ratings) == (None, 0)
    clock.now += BEAT_S
    stream.recv(portrait)
    pool.work()
    assert stream.snapshot().problem is None
    assert stream.snapshot().ratings == 1


def test_the_trend_is_of_the_last_minute(canned, open_stream, play):
    stream = open_stream(canned(*range(100)), interval_s=1.0)
    play(90, stream)
    trend = stream.snapshot().trend
    ages = [age for age, _ in trend]
    assert ages == sorted(ages, reverse=True)
    assert max(ages) <= TREND_S
    assert len(trend) == pytest.approx(TREND_S, abs=1)
    assert trend[-1][1] == stream.snapshot().score


@pytest.fixture(scope="session")
def snapshot(astronaut) -> bytes:
    return to_jpeg(astronaut)


def test_frames_pass_while_a_rating_is_under_way(wall, held):
    pool = LivePool(1)
    stream = LiveRater(pool, LiveKnobs(held, interval_s=0.0))
    stream.start()
    try:
        stream.recv(wall)
        assert held.begun.wait(10)
        for _ in range(30):
            stream.recv(wall)
        seen = stream.snapshot()
        assert (seen.frames, seen.ratings, seen.drops) == (31, 0, 0)  # nothing is offered while it lasts
    finally:
        held.go_on.set()
        pool.close()
    assert stream.snapshot().ratings == 1


def test_both_ways_end_in_the_same_rating(rater, astronaut, portrait, snapshot, open_stream, pool):
    scores = []
    for way in ("webrtc", "snapshots"):
        stream = open_stream(rater)
        if way == "webrtc":
            stream.recv(portrait)
        else:
            assert stream.show(snapshot)
        assert pool.work()
        told = stream.told()
        assert (told.way, told.ratings, told.problem) == (way, 1, None)
        scores.append(told.score)
    assert scores[0] == pytest.approx(rater.rate(astronaut).overall, abs=2)
    assert scores[1] == pytest.approx(scores[0], abs=2)


def test_a_snapshot_is_taken_when_it_is_time_and_not_before(canned, snapshot, open_stream, pool, clock):
    rater = canned(80)
    stream = open_stream(rater, interval_s=2.0)
    assert stream.early_s() == 0
    for _ in range(5):
        assert stream.show(snapshot)
        clock.now += 0.1
        assert pool.work()
        assert not stream.show(snapshot)
        assert not pool.work()
        clock.now += stream.told().next_s
    assert len(rater.rated) == 5
    assert clock.now == pytest.approx(1000 + 0.1 + 5 * 2.0)  # the beat, and the first rating's delay


def test_snapshots_are_not_needed_while_webrtc_brings_frames(canned, wall, snapshot, open_stream, pool, clock):
    stream = open_stream(canned(80), interval_s=0.5)
    assert stream.show(snapshot)
    pool.work()
    clock.now += 0.5
    stream.recv(wall)
    assert stream.early_s() == 0  # it may come, and is told of the next rating
    assert not stream.show(snapshot)
    assert stream.snapshot().way == "webrtc"
    pool.work()
    clock.now += FLOWS_S + 0.5  # and once they cease
    assert stream.show(snapshot)
    assert stream.snapshot().way == "snapshots"


def test_a_peer_that_brings_no_more_is_told_of_until_another_is_there(canned, wall, open_stream, pool, clock):
    stream = open_stream(canned(80))
    assert not stream.stalls
    stream.recv(wall)
    pool.work()
    clock.now += STALL_S
    assert (stream.stalls, stream.told().way) == (False, "webrtc")
    clock.now += 0.1
    assert (stream.stalls, stream.told().way) == (True, None)
    stream.attach(lambda: None)
    assert not stream.stalls
    stream.recv(wall)
    assert (stream.stalls, stream.told().way) == (False, "webrtc")


def test_who_listens_is_woken_by_each_rating_and_by_the_end(canned, snapshot, open_stream, pool, clock):
    stream = open_stream(canned(80), interval_s=1.0)
    woken = []
    assert not stream.news.listen(lambda: woken.append("first"))
    assert not stream.news.listen(lambda: woken.append("second"))
    stream.show(snapshot)
    pool.work()
    assert woken == ["second"]  # an earlier one is called no more
    assert stream.news.listen(lambda: woken.append("third"))  # what was not told is news
    stream.told()
    assert not stream.news.listen(lambda: woken.append("last"))
    stream.stop()
    assert woken == ["second", "last"]
    assert not stream.news.listen(lambda: None)


def test_it_is_told_in_the_language_of_the_page(face, canned, snapshot, open_stream, pool, clock):
    advice = [Advice("face_size", 9.0, "There is no face.", tip="Show your face to the camera")]
    stream = open_stream(canned(80, faces=[face], advice=advice), language="de")
    stream.show(snapshot)
    clock.now += 0.25
    pool.work()
    told = stream.told()
    assert told.score == 80
    assert told.word == said("Good", "de") != "Good"
    assert told.tips == (said("Show your face to the camera", "de"),)
    assert told.praise is None
    assert told.age_s == 0.25
    assert told.next_s == 2.0
    ((x, y, w, h),) = told.look.boxes
    assert [512 * side for side in (x, y, w, h)] == pytest.approx(face.box)
    stream.stop()
    calm = open_stream(canned(80, faces=[face]), language="de")
    calm.show(snapshot)
    pool.work()
    assert calm.told().praise == said("Hold it: nothing to change", "de")


def test_it_asks_to_hold_still_and_then_for_a_shot(face, canned, snapshot, open_stream, pool, clock):
    stream = open_stream(canned(50, 90, 90, 90, faces=[face]), interval_s=2.0, capture_above=80.0)
    told = []
    for _ in range(4):
        assert stream.show(snapshot)
        pool.work()
        told.append(stream.told())
        clock.now += told[-1].next_s
    assert [one.hold for one in told] == [False, True, False, False]
    assert [one.want for one in told] == ["best", None, "kept", None]
    assert [one.next_s for one in told] == [2.0, HELD_S, 2.0, 2.0]
    assert stream.told().want is None
    assert len(stream.snapshot().kept) == 1


def test_one_rating_ago_is_one_want(face, canned, snapshot, open_stream, pool):
    stream = open_stream(canned(90, faces=[face]))
    stream.show(snapshot)
    pool.work()
    assert [stream.told().want, stream.told().want] == ["best", None]


def test_a_stream_counts_while_it_has_a_slot_and_no_more_than_there_are(wall, canned, clock):
    pool = LivePool(0, most=1, clock=clock)
    one, other = (LiveRater(pool, LiveKnobs(canned(80)), clock=clock) for _ in range(2))
    assert pool.streams == 0
    assert one.start()
    assert one.start()
    assert not other.start()
    other.recv(wall)
    assert not other.show(b"")
    assert other.snapshot().frames == 0
    one.stop()
    one.recv(wall)  # a straggler
    assert not pool.work()
    assert other.start()
    assert pool.streams == 1


def test_what_is_known_outlives_stop_silence_and_another_way(
    face, canned, portrait, snapshot, open_stream, pool, clock
):
    stream = open_stream(canned(80, faces=[face]), interval_s=1.0)
    hung_up = []
    stream.attach(lambda: hung_up.append("first"))
    stream.attach(lambda: hung_up.append("second"))
    assert hung_up == ["first"]
    stream.recv(portrait)
    pool.work()
    clock.now += SILENT_S + CONNECT_S
    pool.sweep()
    assert hung_up == ["first", "second"]
    assert pool.streams == 0
    assert stream.start()
    assert stream.show(snapshot)
    pool.work()
    stream.stop()
    seen = stream.snapshot()
    assert (seen.score, seen.ratings, len(seen.trend)) == (80, 2, 2)
    assert seen.best.rating.overall == 80
    stream.attach(lambda: hung_up.append("late"))
    assert hung_up[-1] == "late"  # nobody would ever end it


@pytest.mark.parametrize(("interval_s", "patience_s"), [(2.0, 5.0), (60.0, 63.0)])
def test_a_stream_of_snapshots_is_silent_when_its_next_is_late(
    interval_s, patience_s, canned, snapshot, open_stream, pool, clock
):
    stream = open_stream(canned(80), interval_s=interval_s)
    stream.show(snapshot)
    clock.now += patience_s - 0.1
    pool.sweep()
    assert pool.streams == 1
    clock.now += 0.2
    pool.sweep()
    assert pool.streams == 0
    assert not pool.work()  # what waited went with it


def test_a_peer_may_take_a_while_to_bring_its_first_frame(canned, wall, open_stream, pool, clock):
    stream = open_stream(canned(80))
    stream.attach(lambda: None)
    clock.now += CONNECT_S
    pool.sweep()
    assert pool.streams == 1
    stream.recv(wall)
    clock.now += SILENT_S
    pool.sweep()
    assert pool.streams == 0


def test_the_pool_lets_silent_streams_go_by_itself(wall, canned, clock):
    pool = LivePool(1, clock=clock)
    gone = threading.Event()
    try:
        stream = LiveRater(pool, LiveKnobs(canned(80)), clock=clock)
        stream.start()
        stream.attach(gone.set)
        stream.recv(wall)
        clock.now += SILENT_S + CONNECT_S
        assert gone.wait(10)
    finally:
        pool.close()


def test_a_rating_under_way_outlives_stop_and_nothing_outlives_the_session(snapshot, face, canned, open_stream, pool):
    class Slow(canned):
        end = staticmethod(lambda: None)

        def rate_photo(self, photo):
            self.end()
            return super().rate_photo(photo)

    for end, ratings in (("stop", 1), ("end", 1)):
        rater = Slow(80, faces=[face])
        stream = open_stream(rater)
        rater.end = getattr(stream, end)
        assert stream.show(snapshot)
        assert pool.work()
        seen = stream.snapshot()
        assert seen.ratings == ratings
        assert (seen.best is None) == (end == "end")
    assert not stream.start()
    assert not stream.show(snapshot)


def test_nothing_keeps_a_stream(wall, canned, pool, clock):
    hung_up = []
    stream = LiveRater(pool, LiveKnobs(canned(80)), clock=clock)
    stream.start()
    weakref.finalize(stream, hung_up.append, "gone")
    stream.recv(wall)
    pool.work()
    del stream  # which is live
    gc.collect()
    assert hung_up == ["gone"]
    assert pool.streams == 0

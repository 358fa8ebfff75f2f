import gc
import io
import logging
import threading
import weakref

import av
import cv2
import numpy as np
import pytest
from av import VideoFrame

from sqrt.live import LiveKnobs, LivePool, LiveRater
from sqrt.live.stream import HELD_S, SILENT_S, TREND_S
from sqrt.rating import PURPOSES
from sqrt.reading import load_photo

BEAT_S = 2.0


def filmed(pixels, rotation_deg):
    """Return the frame that comes out of a film whose metadata ask for a turn, in degrees counter-clockwise."""
    file = io.BytesIO()
    with av.open(file, "w", format="mp4") as film:
        track = film.add_stream("mpeg4", rate=15)
        track.height, track.width = pixels.shape[:2]
        track.pix_fmt, track.bit_rate = "yuv420p", 8_000_000
        track.set_display_rotation(rotation_deg)
        film.mux(track.encode(VideoFrame.from_ndarray(pixels, format="rgb24")))
        film.mux(track.encode(None))
    file.seek(0)
    with av.open(file) as film:
        return next(film.decode(video=0))


def pixels_of(frame):
    return frame.to_ndarray(format="rgb24")


def test_frames_pass_while_a_rating_is_under_way(wall, held):
    pool = LivePool(1)
    stream = LiveRater(pool, LiveKnobs(held, interval_s=0.0))
    try:
        stream.recv(wall)
        assert held.begun.wait(10)
        for _ in range(30):
            assert stream.recv(wall).width == wall.width
        seen = stream.snapshot()
        assert (seen.frames, seen.ratings, seen.drops) == (31, 0, 0)  # nothing is offered while it lasts
    finally:
        held.go_on.set()
        pool.close()
    assert stream.snapshot().ratings == 1


def test_a_frame_can_be_drawn_and_rated_at_once(portrait, canned):
    """PyAV's own reformatter, shared by both, used to hang within some ten frames."""
    pool = LivePool(1)
    stream = LiveRater(pool, LiveKnobs(canned(80), interval_s=0.0))
    sent = threading.Event()

    def send():
        for _ in range(300):
            stream.recv(portrait.reformat(format="yuv422p"))
        sent.set()

    threading.Thread(target=send, daemon=True).start()
    assert sent.wait(30)
    pool.close()


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
    stream = open_stream(rater, mirror=False)
    for level in (10, 90, 170):
        stream.recv(VideoFrame.from_ndarray(np.full((32, 32, 3), level, np.uint8), format="rgb24"))
        clock.now += 0.5
    assert stream.snapshot().drops == 2
    assert stream.snapshot().busy
    assert pool.work()
    assert [int(photo.pixels.mean()) for photo in rater.rated] == [170]


def test_a_rating_shows_on_the_frames_after_it(portrait, rater, open_stream, pool):
    stream = open_stream(rater, mirror=False)
    before = pixels_of(portrait)
    np.testing.assert_array_equal(pixels_of(stream.recv(portrait)), before)
    pool.work()
    after = pixels_of(stream.recv(portrait))
    changed = (after != before).any(axis=2)
    assert after[-30:].mean() < 0.6 * before[-30:].mean()  # the band
    x, y, w, _ = stream.snapshot().best.rating.faces[0].box
    assert changed[round(y) - 2 : round(y) + 3, round(x) : round(x + w)].any()  # the box
    assert not changed[: round(y) - 4].any()


def test_the_picture_is_mirrored_when_asked_from_the_first_frame(portrait, canned, open_stream):
    out = open_stream(canned(80), mirror=True).recv(portrait)
    np.testing.assert_array_equal(pixels_of(out), pixels_of(portrait)[:, ::-1])


def test_a_picture_that_is_not_sent_back_is_not_touched(portrait, canned, open_stream, pool):
    stream = open_stream(canned(80), draw=False)
    assert stream.recv(portrait) is portrait
    pool.work()
    assert stream.recv(portrait) is portrait
    assert stream.snapshot().score == 80


def test_the_best_shot_is_whole_and_not_mirrored(portrait, rater, open_stream, pool, astronaut):
    stream = open_stream(rater, mirror=True)
    assert stream.snapshot().best is None
    stream.recv(portrait)
    pool.work()
    best = stream.snapshot().best
    np.testing.assert_array_equal(best.photo.pixels, pixels_of(portrait))
    assert best.rating.overall == rater.rate(pixels_of(portrait)).overall
    assert best.rating.size_wh == (512, 512)
    jpeg = load_photo(best.jpeg)
    assert (jpeg.format, jpeg.size_wh) == ("JPEG", (512, 512))
    assert len(rater.rate(best.jpeg).faces) == 1


def test_only_a_better_shot_with_a_face_takes_the_place_of_the_best(face, canned, open_stream, play):
    rater = canned(50, 40, 60, 60, 30, faces=[face])
    stream = open_stream(rater, interval_s=1.0)
    kept = []
    for _ in range(5):
        play(1.0, stream)
        kept.append(stream.snapshot().best)
    assert [shot.rating.overall for shot in kept] == [50, 50, 60, 60, 60]
    assert kept[2] is kept[4]
    rater.purpose = PURPOSES["id"]
    play(1.0, stream)
    assert stream.snapshot().best.rating.purpose is rater.purpose
    assert stream.snapshot().best.rating.overall == 30
    faceless = open_stream(canned(99))
    play(1.0, faceless)
    assert faceless.snapshot().best is None
    assert faceless.snapshot().score == 99


def test_a_frame_is_captured_after_a_second_above_the_threshold_and_again_after_falling_below(
    face, wall, canned, open_stream, pool, clock
):
    rater = canned(90, 50, *[90] * 8, 50, *[95] * 20, faces=[face])
    stream = open_stream(rater, interval_s=0.25, capture_above=80.0)
    captured = []
    for _ in range(30):
        stream.recv(wall)
        assert pool.work()
        captured.append(stream.snapshot().captured)
        clock.now += 0.25
    first, second = 2 + HELD_S / 0.25, 11 + HELD_S / 0.25
    photos = [shot and rater.rated.index(shot.photo) for shot in captured]
    assert photos == [None if index < first else first if index < second else second for index in range(30)]


def test_nothing_is_captured_unless_asked(canned, open_stream, play):
    stream = open_stream(canned(100), interval_s=0.5)
    play(5, stream)
    assert stream.snapshot().captured is None


def test_a_stream_that_ends_gives_its_slot_back_and_its_shot_a_little_later(portrait, face, canned, pool, clock):
    rater = canned(80, faces=[face])
    stream = LiveRater(pool, LiveKnobs(rater), clock)
    stream.recv(portrait)
    pool.work()
    rater.rated.clear()
    assert pool.streams == 1
    best = weakref.ref(stream.snapshot().best)
    clock.now += BEAT_S
    stream.recv(portrait)  # offered, but the goodbye comes first
    stream.on_ended()
    assert pool.streams == 0
    assert not pool.work()
    pool.sweep()
    assert stream.snapshot().best is best()
    clock.now += SILENT_S
    pool.sweep()
    gc.collect()
    assert best() is None
    assert stream.snapshot().score is None


def test_nothing_keeps_a_stream_that_ended(wall, canned, pool, clock):
    stream = LiveRater(pool, LiveKnobs(canned(80)), clock)
    stream.recv(wall)
    pool.work()
    stream.on_ended()
    stream.recv(wall)  # a straggler
    clock.now += SILENT_S
    pool.sweep()
    assert not pool.work()
    gone = weakref.ref(stream)
    del stream
    gc.collect()
    assert gone() is None


def test_a_silent_stream_frees_itself_and_comes_back(face, canned, pool, clock, open_stream, play):
    stream = open_stream(canned(80, faces=[face]))
    play(3, stream)
    clock.now += SILENT_S - 0.1
    pool.sweep()
    assert pool.streams == 1
    clock.now += 0.2
    pool.sweep()
    assert pool.streams == 0
    seen = stream.snapshot()
    assert (seen.score, seen.best, seen.tips, seen.trend) == (None, None, (), ())
    play(3, stream)
    assert pool.streams == 1
    assert stream.snapshot().score == 80
    assert stream.snapshot().silent_s == pytest.approx(1 / 15)


def test_the_pool_lets_silent_streams_go_by_itself(wall, face, canned, clock):
    class Telling(LiveRater):
        def expire(self):
            gone = super().expire()
            if gone:
                expired.set()
            return gone

    expired = threading.Event()
    pool = LivePool(1, clock)
    try:
        stream = Telling(pool, LiveKnobs(canned(80, faces=[face])), clock)
        stream.recv(wall)
        clock.now += SILENT_S
        assert expired.wait(10)
    finally:
        pool.close()
    assert stream.snapshot().best is None


def test_a_rating_that_ends_after_its_stream_expired_keeps_nothing(wall, face, canned, pool, clock):
    class Slow(canned):
        def rate_photo(self, photo):
            clock.now += SILENT_S
            pool.sweep()
            return super().rate_photo(photo)

    stream = LiveRater(pool, LiveKnobs(Slow(80, faces=[face])), clock)
    stream.recv(wall)
    assert pool.work()
    seen = stream.snapshot()
    assert (seen.best, seen.score, seen.ratings) == (None, None, 0)


def gray_frame(width, height):
    return VideoFrame.from_ndarray(np.full((height, width), 90, np.uint8), format="gray")


FRAMES = [
    pytest.param(lambda: VideoFrame(641, 333, "yuv420p"), id="odd"),
    pytest.param(lambda: VideoFrame(1, 1, "yuv420p"), id="1x1"),
    pytest.param(lambda: VideoFrame(2, 400, "yuv420p"), id="line"),
    pytest.param(lambda: VideoFrame(0, 0, "yuv420p"), id="0x0"),
    pytest.param(lambda: gray_frame(64, 48), id="gray"),
    pytest.param(lambda: VideoFrame(64, 48, "nv12"), id="nv12"),
    pytest.param(lambda: VideoFrame(16, 320, "yuv420p"), id="smallest that is rated"),
]


@pytest.mark.parametrize("mirror", [False, True])
@pytest.mark.parametrize("make", FRAMES)
def test_every_frame_passes(make, mirror, rater, portrait, open_stream, pool, clock, caplog):
    stream = open_stream(rater, mirror=mirror)
    with caplog.at_level(logging.ERROR):
        for frame in (make(), make(), portrait, make()):
            out = stream.recv(frame)
            assert (out.width, out.height) == (frame.width, frame.height)
            pool.work()
            clock.now += BEAT_S
    assert caplog.records == []
    assert stream.snapshot().frames == 4
    assert stream.snapshot().best is not None


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


@pytest.mark.parametrize("size_wh", [(320, 240), (240, 320), (101, 77)])
def test_the_size_may_change_while_a_stream_plays(size_wh, rater, astronaut, portrait, open_stream, pool, clock):
    stream = open_stream(rater)
    stream.recv(portrait)
    pool.work()
    other = VideoFrame.from_ndarray(cv2.resize(astronaut, size_wh), format="rgb24").reformat(format="yuv420p")
    for _ in range(2):
        out = stream.recv(other)
        assert (out.width, out.height) == size_wh
        clock.now += BEAT_S
        pool.work()
    assert stream.snapshot().frames == 3


@pytest.mark.parametrize("rotation_deg", [90, -90, 180])
def test_a_frame_is_turned_as_its_metadata_ask(rotation_deg, rater, astronaut, open_stream, pool):
    upright = astronaut[:384]
    frame = filmed(np.ascontiguousarray(np.rot90(upright, -rotation_deg // 90)), rotation_deg)
    assert frame.rotation % 360 == rotation_deg % 360
    stream = open_stream(rater, mirror=False)
    out = stream.recv(frame)
    assert (out.width, out.height) == (512, 384)
    assert np.abs(pixels_of(out).astype(int) - upright).mean() < 10
    pool.work()
    best = stream.snapshot().best
    assert best.rating.size_wh == (512, 384)
    assert len(best.rating.faces) == 1
    out = stream.recv(frame)
    assert (out.width, out.height) == (512, 384)


def test_the_trend_is_of_the_last_minute(canned, open_stream, play):
    stream = open_stream(canned(*range(100)), interval_s=1.0)
    play(90, stream)
    trend = stream.snapshot().trend
    ages = [age for age, _ in trend]
    assert ages == sorted(ages, reverse=True)
    assert max(ages) <= TREND_S
    assert len(trend) == pytest.approx(TREND_S, abs=1)
    assert trend[-1][1] == stream.snapshot().score

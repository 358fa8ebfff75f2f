import logging
import threading

from sqrt.live import LiveKnobs, LivePool, LiveRater


class Recorder:
    """A stream that writes down which of its frames are rated."""

    def __init__(self, name, diary, pool=None):
        self.name, self.diary, self.pool = name, diary, pool

    def score(self, frame):
        self.diary.append((self.name, frame))

    def expire(self):
        if self.pool:
            self.pool.leave(self)
        return bool(self.pool)


def test_the_newest_frame_wins_and_the_place_is_kept(pool):
    diary = []
    first, second = Recorder("first", diary), Recorder("second", diary)
    assert not pool.offer(first, "old")
    assert not pool.offer(second, "other")
    assert pool.offer(first, "new")
    assert [pool.work(), pool.work(), pool.work()] == [True, True, False]
    assert diary == [("first", "new"), ("second", "other")]


def test_a_frame_that_was_withdrawn_is_not_rated(pool):
    diary = []
    stream = Recorder("one", diary)
    pool.offer(stream, "frame")
    pool.withdraw(stream)
    pool.withdraw(stream)
    assert not pool.work()
    assert diary == []


def test_a_stream_counts_until_it_ends_or_goes_silent(pool):
    ending, silent = Recorder("ending", []), Recorder("silent", [], pool)
    assert pool.join(ending)
    assert pool.join(ending)
    assert pool.join(silent)
    assert pool.streams == 2
    pool.leave(ending)
    assert pool.streams == 1
    pool.sweep()
    assert pool.streams == 0


def test_the_frame_of_a_silent_stream_goes_with_it(pool):
    diary = []
    stream = Recorder("silent", diary, pool)
    pool.join(stream)
    pool.offer(stream, "frame")
    pool.sweep()
    assert not pool.work()


def test_a_crowd_of_100_streams_is_rated_evenly(pool, clock, canned, open_stream, play):
    raters = [canned(80) for _ in range(100)]
    streams = [open_stream(rater, interval_s=1.0) for rater in raters]
    play(20, *streams, ratings=2)  # 30 ratings a second, where 100 are asked for
    counts = [len(rater.rated) for rater in raters]
    assert sum(counts) == 2 * 15 * 20
    assert min(counts) > 0.5 * sum(counts) / 100
    assert max(counts) - min(counts) <= 1
    assert all(stream.snapshot().busy for stream in streams)


def test_a_bug_is_logged_and_the_thread_goes_on(make_wall, canned, caplog):
    class Broken(canned):
        def rate_photo(self, photo):
            raise ZeroDivisionError("a bug")

    class Telling(canned):
        def rate_photo(self, photo):
            rated.set()
            return super().rate_photo(photo)

    rated, streams = threading.Event(), []
    pool = LivePool(1)
    try:
        with caplog.at_level(logging.ERROR, "sqrt.live"):
            for rater in (Broken(80), Telling(80)):
                streams.append(LiveRater(pool, LiveKnobs(rater)))
                streams[-1].start()
                streams[-1].recv(make_wall())
            assert rated.wait(10)
    finally:
        pool.close()
    assert [record.exc_info[0] for record in caplog.records if record.exc_info] == [ZeroDivisionError]


def test_a_bug_blocks_its_own_stream_for_one_interval_only(pool, canned, open_stream, play):
    class Broken(canned):
        def rate_photo(self, photo):
            super().rate_photo(photo)
            raise ZeroDivisionError("a bug")

    rater = Broken(80)
    play(5.9, open_stream(rater, interval_s=2.0))
    assert len(rater.rated) == 3


def test_close_ends_the_threads_after_the_rating_under_way(wall, held):
    before = threading.active_count()
    pool = LivePool(3)
    stream = LiveRater(pool, LiveKnobs(held))
    stream.start()
    stream.recv(wall)
    assert held.begun.wait(10)
    closing = threading.Thread(target=pool.close)
    closing.start()
    assert stream.snapshot().ratings == 0
    held.go_on.set()
    closing.join(10)
    assert not closing.is_alive()
    assert stream.snapshot().ratings == 1
    assert threading.active_count() == before


def test_many_threads_lose_no_frame_and_rate_no_stream_twice_at_a_time(make_wall, canned):
    class Alone(canned):
        def __init__(self):
            super().__init__(80)
            self.free, self.crowded = threading.Lock(), False

        def rate_photo(self, photo):
            self.crowded |= not self.free.acquire(blocking=False)
            rating = super().rate_photo(photo)
            self.free.release()
            return rating

    def feed(streams):
        frames = [[make_wall() for _ in streams] for _ in range(50)]  # no two streams share one
        gate.wait(10)
        for some in frames:
            for stream, frame in zip(streams, some, strict=True):
                stream.recv(frame)

    gate = threading.Barrier(8)
    raters = [Alone() for _ in range(16)]
    pool = LivePool(4)
    streams = [LiveRater(pool, LiveKnobs(rater, interval_s=0.0)) for rater in raters]
    assert all(stream.start() for stream in streams)
    feeders = [threading.Thread(target=feed, args=(streams[number::8],)) for number in range(8)]
    for feeder in feeders:
        feeder.start()
    for feeder in feeders:
        feeder.join(60)
    pool.close()
    while pool.work():
        pass
    for stream, rater in zip(streams, raters, strict=True):
        seen = stream.snapshot()
        assert seen.frames == 50
        assert 1 <= seen.ratings == len(rater.rated) <= seen.frames - seen.drops
        assert not rater.crowded

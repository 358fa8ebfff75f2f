"""One visitor's live camera: rated now and then, its best shots kept."""

import itertools
import logging
import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from av import VideoFrame

from sqrt.errors import SqrtError
from sqrt.live.best import Seen, Shot
from sqrt.live.capture import EARLY_S, HELD_S, Capture
from sqrt.live.coach import Coach
from sqrt.live.full_size import FullSize, Taken
from sqrt.live.picture import Picture, read_picture
from sqrt.live.pool import LivePool
from sqrt.live.shots import Kind, Shots
from sqrt.live.told import PRAISE, Look, Told, Want, Way, look_of, word_of
from sqrt.monitoring import LIVE_DROPS, analysed
from sqrt.rating import Rater, Rating
from sqrt.reading import Photo
from sqrt.words import ENGLISH, N_, said

_log = logging.getLogger(__name__)

TREND_S = 60.0
"""How far back the trend of the score reaches."""
SILENT_S = 3.0
"""Without a picture for so long beyond the interval, a stream gives its slot back."""
CONNECT_S = 12.0
"""How long a peer may take to bring its first picture, beyond `SILENT_S`."""
FLOWS_S = 1.0
"""How long after a frame of WebRTC snapshots are not needed."""
FULL = N_("As many cameras are live as this server can watch; please try again in a moment.")

_numbers = itertools.count(1)


@dataclass(frozen=True)
class LiveKnobs:
    """What may change while a stream plays.

    `capture_above` is a score of 0 to 100, or None for no auto-capture; `language` a code of `sqrt.words.LANGUAGES`,
    for what the browser is told.
    """

    rater: Rater
    interval_s: float = 2.0
    capture_above: float | None = None
    language: str = ENGLISH


@dataclass(frozen=True)
class Snapshot:
    """What the page shows of a stream.

    `score` is None until a picture was rated; `trend` is (seconds ago, score of 0 to 100) of the last minute; `kept`
    are the shots beside the `best`, newest first; `silent_s` the seconds since the last picture, infinite before the
    first; `problem` why the newest picture could not be rated; `way` how it came.
    """

    score: float | None
    tips: tuple[str, ...]
    trend: tuple[tuple[float, float], ...]
    best: Shot | None
    kept: tuple[Shot, ...]
    frames: int
    ratings: int
    drops: int
    silent_s: float
    busy: bool
    problem: str | None
    way: Way | None


class LiveRater:
    """Rates the pictures of one visitor's camera, by whichever way they come; safe to share between threads.

    It lasts as long as the visitor's session. What goes when no picture comes, or the visitor stops, is its slot in the
    pool and the peer that sends; with the next picture it goes on.

    Parameters
    ----------
    pool : LivePool
        Shared by all streams.
    knobs : LiveKnobs
        Until `adjust` brings others.
    session_id : str
        Whose it is.
    keep : callable
        Told of each shot that is kept, and how many bytes it has; they count for as long as there is the shot.
    clock : callable
        Seconds that never run backwards.
    """

    def __init__(
        self,
        pool: LivePool,
        knobs: LiveKnobs,
        *,
        session_id: str = "",
        keep: Callable[[object, int], None] = lambda _shot, _size: None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.number = next(_numbers)
        """Tells streams apart in the log."""
        self.session_id = session_id
        self._pool, self._knobs, self._clock = pool, knobs, clock
        self._lock = threading.Lock()
        self._frames = self._ratings = self._drops = 0
        self._on = self._ended = self._scoring = False
        self._hang_up: Callable[[], None] = _nothing
        self._wake: Callable[[], None] = _nothing
        self._news = self._told = 0
        self._seen_at: float | None = None
        self._silent_from = self._picture_at = 0.0
        self._flowed_at = float("-inf")
        self._due_at = float("-inf")
        self._offered_at: float | None = None
        self._waited_s = 0.0
        self._way: Way | None = None
        self._coach = Coach()
        self._trend: deque[tuple[float, float]] = deque()
        self._look, self._look_at = Look(), 0.0
        self._capture = Capture()
        self.shots = Shots(keep)
        self._want: Want | None = None
        self._problem: str | None = None

    def adjust(self, knobs: LiveKnobs) -> None:
        """Take other knobs, at once."""
        with self._lock:
            self._due_at += knobs.interval_s - self._knobs.interval_s
            if knobs.capture_above != self._knobs.capture_above:
                self._capture.reset()
            self._knobs = knobs

    @property
    def knobs(self) -> LiveKnobs:
        """Those in use."""
        with self._lock:
            return self._knobs

    # -- pictures

    def start(self) -> bool:
        """Take a slot, unless it has one; tell whether there was one."""
        with self._lock:
            if self._ended:
                return False
            self._on = True
            self._silent_from = max(self._silent_from, self._clock())
        joined = self._pool.join(self)
        if not joined:
            with self._lock:
                self._on = False
        return joined

    def recv(self, frame: VideoFrame) -> None:
        """Take a frame of WebRTC; it is rated if it is time for it. Does not wait."""
        with self._lock:
            if not self._on:  # a straggler
                return
            now = self._flowed_at = self._clock()
            due = self._arrives("webrtc", now)
        if due:
            self._offer(frame, now)

    def show(self, jpeg: bytes) -> bool:
        """Take a snapshot and tell whether it is rated: not where it is too early, or where WebRTC brings frames."""
        with self._lock:
            now = self._clock()
            if not self._on or now - self._flowed_at < FLOWS_S:
                return False
            due = self._arrives("snapshots", now)
        if due:
            self._offer(jpeg, now)
        return due

    def _arrives(self, way: Way, now: float) -> bool:
        self._frames += 1
        self._seen_at, self._way = now, way
        self._silent_from = max(self._silent_from, now)
        return now >= self._due_at - (EARLY_S if way == "snapshots" else 0.0) and not self._scoring

    def _offer(self, picture: Picture, now: float) -> None:
        with self._lock:
            self._picture_at = now
            if self._offered_at is None:
                self._offered_at = now
        if self._pool.offer(self, picture):
            LIVE_DROPS.inc()
            with self._lock:
                self._drops += 1

    # -- slot and peer

    def attach(self, hang_up: Callable[[], None]) -> None:
        """Take over the peer that `hang_up` ends, in the place of the one before; it must not block."""
        with self._lock:
            if self._on:
                hang_up, self._hang_up = self._hang_up, hang_up
                self._silent_from = self._clock() + CONNECT_S
        hang_up()  # the one before, or this one where it was stopped in the meantime

    def stop(self) -> None:
        """Give slot and peer back; what is known and kept stays."""
        with self._lock:
            self._on = False
            self._offered_at = None
            self._silent_from = 0.0
            self._flowed_at = self._due_at = float("-inf")
            self._capture.reset()
            hang_up, self._hang_up = self._hang_up, _nothing
        self._pool.leave(self)
        hang_up()
        self._tell(news=False)

    def end(self) -> None:
        """Give everything back, for good: the session has ended."""
        with self._lock:
            self._ended = True
        self.stop()
        self.shots.close()

    def expire(self) -> bool:
        """Stop if no picture came for `SILENT_S` beyond the interval, and tell whether that is so."""
        with self._lock:
            if not self._on:
                return False
            patience_s = SILENT_S + (self._knobs.interval_s if self._way == "snapshots" else 0.0)
            if self._clock() - self._silent_from < patience_s:
                return False
        _log.info("live stream %d went silent", self.number)
        self.stop()
        return True

    def forget(self) -> None:
        """Forget the shots."""
        with self._lock:
            self._want = None
        self.shots.forget()

    # -- ratings

    def score(self, picture: Picture) -> None:
        """Rate a picture; called by the pool."""
        with self._lock:
            if not self._on:  # it was stopped in the meantime
                return
            knobs, now = self._knobs, self._clock()
            self._scoring = True
            arrived_at = self._picture_at
            self._waited_s = now - self._offered_at if self._offered_at is not None else 0.0
            self._offered_at = None
            # In step with the stream's own beat, unless that was missed.
            on_beat = self._due_at + knobs.interval_s
            self._due_at = on_beat if on_beat > now else now + knobs.interval_s
        try:
            photo, rating = analysed("live", lambda: _examined(knobs.rater, picture))
        except SqrtError as error:
            with self._lock:
                self._problem = error.user_message
        else:
            self._keep(Seen(photo, rating, picture if isinstance(picture, bytes) else None), arrived_at, now)
        finally:
            with self._lock:
                self._scoring = False
            self._tell(news=True)

    def _keep(self, seen: Seen, arrived_at: float, now: float) -> None:
        rating = seen.rating
        look = look_of(rating)
        wanted = self.shots.offer(seen, now)
        with self._lock:
            if self._ended:
                return
            self._ratings += 1
            self._problem = None
            self._coach.update(rating.overall, rating.advice, now)
            self._trend.append((now, self._coach.score or 0.0))
            while now - self._trend[0][0] > TREND_S:
                self._trend.popleft()
            self._look, self._look_at = look, arrived_at
            self._want = "best" if wanted else None
            captured = self._capture.update(rating.overall, self._knobs.capture_above, now)
            if self._capture.holds:
                self._due_at = min(self._due_at, now + HELD_S)
        if captured:
            self.shots.capture(seen)
            with self._lock:
                self._want = "kept"

    def shoot(self, jpeg: bytes, kind: Kind, done: Callable[[Taken], None]) -> Callable[[], None]:
        """Have a full-size shot rated, and `done` told by any thread; return what withdraws it while it waits."""
        work = FullSize(self.knobs.rater, self.shots, kind, done)
        self._pool.offer(work, jpeg)
        return partial(self._pool.withdraw, work)

    # -- what is told

    def listen(self, wake: Callable[[], None]) -> bool:
        """Have `wake` called, by any thread, when there is news; tell whether there is already, not told before."""
        with self._lock:
            self._wake = wake
            return self._news > self._told

    def _tell(self, news: bool) -> None:
        with self._lock:
            self._news += news
            wake, self._wake = self._wake, _nothing
        wake()

    def early_s(self) -> float:
        """Seconds until a snapshot is wanted; 0 where it is now, or where WebRTC brings frames anyhow."""
        with self._lock:
            now = self._clock()
            flows = now - self._flowed_at < FLOWS_S
            return 0.0 if flows or now >= self._due_at - EARLY_S else self._due_at - now

    def told(self) -> Told:
        """Return what the browser is told, once what is wanted of it."""
        with self._lock:
            self._told = self._news
            now, language = self._clock(), self._knobs.language
            score, tips, problem = self._coach.score, self._coach.tips, self._problem
            want, self._want = self._want, None
            return Told(
                ratings=self._ratings,
                score=score,
                word=word_of(score, language),
                tips=tuple(said(tip, language) for tip in tips),
                praise=said(PRAISE, language) if score is not None and not tips else None,
                problem=said(problem, language) if problem else None,
                busy=self._busy(now),
                look=self._look,
                hold=self._capture.holds,
                next_s=max(0.0, self._due_at - now),
                want=want,
                age_s=now - self._look_at if score is not None else None,
                way=self._way,
            )

    def _busy(self, now: float) -> bool:
        waited_s = max(self._waited_s, now - self._offered_at if self._offered_at is not None else 0.0)
        return waited_s > max(0.5 * self._knobs.interval_s, 0.25)

    def snapshot(self) -> Snapshot:
        """Return what the page shows."""
        best, kept = self.shots.best, self.shots.kept
        with self._lock:
            now = self._clock()
            return Snapshot(
                score=self._coach.score,
                tips=self._coach.tips,
                trend=tuple((now - at, score) for at, score in self._trend if now - at <= TREND_S),
                best=best,
                kept=kept,
                frames=self._frames,
                ratings=self._ratings,
                drops=self._drops,
                silent_s=now - self._seen_at if self._seen_at is not None and self._frames else float("inf"),
                busy=self._busy(now),
                problem=self._problem,
                way=self._way,
            )


def _nothing() -> None:
    pass


def _examined(rater: Rater, picture: Picture) -> tuple[Photo, Rating]:
    photo = read_picture(picture)
    return photo, rater.rate_photo(photo)

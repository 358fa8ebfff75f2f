"""One visitor's live camera: rated now and then, its best shots kept."""

import itertools
import logging
import threading
import time
from collections import deque
from collections.abc import Callable
from functools import partial

from av import VideoFrame

from sqrt.errors import SqrtError
from sqrt.live.beat import EARLY_S, Beat
from sqrt.live.best import Seen
from sqrt.live.capture import HELD_S, Capture
from sqrt.live.coach import Coach
from sqrt.live.film import Film
from sqrt.live.full_size import FullSize, Taken
from sqrt.live.knobs import LiveKnobs
from sqrt.live.news import News, nothing
from sqrt.live.picture import Picture, examined
from sqrt.live.pool import LivePool
from sqrt.live.shots import Kind, Shots
from sqrt.live.told import PRAISE, Look, Snapshot, Told, Want, Way, look_of
from sqrt.monitoring import COUNTS, analysed
from sqrt.rating import band
from sqrt.words import N_, said

_log = logging.getLogger(__name__)

TREND_S = 60.0
"""How far back the trend of the score reaches."""
SILENT_S = 3.0
"""Without a picture for so long beyond the interval, a stream gives its slot back."""
CONNECT_S = 12.0
"""How long a peer may take to bring its first picture, beyond `SILENT_S`."""
FLOWS_S = 1.5
"""How long after a frame of WebRTC snapshots are not needed."""
STALL_S = 2.5
"""How long after a frame of WebRTC its peer is given up: at one frame a second some come late."""
FULL = N_("As many cameras are live as this server can watch; please try again in a moment.")

_numbers = itertools.count(1)


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
        self.shots, self.news = Shots(keep), News()
        self._pool, self._knobs, self._clock = pool, knobs, clock
        self._lock = threading.Lock()
        self._frames = self._ratings = self._drops = 0
        self._on = self._ended = self._scoring = False
        self._hang_up: Callable[[], None] = nothing
        self._beat, self._film = Beat(knobs.interval_s), Film()
        self._flowed_at = float("-inf")
        self._silent_from = self._picture_at = self._rated_at = 0.0
        self._way: Way | None = None
        self._coach, self._capture, self._look = Coach(), Capture(), Look()
        self._trend: deque[tuple[float, float]] = deque()
        self._want: Want | None = None
        self._problem: str | None = None

    @property
    def knobs(self) -> LiveKnobs:
        """Those in use."""
        with self._lock:
            return self._knobs

    def adjust(self, knobs: LiveKnobs) -> None:
        """Take other knobs, at once."""
        with self._lock:
            self._beat.change(knobs.interval_s)
            if knobs.capture_above != self._knobs.capture_above:
                self._capture.reset()
            self._knobs = knobs

    def start(self) -> bool:
        """Take a slot, unless it has one; tell whether there was one."""
        with self._lock:
            self._on = not self._ended
            self._silent_from = max(self._silent_from, self._clock())
        if self._on and self._pool.join(self):
            return True
        with self._lock:
            self._on = False
        return False

    def attach(self, hang_up: Callable[[], None]) -> None:
        """Take over the peer that `hang_up` ends, in the place of the one before; it must not block."""
        with self._lock:
            if self._on:
                hang_up, self._hang_up = self._hang_up, hang_up
                self._silent_from, self._film, self._way = self._clock() + CONNECT_S, Film(), None
        hang_up()  # the one before, or this one where it was stopped in the meantime

    def stop(self) -> None:
        """Give slot and peer back; what is known and kept stays."""
        with self._lock:
            self._on = False
            self._silent_from, self._flowed_at = 0.0, float("-inf")
            self._beat.rest()
            self._capture.reset()
            hang_up, self._hang_up = self._hang_up, nothing
        self._pool.leave(self)
        hang_up()
        self.news.wake()

    def end(self) -> None:
        """Give everything back, for good: the session has ended."""
        with self._lock:
            self._ended = True
        self.stop()
        self.shots.close()

    def expire(self) -> bool:
        """Stop if no picture came for `SILENT_S` beyond the interval, and tell whether that is so."""
        with self._lock:
            patience_s = SILENT_S + (self._knobs.interval_s if self._way == "snapshots" else 0.0)
            if not self._on or self._clock() - self._silent_from < patience_s:
                return False
        _log.info("live stream %d went silent", self.number)
        self.stop()
        return True

    def recv(self, frame: VideoFrame) -> None:
        """Take a frame of WebRTC; it is rated if it is time for it. Does not wait."""
        with self._lock:
            if not self._on:  # a straggler
                return
            now = self._flowed_at = self._clock()
            taken_at = self._film.taken_at(frame.time, now)
            due = self._arrives("webrtc", now) and not self._beat.early_s(now)
        if due:
            self._offer(frame, now, taken_at)

    def show(self, jpeg: bytes) -> bool:
        """Take a snapshot and tell whether it is rated: not where it is too early, or where WebRTC brings frames."""
        with self._lock:
            now = self._clock()
            if not self._on or self._flows(now):
                return False
            due = self._arrives("snapshots", now) and self._beat.early_s(now) <= EARLY_S
        if due:
            self._offer(jpeg, now, now)
        return due

    def early_s(self) -> float:
        """Seconds until a snapshot is wanted; 0 where it is now, or where WebRTC brings frames anyhow."""
        with self._lock:
            now = self._clock()
            early_s = self._beat.early_s(now)
            return 0.0 if early_s <= EARLY_S or self._flows(now) else early_s

    @property
    def stalls(self) -> bool:
        """Whether frames came by WebRTC, and come no more."""
        with self._lock:
            return self._stalls(self._clock())

    def shoot(self, jpeg: bytes, kind: Kind, done: Callable[[Taken], None]) -> Callable[[], None]:
        """Have a full-size shot rated, and `done` told by any thread; return what withdraws it while it waits."""
        work = FullSize(self.knobs.rater, self.shots, kind, done)
        self._pool.offer(work, jpeg)
        return partial(self._pool.withdraw, work)

    def _flows(self, now: float) -> bool:
        return now - self._flowed_at < FLOWS_S

    def _stalls(self, now: float) -> bool:
        return self._way == "webrtc" and now - self._flowed_at > STALL_S

    def _arrives(self, way: Way, now: float) -> bool:
        """Count a picture; tell whether it may be rated."""
        self._frames += 1
        self._way = way
        self._silent_from = max(self._silent_from, now)
        return not self._scoring

    def _offer(self, picture: Picture, now: float, taken_at: float) -> None:
        with self._lock:
            self._picture_at = taken_at
            self._beat.offer(now)
        if self._pool.offer(self, picture):
            COUNTS.dropped()
            with self._lock:
                self._drops += 1

    def score(self, picture: Picture) -> None:
        """Rate a picture; called by the pool."""
        with self._lock:
            if not self._on:  # it was stopped in the meantime
                return
            knobs, now, taken_at = self._knobs, self._clock(), self._picture_at
            self._scoring = True
            self._beat.begin(now)
        try:
            photo, rating = analysed("live", lambda: examined(knobs.rater, picture))
        except SqrtError as error:
            with self._lock:
                self._problem = error.user_message
        else:
            self._keep(Seen(photo, rating, picture if isinstance(picture, bytes) else None), taken_at, now)
        finally:
            with self._lock:
                self._scoring = False
            self.news.add()

    def _keep(self, seen: Seen, taken_at: float, now: float) -> None:
        rating, look = seen.rating, look_of(seen.rating)
        wanted = self.shots.offer(seen, now)
        with self._lock:
            self._ratings += 1
            self._problem = None
            self._look, self._rated_at = look, taken_at
            self._trend.append((now, self._coach.update(rating.overall, rating.advice, now)))
            while now - self._trend[0][0] > TREND_S:
                self._trend.popleft()
            captured = self._on and self._capture.update(rating.overall, self._knobs.capture_above, now)
            self._want = "kept" if captured else "best" if wanted else None
        if captured:
            self.shots.capture(seen)

    def told(self) -> Told:
        """Return what the browser is told, once what is wanted of it."""
        self.news.tell()
        with self._lock:
            now, language = self._clock(), self._knobs.language
            if self._capture.ask(now):
                self._beat.hasten(now + HELD_S)
            score, tips, problem = self._coach.score, self._coach.tips, self._problem
            want, self._want = self._want, None
            return Told(
                ratings=self._ratings,
                score=score,
                word=said(band(score), language) if score is not None else "",
                tips=tuple(said(tip, language) for tip in tips),
                praise=said(PRAISE, language) if score is not None and not tips else None,
                problem=said(problem, language) if problem else None,
                busy=self._beat.busy(now),
                look=self._look,
                hold=self._capture.holds,
                next_s=self._beat.early_s(now),
                want=want,
                age_s=now - self._rated_at if score is not None else None,
                way=None if self._stalls(now) else self._way,
            )

    def snapshot(self) -> Snapshot:
        """Return what the page shows."""
        best, kept = self.shots.best, self.shots.kept
        with self._lock:
            now = self._clock()
            return Snapshot(
                score=self._coach.score,
                trend=tuple((now - at, score) for at, score in self._trend if now - at <= TREND_S),
                best=best,
                kept=kept,
                frames=self._frames,
                ratings=self._ratings,
                drops=self._drops,
                busy=self._beat.busy(now),
                problem=self._problem,
                way=self._way,
            )

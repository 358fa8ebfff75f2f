"""One stream of a live camera: rated now and then, drawn upon always, its best shot kept."""

import itertools
import logging
import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import TypeAlias

import av
import cv2
import numpy as np
from av import VideoFrame
from numpy.typing import NDArray
from streamlit_webrtc import VideoProcessorBase

from sqrt.errors import SqrtError
from sqrt.live.best import Best, Shot
from sqrt.live.coach import Coach
from sqrt.live.pool import LivePool
from sqrt.live.view import View, view_of
from sqrt.monitoring import LIVE_DROPS, analysed
from sqrt.rating import Rater, Rating
from sqrt.reading.frame import upright
from sqrt.words import ENGLISH

_log = logging.getLogger(__name__)

TREND_S = 60.0
"""How far back the trend of the score reaches."""
HELD_S = 1.0
"""How long the score must stay above the threshold for a frame to be captured."""
SILENT_S = 3.0
"""Without a frame for so long, a stream gives back all it holds."""

_numbers = itertools.count(1)
_Pixels: TypeAlias = NDArray[np.uint8]


@dataclass(frozen=True)
class LiveKnobs:
    """What may change while a stream plays.

    `draw` is off where the picture is not sent back; `capture_above` is a score of 0 to 100, or None for no
    auto-capture; `language` a code of `sqrt.words.LANGUAGES`, for what is drawn.
    """

    rater: Rater
    interval_s: float = 2.0
    mirror: bool = True
    draw: bool = True
    capture_above: float | None = None
    language: str = ENGLISH


@dataclass(frozen=True)
class Snapshot:
    """What the page shows of a stream.

    `score` is None until a frame was rated; `trend` is (seconds ago, score of 0 to 100) of the last minute; `silent_s`
    the seconds since the last frame, infinite before the first; `problem` why the newest frame could not be rated.
    """

    score: float | None
    tips: tuple[str, ...]
    trend: tuple[tuple[float, float], ...]
    best: Shot | None
    captured: Shot | None
    frames: int
    ratings: int
    drops: int
    silent_s: float
    busy: bool
    problem: str | None


class LiveRater(VideoProcessorBase):
    """Rates one stream's frames and draws the newest rating on all of them; safe to share between threads.

    `recv` never waits for a rating: it offers a frame to the pool when the interval has passed and the last rating is
    done, draws what is known, and returns.

    Parameters
    ----------
    pool : LivePool
        Shared by all streams.
    knobs : LiveKnobs
        Until `adjust` brings others.
    clock : callable
        Seconds that never run backwards.
    """

    def __init__(self, pool: LivePool, knobs: LiveKnobs, clock: Callable[[], float] = time.monotonic) -> None:
        self.number = next(_numbers)
        """Tells streams apart in the log."""
        self._pool = pool
        self._clock = clock
        self._started_at = clock()
        self._lock = threading.Lock()
        self._knobs = knobs
        self._frames = self._ratings = self._drops = 0
        self._unreadable = self._scoring = False
        self.ended = False
        """Whether the browser said goodbye."""
        self._forget()

    def _forget(self) -> None:
        """Hold nothing, as before the first frame."""
        self._joined = False
        self._seen_at: float | None = None
        self._due_at = float("-inf")
        self._offered_at: float | None = None
        self._waited_s = 0.0
        self._coach = Coach()
        self._view: View | None = None
        self._trend: deque[tuple[float, float]] = deque()
        self._best = Best()
        self._captured: Shot | None = None
        self._above_since: float | None = None
        self._may_capture = True
        self._problem: str | None = None

    def adjust(self, knobs: LiveKnobs) -> None:
        """Take other knobs, at once."""
        with self._lock:
            self._due_at += knobs.interval_s - self._knobs.interval_s
            if knobs.capture_above != self._knobs.capture_above:
                self._above_since, self._may_capture = None, True
            self._knobs = knobs

    def recv(self, frame: VideoFrame) -> VideoFrame:
        """Return the frame with the newest rating drawn on it; one that cannot be read is returned as it is."""
        now = self._clock()
        with self._lock:
            self._frames += 1
            self._seen_at = now
            joining, self._joined = not self._joined and not self.ended, True
            due = now >= self._due_at and not self._scoring and not self.ended
            knobs, view = self._knobs, self._view
        if joining:
            self._pool.join(self)
        if not (due or knobs.draw):
            return frame
        try:
            # Here and not in the pool: PyAV hangs or crashes when two threads convert one frame.
            pixels = upright(frame)
        except (av.FFmpegError, ValueError) as error:
            if not self._unreadable:  # once a stream: the log is no place for fifteen lines a second
                self._unreadable = True
                _log.warning("live stream %d: a frame passes as it is: %s", self.number, error)
            return frame
        if due:
            self._offer(pixels, now)
        if not knobs.draw:
            return frame
        drawn = cv2.flip(pixels, 1) if knobs.mirror else pixels.copy()
        if view is not None:
            view.draw_on(drawn, knobs.mirror)
        return VideoFrame.from_ndarray(drawn, format="rgb24")

    def _offer(self, pixels: _Pixels, now: float) -> None:
        with self._lock:
            if self._offered_at is None:
                self._offered_at = now
        if self._pool.offer(self, pixels):
            LIVE_DROPS.inc()
            with self._lock:
                self._drops += 1

    def on_ended(self) -> None:
        """Give the slot back. The best shot waits for the page to take it, until `SILENT_S` after the last frame."""
        with self._lock:
            self.ended = True
            self._offered_at = None
        self._pool.withdraw(self)

    def expire(self) -> bool:
        """Give everything back if no frame came for `SILENT_S`, and tell whether that is so."""
        with self._lock:
            if self._seen_at is None or self._clock() - self._seen_at < SILENT_S:
                return False
            self._forget()
        _log.info("live stream %d went silent or ended", self.number)
        return True

    def score(self, pixels: _Pixels) -> None:
        """Rate an HxWx3 RGB frame; called by the pool."""
        with self._lock:
            if self._seen_at is None:  # it expired in the meantime
                return
            knobs, now = self._knobs, self._clock()
            self._scoring = True
            self._waited_s = now - self._offered_at if self._offered_at is not None else 0.0
            self._offered_at = None
            # In step with the stream's own beat, unless that was missed.
            on_beat = self._due_at + knobs.interval_s
            self._due_at = on_beat if on_beat > now else now + knobs.interval_s
        try:
            photo, rating = analysed("live", partial(knobs.rater.examine, pixels))
        except SqrtError as error:
            with self._lock:
                self._problem = error.user_message
        else:
            self._keep(Shot(photo, rating), now)
        finally:
            with self._lock:
                self._scoring = False

    def snapshot(self) -> Snapshot:
        """Return what the page shows."""
        with self._lock:
            now = self._clock()
            waited_s = max(self._waited_s, now - self._offered_at if self._offered_at is not None else 0.0)
            return Snapshot(
                score=self._coach.score,
                tips=self._coach.tips,
                trend=tuple((now - at, score) for at, score in self._trend if now - at <= TREND_S),
                best=self._best.shot,
                captured=self._captured,
                frames=self._frames,
                ratings=self._ratings,
                drops=self._drops,
                silent_s=now - self._seen_at if self._seen_at is not None else float("inf"),
                busy=waited_s > max(0.5 * self._knobs.interval_s, 0.25),
                problem=self._problem,
            )

    def age_s(self) -> float:
        """Seconds since the stream was made, which is when the browser's offer came in."""
        return self._clock() - self._started_at

    def _keep(self, shot: Shot, now: float) -> None:
        rating = shot.rating
        with self._lock:
            if self._seen_at is None:
                return
            self._ratings += 1
            self._problem = None
            self._coach.update(rating.overall, rating.advice, now)
            score = rating.overall if self._coach.score is None else self._coach.score
            tips = self._coach.tips
            self._trend.append((now, score))
            while now - self._trend[0][0] > TREND_S:
                self._trend.popleft()
            self._best.offer(shot)
            self._capture(shot, now)
            knobs = self._knobs
        if knobs.draw:
            view = view_of(score, tips, _box(rating), rating.size_wh, knobs.language)
            with self._lock:
                self._view = view if self._seen_at is not None else None

    def _capture(self, shot: Shot, now: float) -> None:
        """Keep the frame that ends a second above the threshold; the next one only after falling below it."""
        threshold = self._knobs.capture_above
        if threshold is None or shot.rating.overall < threshold:
            self._above_since, self._may_capture = None, True
            return
        if self._above_since is None:
            self._above_since = now
        if self._may_capture and now - self._above_since >= HELD_S:
            self._captured, self._may_capture = shot, False


def _box(rating: Rating) -> tuple[float, float, float, float] | None:
    if not rating.faces:
        return None
    x, y, w, h = rating.faces[0].box
    width, height = rating.size_wh
    return x / width, y / height, w / width, h / height

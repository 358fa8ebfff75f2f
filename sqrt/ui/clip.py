"""The best moments of a clip: its frames are rated in the background, and the three best are kept."""

from collections.abc import Generator
from dataclasses import dataclass, field
from functools import partial
from threading import Semaphore

import streamlit as st

from sqrt.choosing.clip import Moment, Progress, rate_clip
from sqrt.rating import Rater
from sqrt.settings import Settings
from sqrt.ui.engines import clip_turns, rater_or_sentence
from sqrt.ui.job import Job, watch
from sqrt.ui.language import _
from sqrt.ui.purpose import choose_purpose
from sqrt.ui.rated import Rated
from sqrt.ui.result import show_rated
from sqrt.ui.uploads import Intake, Waiting
from sqrt.ui.widgets import beside_others, show_shot

_REEL = "reel"
_AWAY_S = 10.0
"""A clip whose visitor is away for longer ends with its best moments so far: it holds what others wait for."""
_TYPES = ["mp4", "mov", "m4v", "webm", "mkv"]


@dataclass
class _Reel:
    """What a session keeps of its clip: the best moments, and never the clip."""

    intake: Intake = field(default_factory=lambda: Intake("clip"))
    job: Job[Progress] | None = None
    rater: Rater | None = None
    moments: list[Moment] | None = None
    problem: str | None = None
    in_full: Rated | None = None

    def look_at(self, moment: Moment) -> None:
        """Choose the moment that is shown in full."""
        assert self.rater, "there are moments, so something has rated them"
        name = f"Clip, at {moment.at_s:.1f} s"
        self.in_full = Rated(name, moment.jpeg, moment.photo, moment.rating, self.rater)

    def settle(self, job: Job[Progress]) -> None:
        """Take over what the clip at work has brought, once it has ended."""
        self.job = None
        self.moments = job.newest.moments if job.newest else None
        self.problem = job.refusal()


def page(settings: Settings) -> None:
    """Draw the page."""
    settings = choose_purpose(settings)
    reel: _Reel = st.session_state.setdefault(_REEL, _Reel())
    if (job := reel.job) and not job.running:
        reel.settle(job)
    if reel.job is None:
        _ask(reel, settings)
    else:
        watch(reel.job, partial(_show_progress, reel, reel.job))
        return
    if reel.problem:
        st.error(_(reel.problem), icon=":material/error:")
    if reel.moments:
        heading = _("The best moments")
        st.markdown(f"## {heading}")
        _show(reel, reel.moments)
        if st.button(_("Start over"), icon=":material/delete:", help=_("Forget these moments.")):
            del st.session_state[_REEL]
            st.rerun()
    elif not reel.problem:
        st.info(
            _(
                "Drop a short clip or a Live Photo's video: its frames are rated, and the three best moments that "
                "clearly differ are yours to keep."
            ),
            icon=":material/movie:",
        )
    if reel.in_full:
        st.divider()
        show_rated(reel.in_full)


def _ask(reel: _Reel, settings: Settings) -> None:
    reel.intake.show_notice()
    file = st.file_uploader(
        _("Drop a clip of up to {seconds} seconds here", seconds=settings.max_clip_s),
        type=_TYPES,
        max_upload_size=settings.max_clip_mb,
        key=reel.intake.key,
    )
    if not file:
        return
    engine = rater_or_sentence(settings)
    if engine is None:
        return
    reel.intake.renew()
    turns = clip_turns(settings.engine_pool_size)
    job = Job(_steps(Waiting.of(file), engine, settings.clip_rate, turns), away_s=_AWAY_S)
    st.session_state[_REEL] = _Reel(reel.intake, job, engine)
    st.rerun()


def _steps(clip: Waiting, engine: Rater, rate_hz: float, turns: Semaphore) -> Generator[Progress]:
    with clip as data, turns:
        yield from rate_clip(data, engine, rate_hz=rate_hz)


def _show_progress(reel: _Reel, job: Job[Progress], progress: Progress | None) -> None:
    others = beside_others(reel.rater)
    if progress is None:
        st.progress(0.0, _("Waiting for your clip's turn{others}", others=others))
    else:
        at_s, score = progress.at_s, progress.rating.overall
        st.progress(progress.share, _("{at:.1f} s: {score:.0f} / 100{others}", at=at_s, score=score, others=others))
    if st.button(_("Cancel"), icon=":material/cancel:", help=_("Stop here, and keep the best moments so far.")):
        job.cancel()
    if progress:
        _show(reel, progress.moments)


def _show(reel: _Reel, moments: list[Moment]) -> None:
    for place, (column, moment) in enumerate(zip(st.columns(3), moments, strict=False), 1):
        with column:
            title = _("{place}. At {at:.1f} s", place=place, at=moment.at_s)
            if show_shot(title, moment.jpeg, moment.rating.overall, key=f"moment {place}"):
                reel.look_at(moment)
                st.rerun()

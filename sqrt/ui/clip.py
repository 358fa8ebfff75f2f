"""The best moments of a clip: its frames are rated in the background, and the three best are kept."""

from dataclasses import dataclass
from functools import partial

import streamlit as st

from sqrt.choosing.clip import Moment, Progress, rate_clip
from sqrt.settings import Settings
from sqrt.ui.engines import rater_or_sentence
from sqrt.ui.forget import forget_uploads
from sqrt.ui.job import Job, watch
from sqrt.ui.photos import forget, show_rated
from sqrt.ui.widgets import show_shot

_REEL = "reel"
_TYPES = ["mp4", "mov", "m4v", "webm", "mkv"]


@dataclass
class _Reel:
    """What a session keeps of its clip: the best moments, and never the clip."""

    job: Job[Progress] | None = None
    moments: list[Moment] | None = None
    problem: str | None = None
    in_full: Moment | None = None
    clips: int = 0

    def settle(self, job: Job[Progress]) -> None:
        """Take over what the clip at work has brought, once it has ended."""
        self.job = None
        self.moments = job.newest.moments if job.newest else None
        self.problem = job.refusal()


def page(settings: Settings) -> None:
    """Draw the page."""
    reel: _Reel = st.session_state.setdefault(_REEL, _Reel())
    if (job := reel.job) and not job.running:
        reel.settle(job)
    if reel.job is None:
        _ask(reel, settings)
    else:
        watch(reel.job, partial(_show_progress, reel, reel.job))
        return
    if reel.problem:
        st.error(reel.problem, icon=":material/error:")
    if reel.moments:
        st.markdown("## The best moments")
        _show(reel, reel.moments)
        if st.button("Start over", icon=":material/delete:", help="Forget these moments."):
            del st.session_state[_REEL]
            forget()
            st.rerun()
    elif not reel.problem:
        st.info(
            "Drop a short clip or a Live Photo's video: its frames are rated, and the three best moments that clearly "
            "differ are yours to keep.",
            icon=":material/movie:",
        )
    if (moment := reel.in_full) and (engine := rater_or_sentence(settings)):
        st.divider()
        show_rated(f"Clip, at {moment.at_s:.1f} s", moment.photo, moment.rating, moment.jpeg, engine)


def _ask(reel: _Reel, settings: Settings) -> None:
    file = st.file_uploader(
        f"Drop a clip of up to {settings.max_clip_s} seconds here",
        type=_TYPES,
        max_upload_size=settings.max_clip_mb,
        # Another key empties the widget, so that only the job holds the clip.
        key=f"clip {reel.clips}",
    )
    if not file:
        return
    engine = rater_or_sentence(settings)
    if engine is None:
        return

    steps = rate_clip(file.getvalue(), engine, rate_hz=settings.clip_rate)
    forget_uploads([file])
    st.session_state[_REEL] = _Reel(Job(steps), clips=reel.clips + 1)
    st.rerun()


def _show_progress(reel: _Reel, job: Job[Progress], progress: Progress | None) -> None:
    if progress is None:
        st.progress(0.0, "Opening your clip")
    else:
        st.progress(progress.share, f"{progress.at_s:.1f} s: {progress.rating.overall:.0f} / 100")
    if st.button("Cancel", icon=":material/cancel:", help="Stop here, and keep the best moments so far."):
        job.cancel()
    if progress:
        _show(reel, progress.moments)


def _show(reel: _Reel, moments: list[Moment]) -> None:
    for place, (column, moment) in enumerate(zip(st.columns(3), moments, strict=False), 1):
        with column:
            title = f"{place}. At {moment.at_s:.1f} s"
            if show_shot(title, moment.jpeg, moment.rating.overall, key=f"moment {place}"):
                reel.in_full = moment
                st.rerun()

"""The live camera: see yourself, with a score and a tip or two, and keep the best shot."""

from functools import partial

import streamlit as st

from sqrt.live import LiveKnobs, LivePool, LiveRater
from sqrt.live.streams import listed
from sqrt.monitoring import LIVE_STREAMS
from sqrt.settings import Settings
from sqrt.ui.engines import rater_or_sentence
from sqrt.ui.language import language
from sqrt.ui.purpose import choose_purpose
from sqrt.ui.uploads import count_as_kept, this_session

_STREAM, _ADDRESS = "live_stream", "live_address"


@st.cache_resource(max_entries=4, show_spinner=False)
def _pool(workers: int, most: int) -> LivePool:
    pool = LivePool(workers, most)
    LIVE_STREAMS.set_function(lambda: pool.streams)
    return pool


def page(settings: Settings) -> None:
    """Draw the page."""
    settings = choose_purpose(settings)
    engine = rater_or_sentence(settings)
    if engine is None:
        return
    stream = _stream(settings, LiveKnobs(engine, settings.realtime_interval, language=language()))
    address: str = st.session_state[_ADDRESS]
    st.html(f'<a href="{address}">live</a>')
    seen = stream.snapshot()
    st.caption(f"{seen.frames} frames, {seen.ratings} ratings")


def _stream(settings: Settings, knobs: LiveKnobs) -> LiveRater:
    stream: LiveRater | None = st.session_state.get(_STREAM)
    if stream is None:
        pool = _pool(settings.live_pool_size, settings.max_live_streams)
        session = this_session()
        keep = partial(count_as_kept, session_id=session)
        stream = LiveRater(pool, knobs, session_id=session, keep=keep)
        st.session_state[_STREAM], st.session_state[_ADDRESS] = stream, listed(stream)
    stream.adjust(knobs)
    return stream


def leave() -> None:
    """Stop the camera; for every other page."""
    if stream := st.session_state.get(_STREAM):
        stream.stop()

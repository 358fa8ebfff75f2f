"""The live camera: see yourself, with a score and a tip or two, and keep the best shots."""

from dataclasses import dataclass, field
from functools import partial

import streamlit as st

from sqrt.errors import SqrtError
from sqrt.live import LiveKnobs, LivePool, LiveRater, Shot
from sqrt.live.streams import listed
from sqrt.monitoring import COUNTS
from sqrt.rating import Rater
from sqrt.settings import Settings
from sqrt.ui.connection import ice_servers
from sqrt.ui.engines import rater_or_sentence
from sqrt.ui.language import _, language
from sqrt.ui.purpose import choose_purpose
from sqrt.ui.rated import Rated
from sqrt.ui.result import show_rated
from sqrt.ui.timed import timed
from sqrt.ui.uploads import count_as_kept, this_session
from sqrt.ui.viewfinder import plays, viewfinder
from sqrt.ui.widgets import show_overall, show_shot
from sqrt.words import N_

_SESSION = "live"
_REFRESH_S = 1.0


@dataclass
class _Session:
    """What one visitor's live page holds: the stream with its shots, for as long as the session, and its address."""

    stream: LiveRater
    address: str = field(init=False)
    in_full: Rated | None = None

    def __post_init__(self) -> None:
        self.address = listed(self.stream)


@st.cache_resource(max_entries=4, show_spinner=False)
def _pool(workers: int, most: int) -> LivePool:
    pool = LivePool(workers, most)
    COUNTS.live_streams = lambda: pool.streams
    return pool


def page(settings: Settings) -> None:
    """Draw the page."""
    settings = choose_purpose(settings)
    engine = rater_or_sentence(settings)
    if engine is None:
        return
    pool = _pool(settings.live_pool_size, settings.max_live_streams)
    picture, verdict = st.columns([3, 2], gap="large")
    with picture:
        top = st.container()
        mirror, above = _ask()
        knobs = LiveKnobs(engine, settings.realtime_interval, above, language())
        session = _session(pool, knobs)
        with top:
            viewfinder(session.address, settings, ice_servers(settings), mirror)
    with verdict:
        part = timed(_REFRESH_S) if plays() else st.fragment
        part(_readout)(session, engine, pool)
    if session.in_full:
        st.divider()
        show_rated(session.in_full)


def leave() -> None:
    """Give the stream's slot back; for every other page. Its shots stay."""
    if session := st.session_state.get(_SESSION):
        session.stream.stop()


def _ask() -> tuple[bool, float | None]:
    """Draw the knobs under the picture; return whether it is mirrored, and above which score a shot is kept."""
    mirror = st.toggle(
        _("Mirror"), value=True, key="mirror", persist_state="session", help=_("As in a mirror; shots are not.")
    )
    capture = st.toggle(
        _("Keep a shot by itself when the score stays high"),
        key="capture",
        persist_state="session",
        help=_("After a second above the score below."),
    )
    above = None
    if capture:
        above = float(st.slider(_("Score to stay above"), 50, 99, 85, key="capture_above", persist_state="session"))
    return mirror, above


def _session(pool: LivePool, knobs: LiveKnobs) -> _Session:
    known: _Session | None = st.session_state.get(_SESSION)
    if known is None:
        mine = this_session()
        stream = LiveRater(pool, knobs, session_id=mine, keep=partial(count_as_kept, session_id=mine))
        known = st.session_state[_SESSION] = _Session(stream)
    known.stream.adjust(knobs)
    return known


def _readout(session: _Session, engine: Rater, pool: LivePool) -> None:
    held = session.stream.snapshot()
    # Each in its place, or what was drawn a second ago would be seen twice for a moment.
    verdict, shots, counts = st.container(), st.container(), st.container()
    with verdict:
        if plays() and held.score is not None:
            show_overall(held.score, [round(score) for _at, score in held.trend])
        elif not plays() and held.best is None:
            st.info(
                _(
                    "Press Start and allow the camera. You see a score and what to change; the best shot is kept for "
                    "you. It is the photo that is rated, never the person; nothing is stored."
                ),
                icon=":material/videocam:",
            )
    with shots:
        _show_shots(session, engine, held.best, held.kept)
    if plays():
        values = {"frames": held.frames, "ratings": held.ratings, "drops": held.drops, "streams": pool.streams}
        text = N_("{frames} frames · {ratings} ratings · {drops} dropped · {streams} live on this server")
        counts.caption(_(text, **values))


def _show_shots(session: _Session, engine: Rater, best: Shot | None, kept: tuple[Shot, ...]) -> None:
    if best:
        _show(session, engine, best, N_("Best shot"))
    columns = st.columns(2) if kept else []
    for place, shot in enumerate(kept):
        with columns[place % 2]:
            _show(session, engine, shot, N_("Kept shot"))
    if (best or kept) and st.button(_("Forget these shots"), icon=":material/delete:"):
        session.stream.shots.forget()
        session.in_full = None
        st.rerun()


def _show(session: _Session, engine: Rater, shot: Shot, title: str) -> None:
    width, height = shot.rating.size_wh
    if not show_shot(f"{_(title)} · {width} x {height}", shot.jpeg, shot.rating.overall, key=f"{title} {id(shot)}"):
        return
    try:
        photo, rating = engine.examine(shot.jpeg)
    except SqrtError as error:
        st.error(_(error.user_message), icon=":material/error:")
        return
    session.in_full = Rated("Live camera", shot.jpeg, photo, rating, engine)
    st.rerun()

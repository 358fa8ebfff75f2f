"""The live camera: see yourself, with a score and a tip or two, and keep the best shot."""

import time
from dataclasses import dataclass
from typing import Any, TypeAlias

import streamlit as st
from streamlit_webrtc import Translations, WebRtcMode, WebRtcStreamerContext, webrtc_streamer

from sqrt.live import LiveKnobs, LivePool, LiveRater, Shot, Snapshot
from sqrt.monitoring import LIVE_STREAMS
from sqrt.settings import Settings
from sqrt.ui.camera import camera
from sqrt.ui.connection import ice_servers
from sqrt.ui.engines import rater_or_sentence
from sqrt.ui.language import _, language
from sqrt.ui.pieces import PROBLEMS
from sqrt.ui.purpose import choose_purpose
from sqrt.ui.rated import Rated
from sqrt.ui.result import show_rated
from sqrt.ui.timed import timed
from sqrt.ui.widgets import show_overall, show_shot
from sqrt.words import N_

_KEY, _SESSION = "live", "live_session"
_REFRESH_S = 1.0
_STALE_S = 1.5
"""Without a frame for so long, the page takes the best shot over before the stream gives it up."""
_CONNECT_S = 10.0

_NO_CONNECTION = N_(
    "No picture has arrived for 10 seconds: allow the camera if your browser asks; if it is allowed, a firewall is in "
    "the way, and whoever runs this page must set up a TURN server."
)
_FULL = N_("As many cameras are live as this server can watch; please try again in a moment.")
_Context: TypeAlias = WebRtcStreamerContext[LiveRater, Any]


@dataclass
class _Session:
    """What one visitor's live page holds: the stream that plays, and the shots taken over from those that ended."""

    knobs: LiveKnobs
    stream: LiveRater | None = None
    best: Shot | None = None
    captured: Shot | None = None
    in_full: Rated | None = None
    asked_at: float | None = None

    def start(self, pool: LivePool) -> LiveRater:
        """Make the stream's processor; runs in a thread of the connection."""
        self.take_over()
        self.stream = LiveRater(pool, self.knobs)
        return self.stream

    def take_over(self) -> None:
        """Keep what the stream holds: it gives it back soon after its last frame."""
        if self.stream:
            held = self.stream.snapshot()
            self.best = _better(self.best, held.best)
            self.captured = held.captured or self.captured

    def waits_too_long(self, active: bool) -> bool:
        """Tell whether START was pressed and no picture has come for `_CONNECT_S`."""
        if not active:
            self.asked_at = None
            return False
        now = time.monotonic()
        self.asked_at = now if self.asked_at is None else self.asked_at
        silent_s = self.stream.snapshot().silent_s if self.stream else float("inf")
        return min(silent_s, now - self.asked_at) > _CONNECT_S


@st.cache_resource(max_entries=4, show_spinner=False)
def _pool(workers: int) -> LivePool:
    pool = LivePool(workers)
    LIVE_STREAMS.set_function(lambda: pool.streams)
    return pool


def page(settings: Settings) -> None:
    """Draw the page."""
    settings = choose_purpose(settings)
    engine = rater_or_sentence(settings)
    if engine is None:
        return
    pool = _pool(settings.live_pool_size)
    earlier: _Session | None = st.session_state.get(_SESSION)
    if pool.streams >= settings.max_live_streams and not (earlier and earlier.stream):
        st.warning(_(_FULL), icon=":material/hourglass:")
        st.button(_("Try again"), icon=":material/refresh:")
        if earlier:
            _show_shots(earlier, None)
        return
    picture, verdict = st.columns([3, 2], gap="large")
    with picture:
        top = st.container()
        knobs, mode, facing = _ask(LiveKnobs(engine, settings.realtime_interval))
        session: _Session = st.session_state.setdefault(_SESSION, _Session(knobs))
        session.knobs = knobs
        if session.stream:
            session.stream.adjust(knobs)
        with top:
            context = _streamer(settings, session, pool, mode, facing)
            # The component shows only what comes back.
            alone = context.state.playing and mode is WebRtcMode.SENDONLY
            problem = camera(shown=alone, mirrored=knobs.mirror, facing=facing, size_wh=settings.live_frame_wh)
            if problem:
                st.error(_(PROBLEMS[problem]), icon=":material/videocam_off:")
    active = context.state.playing or context.state.signalling
    if not active:
        session.take_over()
        session.stream = None
    with verdict:
        part = timed(_REFRESH_S) if active else st.fragment
        part(_readout)(session, context, pool)
    if session.in_full:
        st.divider()
        show_rated(session.in_full)


def leave() -> None:
    """Forget the connection; for every other page, since the browser's end of it is gone when one leaves."""
    st.session_state.pop(_KEY, None)


def _ask(knobs: LiveKnobs) -> tuple[LiveKnobs, WebRtcMode, str]:
    """Draw the knobs under the picture; return them with the stream's mode and the camera's facing mode."""
    context = st.session_state.get(_KEY)
    playing = context is not None and context.state.playing
    with st.expander(_("Camera and picture"), icon=":material/tune:"):
        overlay = st.toggle(
            _("Draw on the picture"),
            value=True,
            disabled=playing,
            key="overlay",
            persist_state="session",
            help=_(
                "Off: your picture is only sent, not returned, which spares connection and server; tips appear beside "
                "it. Takes effect at the next START."
            ),
        )
        back = st.toggle(
            _("Back camera"),
            key="back",
            persist_state="session",
            help=_("On phones. Takes effect at the next START."),
        )
        mirror = st.toggle(
            _("Mirror"),
            value=not back,
            key=f"mirror_{back}",
            persist_state="session",
            help=_("As in a mirror; shots are not."),
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
    knobs = LiveKnobs(knobs.rater, knobs.interval_s, mirror, overlay, above, language())
    return knobs, WebRtcMode.SENDRECV if overlay else WebRtcMode.SENDONLY, "environment" if back else "user"


def _streamer(settings: Settings, session: _Session, pool: LivePool, mode: WebRtcMode, facing: str) -> _Context:
    if _KEY in st.session_state:
        # streamlit-webrtc 0.79 resets a connection whose component was absent from a script run, by counting runs. But
        # a fragment's runs, such as those of the readout, count too: connections died at their start. Leaving the
        # page, for which that guard is meant, is seen by `leave`.
        st.session_state[_KEY]._last_rendered_run_count = None
    width, height = settings.live_frame_wh
    rate = settings.live_frame_rate
    video = {"width": {"ideal": width}, "height": {"ideal": height}, "frameRate": {"ideal": rate, "max": rate}}
    context: _Context = webrtc_streamer(
        _KEY,
        mode=mode,
        rtc_configuration={"iceServers": ice_servers(settings)},
        media_stream_constraints={"video": {**video, "facingMode": facing}, "audio": False},
        video_processor_factory=lambda: session.start(pool),
        video_html_attrs={
            "autoPlay": True,
            "controls": False,
            "muted": True,
            "playsInline": True,
            "style": {"width": "100%"},
        },
        translations=_translations(),
        media_toggle_controls=False,
    )
    return context


def _translations() -> Translations:
    return Translations(
        start=_("Start"),
        stop=_("Stop"),
        select_device=_("Select Device"),
        device_ask_permission=_("Please allow the app to use your media devices"),
        device_access_denied=_(PROBLEMS["refused"]),
        device_not_available=_(PROBLEMS["absent"]),
        media_api_not_available=_(PROBLEMS["insecure"]),
    )


def _readout(session: _Session, context: _Context, pool: LivePool) -> None:
    active = context.state.playing or context.state.signalling
    held = session.stream.snapshot() if session.stream else None
    if held and held.silent_s > _STALE_S:
        session.take_over()
    if session.waits_too_long(active):
        st.warning(_(_NO_CONNECTION), icon=":material/wifi_off:")
    elif active and (held is None or held.score is None):
        st.info(_("Connecting to your camera."), icon=":material/hourglass_top:")
    if held and active:
        _show_state(held)
    elif not active and session.best is None:
        st.info(
            _(
                "Press START and allow the camera. You see a score and what to change; the best shot is kept for you. "
                "It is the photo that is rated, never the person; nothing is stored."
            ),
            icon=":material/videocam:",
        )
    _show_shots(session, held)
    if held and active:
        counts = {"frames": held.frames, "ratings": held.ratings, "drops": held.drops, "streams": pool.streams}
        st.caption(_("{frames} frames · {ratings} ratings · {drops} dropped · {streams} live on this server", **counts))


def _show_state(held: Snapshot) -> None:
    if held.score is not None:
        show_overall(held.score, [round(score) for _at, score in held.trend])
    if held.problem:
        st.warning(_(held.problem), icon=":material/error:")
    for tip in held.tips:
        st.markdown(f"## :material/arrow_forward: {_(tip)}")
    if held.score is not None and not held.tips:
        praise = _("Hold it: nothing to change")
        st.markdown(f"## :material/check_circle: {praise}")
    if held.busy:
        st.warning(_("The server is busy: ratings come less often than set."), icon=":material/hourglass_top:")


def _show_shots(session: _Session, held: Snapshot | None) -> None:
    best = _better(session.best, held.best if held else None)
    captured = (held.captured if held else None) or session.captured
    for shot, title in ((best, N_("Best shot")), (captured, N_("Kept by itself"))):
        if shot is None:
            continue
        if show_shot(_(title), shot.jpeg, shot.rating.overall, key=title):
            session.in_full = Rated("Live camera", shot.jpeg, shot.photo, shot.rating, session.knobs.rater)
            st.rerun()
    # While a stream holds a shot there is nothing to forget: it would be back at once.
    forgettable = best and not (held and held.best)
    if forgettable and st.button(_("Forget these shots"), icon=":material/delete:"):
        session.best = session.captured = session.in_full = None
        st.rerun()


def _better(one: Shot | None, other: Shot | None) -> Shot | None:
    """Return the better shot, or the `other`, later one where it is for another purpose."""
    if one and other and one.rating.purpose is not other.rating.purpose:
        return other
    shots = [shot for shot in (one, other) if shot]
    return max(shots, key=lambda shot: shot.rating.overall, default=None)

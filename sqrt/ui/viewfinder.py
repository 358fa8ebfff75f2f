"""The live camera's own part of the page: it sends frames to be rated, and shows what comes of it over the picture."""

from collections.abc import Sequence
from typing import Any

import streamlit as st

from sqrt.settings import Settings
from sqrt.ui.language import _, language
from sqrt.ui.pieces import PROBLEMS, joined
from sqrt.words import N_

_KEY = "viewfinder"
_SCRIPTS = (
    *("film.js", "likeness.js", "tracker.js", "marks.js", "voice.js", "peer.js", "line.js", "looks.js"),
    "viewfinder.js",
)
# What the browser says, with values that it knows in braces.
_WORDS = {
    "section": N_("Live camera"),
    "video": N_("Your camera"),
    "start": N_("Start"),
    "stop": N_("Stop"),
    "shoot": N_("Take a shot"),
    "cancel": N_("Stop the timer"),
    "timer_0": N_("Timer off"),
    "timer_3": N_("3 s"),
    "timer_10": N_("10 s"),
    "timer_0_long": N_("Timer: off"),
    "timer_3_long": N_("Timer: 3 seconds"),
    "timer_10_long": N_("Timer: 10 seconds"),
    "turn": N_("Other camera"),
    "voice": N_("Voice"),
    "unseen": N_("From behind you cannot see the tips."),
    "speak": N_("Speak them"),
    "speaking": N_("Tips are spoken now."),
    "opening": N_("The camera starts; your browser may ask whether it may."),
    "ready": N_("The camera is on."),
    "hold": N_("Hold still"),
    "kept": N_("Shot kept: {overall} of 100"),
    "unkept": N_("The shot did not arrive; please take it again."),
    "lost": N_("The connection is interrupted; it comes back by itself."),
    "busy_server": N_("The server is busy: ratings come less often than set."),
    "blocked": N_(
        "No film gets through to the server: a firewall is in the way, and whoever runs this page must set up a TURN "
        "server."
    ),
    "webrtc": N_("Sent as a film (WebRTC)"),
    "snapshots": N_("Sent as single pictures"),
    "size": N_("Shots: {width} x {height}"),
    **PROBLEMS,
}

_component = st.components.v2.component(
    "sqrt_viewfinder", html=joined("viewfinder.html"), css=joined("film.css", "viewfinder.css"), js=joined(*_SCRIPTS)
)


def plays() -> bool:
    """Tell whether the camera was on when the page was last drawn, or told so since."""
    return bool(st.session_state.get(_KEY, {}).get("on"))


def viewfinder(address: str, settings: Settings, ice_servers: Sequence[dict[str, Any]], mirror: bool) -> None:
    """Draw the camera of a stream that is at an address, seen from the page, with its buttons.

    `mirror` shows a camera that looks at its user as a mirror would.
    """
    _component(
        key=_KEY,
        data={
            "on": plays(),
            "address": address,
            "transport": settings.live_transport,
            "ice_servers": ice_servers,
            "long_side": max(settings.live_frame_wh),
            "rate": settings.live_frame_rate,
            "mirror": mirror,
            "most_bytes": settings.max_file_mb * 2**20,
            "most_pixels": settings.max_megapixels * 10**6,
            "language": language(),
            "words": {name: _(text) for name, text in _WORDS.items()},
        },
        default={"on": False},
        on_on_change=lambda: None,
        on_gone_change=lambda: None,
    )

"""The knobs that a user may turn for the session."""

import io
from typing import get_args

import segno
import streamlit as st
from annotated_types import Ge, Le

from sqrt.settings import Settings
from sqrt.ui.language import _, choose_language
from sqrt.words import N_

LABELS = {
    "face_engine": N_("Face engine"),
    "max_image_size": N_("Largest image side (px)"),
    "min_face_size": N_("Smallest face (share)"),
    "realtime_interval": N_("Seconds between ratings"),
    "live_frame_size": N_("Frame size (px)"),
    "live_frame_rate": N_("Frames per second"),
    "clip_rate": N_("Frames rated per second"),
    "cascade_scale_factor": N_("Scale factor"),
    "cascade_min_neighbors": N_("Neighbours"),
}
"""What the settings are called here; what they do, `Settings` tells."""
_ENGINES = {"auto": N_("Automatic"), "landmarks": N_("Landmark model"), "cascade": N_("Cascades")}

# What one visitor pays for with the time of all: to be turned down from the operator's setting, never up.
_AT_MOST = {"max_image_size", "live_frame_rate"}
_AT_LEAST = {"min_face_size", "cascade_scale_factor"}


def knobs(settings: Settings) -> Settings:
    """Draw the sidebar; return the settings with what was chosen there."""
    with st.sidebar:
        choose_language()
        st.header(_("Settings"), divider="gray")
        chosen: dict[str, object] = {}
        chosen["face_engine"] = st.selectbox(
            _(LABELS["face_engine"]),
            list(_ENGINES),
            index=list(_ENGINES).index(settings.face_engine),
            format_func=lambda engine: _(_ENGINES[engine]),
            help=_help("face_engine"),
            key="knob_face_engine",
        )
        chosen["max_image_size"] = _number(settings, "max_image_size", step=256)
        chosen["min_face_size"] = _number(settings, "min_face_size", step=0.01)
        with st.expander(_("Live camera")):
            chosen["realtime_interval"] = _number(settings, "realtime_interval", step=0.1)
            sizes = get_args(Settings.model_fields["live_frame_size"].annotation)
            sizes = sizes[: sizes.index(settings.live_frame_size) + 1]
            chosen["live_frame_size"] = st.selectbox(
                _(LABELS["live_frame_size"]),
                sizes,
                index=sizes.index(settings.live_frame_size),
                help=_help("live_frame_size"),
                key="knob_live_frame_size",
            )
            chosen["live_frame_rate"] = _number(settings, "live_frame_rate", step=1)
        with st.expander(_("Clip")):
            chosen["clip_rate"] = _number(settings, "clip_rate", step=0.5)
        with st.expander(_("Cascades")):
            chosen["cascade_scale_factor"] = _number(settings, "cascade_scale_factor", step=0.01)
            chosen["cascade_min_neighbors"] = _number(settings, "cascade_min_neighbors", step=1)
        st.caption(_("Photos stay in memory, for as long as this page is open. Nothing is stored or sent elsewhere."))
    return settings.model_copy(update=chosen)


def share(settings: Settings) -> None:
    """Offer the page's public address, if it has one, as a link and as a QR code."""
    if settings.public_url is None:
        return
    address = str(settings.public_url)
    with st.sidebar.expander(_("On another device"), icon=":material/qr_code_2:"):
        st.image(qr_code(address), caption=_("Point a phone's camera at it"), width=180, alt=_("QR code"))
        st.link_button(_("Open the public page"), address, icon=":material/open_in_new:")


def qr_code(text: str) -> bytes:
    """Return a QR code as a PNG, black on white."""
    picture = io.BytesIO()
    segno.make(text, error="m", micro=False).save(picture, kind="png", scale=6)
    return picture.getvalue()


def _number(settings: Settings, name: str, step: float) -> float:
    bounds, value = Settings.model_fields[name].metadata, getattr(settings, name)
    low = value if name in _AT_LEAST else next(bound.ge for bound in bounds if isinstance(bound, Ge))
    high = value if name in _AT_MOST else next(bound.le for bound in bounds if isinstance(bound, Le))
    kind = type(value)
    label = _(LABELS[name])
    chosen = st.number_input(label, kind(low), kind(high), value, kind(step), help=_help(name), key=f"knob_{name}")
    return min(max(chosen, kind(low)), kind(high))  # who speaks to the server without the page is held to it, too


def _help(name: str) -> str:
    meaning = Settings.model_fields[name].description
    return _(meaning) if meaning else ""

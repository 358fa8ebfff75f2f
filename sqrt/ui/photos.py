"""Rate one photo: uploaded, or taken with the device's camera."""

import hashlib
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Literal

import streamlit as st
from streamlit.runtime.uploaded_file_manager import UploadedFile

from sqrt.errors import BusyError, SqrtError
from sqrt.improving import cut, suggest_crop
from sqrt.monitoring import analysed
from sqrt.rating import WAIT_S, Rater, Rating
from sqrt.reading import EXTENSIONS, Photo
from sqrt.settings import Settings
from sqrt.showing.overlay import Layer, draw, draw_crop
from sqrt.showing.reports import Report, download_name, marked_up
from sqrt.ui.engines import rater
from sqrt.ui.explained import show_groups, show_metrics
from sqrt.ui.uploads import take_notice
from sqrt.ui.widgets import offer_reports, show_advice, show_overall

_Source = Literal["upload", "camera"]
_KEPT, _CROP = "rated", "crop"
_ENGINES = {"landmarks": "the landmark model", "cascade": "cascades"}


@dataclass(frozen=True)
class _Rated:
    """The latest photo of a session; kept there, and nowhere else, so that a switch does not rate it again."""

    key: tuple[str, Settings, bool]
    photo: Photo
    rating: Rating


def page(settings: Settings) -> None:
    """Draw the page."""
    if notice := take_notice():
        st.warning(notice, icon=":material/cloud_off:")
    source, file = _ask(settings)
    if file is None:
        forget()  # a photo that was taken away is not kept
        _invite()
        return
    data = file.getvalue()
    try:
        rated = _rate(source, data, settings)
    except BusyError as error:
        forget()
        st.warning(error.user_message, icon=":material/hourglass:")
        st.button("Try again", icon=":material/refresh:")
        return
    except SqrtError as error:
        forget()
        st.error(error.user_message, icon=":material/error:")
        return
    show_rated(file.name, rated.photo, rated.rating, data, rater(settings))


def forget() -> None:
    """Keep nothing of the photo that was rated last, nor of its crop."""
    for key in (_KEPT, _CROP):
        st.session_state.pop(key, None)


def _ask(settings: Settings) -> tuple[_Source, UploadedFile | None]:
    upload, camera = "Upload", "Camera"
    # The camera is mounted only when chosen: opening the page must not ask for permission.
    source = st.segmented_control("Photo from", [upload, camera], default=upload, label_visibility="collapsed")
    if source == camera:
        file = st.camera_input("Take a selfie", help="Your browser asks for permission to use the camera.")
    else:
        file = st.file_uploader(
            "Drop a selfie here",
            type=EXTENSIONS,
            max_upload_size=settings.max_file_mb,
            help="The photo as your phone took it: copies from chats have lost detail.",
        )
    return ("camera" if source == camera else "upload"), file


def _invite() -> None:
    st.info(
        "Drop a photo to see how good it is, what to change first, and where in the picture. "
        "It is the photo that is rated, never the person; it stays in memory and is gone when you leave.",
        icon=":material/add_a_photo:",
    )


def _rate(source: _Source, data: bytes, settings: Settings) -> _Rated:
    engine = rater(settings)
    key = hashlib.sha256(data).hexdigest(), engine.settings, engine.sees_outlines
    kept = st.session_state.get(_KEPT)
    if kept is None or kept.key != key or settings.app_env == "development":
        with st.spinner("Looking at your photo"):
            photo, rating = analysed(source, partial(engine.examine, data, WAIT_S))
        kept = _Rated(key, photo, rating)
        st.session_state[_KEPT] = kept
    return kept


def show_rated(name: str, photo: Photo, rating: Rating, data: bytes, engine: Rater) -> None:
    """Draw a photo, marked up, and all that its rating by `engine` says.

    `data` is the file that it was read from, `name` what reports call it.
    """
    picture, verdict = st.columns([3, 2], gap="large")
    with picture:
        layers = st.pills(
            "Show in the picture",
            list(Layer),
            selection_mode="multi",
            default=[Layer.FACE],
            format_func=lambda layer: layer.label,
            wrap=True,
        )
        found_by = _ENGINES[rating.engine]
        st.image(
            draw(photo, rating, layers),
            caption=f"Your photo with what was found in it, by {found_by}",
            width="stretch",
            alt="Your photo with what was found in it",
        )
    with verdict:
        show_overall(rating.overall)
        show_advice(rating.advice)
        if rating.has_gps:
            st.warning(
                "This file tells where it was taken. Remove the location before you post it.",
                icon=":material/location_on:",
            )
        _show_crop(photo, rating, data, engine)
        offer_reports(lambda: [Report.of(name, rating, marked_up(photo, rating))])
    show_groups(rating)
    show_metrics(photo, rating)


def _show_crop(photo: Photo, rating: Rating, data: bytes, engine: Rater) -> None:
    """Offer the part of the photo that would be worth more, if there is one."""
    kept = st.session_state.get(_CROP)
    if kept is None or kept[0] is not rating:
        kept = st.session_state[_CROP] = rating, suggest_crop(photo, rating, engine)
    if (better := kept[1]) is None:
        return
    with st.expander(f"What if you crop it? **+{better.gain:.0f}**", icon=":material/crop:"):
        width, height = better.box_xywh[2:]
        what = f"This part, {width} x {height} pixels, is rated {rating.overall + better.gain:.0f}"
        st.image(draw_crop(photo, better.box_xywh), width="stretch", caption=what, alt=what)
        st.download_button(
            "Save the crop",
            partial(cut, data, better, engine),  # made when asked for
            download_name("jpg", datetime.now()),
            "image/jpeg",
            icon=":material/download:",
            on_click="ignore",
        )

"""Rate one photo: uploaded, or taken with the device's camera."""

from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property, partial
from typing import Literal

import streamlit as st
from streamlit.runtime.uploaded_file_manager import UploadedFile

from sqrt.errors import BusyError, PhotoError, SqrtError
from sqrt.improving import Crop, cut, suggest_crop
from sqrt.monitoring import analysed
from sqrt.rating import WAIT_S, Rater, Rating
from sqrt.reading import EXTENSIONS, Photo
from sqrt.settings import Settings
from sqrt.showing.overlay import Layer, draw, draw_crop
from sqrt.showing.reports import Report, download_name, marked_up
from sqrt.ui.engines import rater
from sqrt.ui.explained import show_groups, show_metrics
from sqrt.ui.forget import forget_uploads
from sqrt.ui.purpose import choose_purpose, show_rules
from sqrt.ui.uploads import Intake, count_as_kept
from sqrt.ui.widgets import offer_reports, show_advice, show_overall

_Source = Literal["upload", "camera"]
_DESK = "desk"
_ENGINES = {"landmarks": "the landmark model", "cascade": "cascades"}


@dataclass(frozen=True, eq=False)
class Rated:
    """A rated photo, and what is found out about it when it is looked at.

    Attributes
    ----------
    name : str
        What reports call it.
    data : bytes
        The file that `photo` was read from.
    photo : Photo
    rating : Rating
    engine : Rater
        Which made the rating.
    """

    name: str
    data: bytes
    photo: Photo
    rating: Rating
    engine: Rater

    def __post_init__(self) -> None:
        count_as_kept(self, len(self.data) + self.photo.pixels.nbytes)

    @cached_property
    def crop(self) -> Crop | None:
        """The part of the photo that would be worth more, if there is one."""
        return suggest_crop(self.photo, self.rating, self.engine)


@dataclass(frozen=True, eq=False)
class _Upload:
    source: _Source
    name: str
    data: bytes


@dataclass
class _Desk:
    """What a session, and nobody else, keeps of its photo: until the visitor removes it, or leaves."""

    intake: Intake = field(default_factory=lambda: Intake("photo"))
    upload: _Upload | None = None
    refusal: str | None = None
    rated: Rated | None = None
    made_from: tuple[_Upload, Settings, bool] | None = None  # what `rated` was
    retaking: bool = False

    def take(self, source: _Source, file: UploadedFile) -> None:
        """Put a photo in the place of the one before, which comes back if this one cannot be read."""
        name = file.name if source == "upload" else "Camera photo"
        self.upload = _Upload(source, name, file.getvalue())
        self.refusal, self.retaking = None, False
        forget_uploads([file])
        self.intake.renew()

    def refuse(self, why: str) -> None:
        """Let the newest photo go."""
        earlier = self.made_from and self.made_from[0]
        if earlier is None or earlier is self.upload:
            self.remove()
        else:
            self.upload, why = earlier, f"{why} The photo before it is still here."
        self.refusal = why

    def remove(self) -> None:
        """Keep nothing."""
        self.upload = self.refusal = self.rated = self.made_from = None


def page(settings: Settings) -> None:
    """Draw the page."""
    desk: _Desk = st.session_state.setdefault(_DESK, _Desk())
    _ask(desk, settings)
    settings = choose_purpose(settings)
    if desk.refusal:
        st.error(desk.refusal, icon=":material/error:")
    if desk.upload is None:
        if not desk.refusal:
            _invite()
        return
    _show_name(desk, desk.upload)
    try:
        rated = _rate(desk, desk.upload, settings)
    except PhotoError as error:
        desk.refuse(error.user_message)
        st.rerun()
    except BusyError as error:
        st.warning(error.user_message, icon=":material/hourglass:")
        st.button("Try again", icon=":material/refresh:")
    except SqrtError as error:
        st.error(error.user_message, icon=":material/error:")
    else:
        show_rated(rated)


def _ask(desk: _Desk, settings: Settings) -> None:
    upload, camera = "Upload", "Camera"
    source = st.segmented_control(
        "Photo from",
        [upload, camera],
        default=upload,
        required=True,
        key="source",
        persist_state="session",
        label_visibility="collapsed",
    )
    desk.intake.show_notice()
    if source == camera:
        _ask_camera(desk)
        return
    file = st.file_uploader(
        "Drop a selfie here",
        type=EXTENSIONS,
        max_upload_size=settings.max_file_mb,
        key=desk.intake.key,
        help="The photo as your phone took it: copies from chats have lost detail.",
    )
    if file:
        desk.take("upload", file)
        st.rerun()


def _ask_camera(desk: _Desk) -> None:
    # The camera is mounted only when asked for: neither opening the page nor coming back to it opens the camera.
    if desk.upload and desk.upload.source == "camera" and not desk.retaking:
        if st.button("Take another", icon=":material/photo_camera:"):
            desk.retaking = True
            st.rerun()
        return
    file = st.camera_input(
        "Take a selfie",
        key=f"{desk.intake.key} camera",
        help="Your browser asks for permission to use the camera.",
    )
    if file:
        desk.take("camera", file)
        st.rerun()


def _show_name(desk: _Desk, upload: _Upload) -> None:
    with st.container(horizontal=True, vertical_alignment="center"):
        st.text(upload.name, width="content")  # never Markdown: the name is the visitor's
        if st.button("Remove", icon=":material/delete:", help="Forget this photo."):
            desk.remove()
            st.rerun()
        st.caption("Stays until you remove it or leave; a reload forgets it.", width="content")


def _invite() -> None:
    st.info(
        "Drop a photo to see how good it is, what to change first, and where in the picture. "
        "It is the photo that is rated, never the person; it stays in memory and is gone when you leave.",
        icon=":material/add_a_photo:",
    )


def _rate(desk: _Desk, upload: _Upload, settings: Settings) -> Rated:
    engine = rater(settings)
    made_from = upload, engine.settings, engine.sees_outlines
    if desk.rated is None or desk.made_from != made_from or settings.app_env == "development":
        ahead = engine.waiting
        others = f"; photos of others that come first: {ahead}" if ahead else ""
        with st.spinner(f"Looking at your photo{others}"):
            photo, rating = analysed(upload.source, partial(engine.examine, upload.data, WAIT_S))
        desk.rated, desk.made_from = Rated(upload.name, upload.data, photo, rating, engine), made_from
    return desk.rated


def show_rated(rated: Rated) -> None:
    """Draw a photo, marked up, and all that its rating says."""
    photo, rating = rated.photo, rated.rating
    picture, verdict = st.columns([3, 2], gap="large")
    with picture:
        layers = st.pills(
            "Show in the picture",
            list(Layer),
            selection_mode="multi",
            default=[Layer.FACE],
            format_func=lambda layer: layer.label,
            key="layers",
            persist_state="session",
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
        if rated.crop:
            _show_crop(rated, rated.crop)
        offer_reports(lambda: [Report.of(rated.name, rating, marked_up(photo, rating))])
    show_rules(rating)
    show_groups(rating)
    show_metrics(photo, rating)


def _show_crop(rated: Rated, better: Crop) -> None:
    with st.expander(f"What if you crop it? **+{better.gain:.0f}**", icon=":material/crop:"):
        width, height = better.box_xywh[2:]
        what = f"This part, {width} x {height} pixels, is rated {rated.rating.overall + better.gain:.0f}"
        st.image(draw_crop(rated.photo, better.box_xywh), width="stretch", caption=what, alt=what)
        st.download_button(
            "Save the crop",
            partial(cut, rated.data, better, rated.engine),  # made when asked for
            download_name("jpg", datetime.now()),
            "image/jpeg",
            icon=":material/download:",
            on_click="ignore",
        )

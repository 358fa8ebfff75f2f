"""Rate one photo: uploaded, or taken with the device's camera."""

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from typing import Literal

import streamlit as st
from streamlit.runtime.uploaded_file_manager import UploadedFile

from sqrt.errors import BusyError, PhotoError, SqrtError
from sqrt.monitoring import analysed
from sqrt.rating import WAIT_S
from sqrt.reading import EXTENSIONS
from sqrt.settings import Settings
from sqrt.ui.engines import rater
from sqrt.ui.first_sight import show_first_sight
from sqrt.ui.forget import forget_uploads
from sqrt.ui.language import _
from sqrt.ui.purpose import choose_purpose
from sqrt.ui.rated import Rated
from sqrt.ui.result import show_rated
from sqrt.ui.shutter import Shutter
from sqrt.ui.uploads import Intake
from sqrt.words import N_

_Source = Literal["upload", "camera"]
_DESK = "desk"


@dataclass(frozen=True, eq=False)
class _Upload:
    source: _Source
    name: str
    data: bytes


@dataclass
class _Desk:
    """What a session, and nobody else, keeps of its photo: until the visitor removes it, or leaves."""

    intake: Intake = field(default_factory=lambda: Intake("photo"))
    shutter: Shutter = field(default_factory=Shutter)
    upload: _Upload | None = None
    refusal: tuple[str, ...] = ()  # sentences
    rated: Rated | None = None
    made_from: tuple[_Upload, Settings, bool] | None = None  # what `rated` was
    retaking: bool = False

    def take(self, source: _Source, file: UploadedFile) -> None:
        """Put a photo in the place of the one before, which comes back if this one cannot be read."""
        name = file.name if source == "upload" else N_("Camera photo")
        self.upload = _Upload(source, name, file.getvalue())
        self.refusal, self.retaking = (), False
        forget_uploads([file])
        self.intake.renew()

    def show(self, name: str, data: bytes) -> None:
        """Put an example in the place of a photo."""
        self.upload = _Upload("upload", name, data)
        self.refusal = ()

    def refuse(self, why: str) -> None:
        """Let the newest photo go."""
        earlier = self.made_from and self.made_from[0]
        if earlier is None or earlier is self.upload:
            self.remove()
            self.refusal = (why,)
        else:
            self.upload, self.refusal = earlier, (why, N_("The photo before it is still here."))

    def remove(self) -> None:
        """Keep nothing."""
        self.upload = self.rated = self.made_from = None
        self.refusal = ()


def page(settings: Settings, show_others: Callable[[], None] = lambda: None) -> None:
    """Draw the page; where there is no photo yet, also what `show_others` draws of the other pages."""
    desk: _Desk = st.session_state.setdefault(_DESK, _Desk())
    _ask(desk, settings)
    if desk.refusal:
        st.error(" ".join(map(_, desk.refusal)), icon=":material/error:")
    if desk.upload is None:
        if example := show_first_sight(show_others):
            desk.show(*example)
            st.rerun()
        return
    settings = _show_name(desk, desk.upload, settings)
    try:
        rated = _rate(desk, desk.upload, settings)
    except PhotoError as error:
        desk.refuse(error.user_message)
        st.rerun()
    except BusyError as error:
        st.warning(_(error.user_message), icon=":material/hourglass:")
        st.button(_("Try again"), icon=":material/refresh:")
    except SqrtError as error:
        st.error(_(error.user_message), icon=":material/error:")
    else:
        show_rated(rated)


def _ask(desk: _Desk, settings: Settings) -> None:
    desk.intake.show_notice()
    upload, camera = "Upload", "Camera"
    with st.container(horizontal=True, vertical_alignment="center", key="ask"):
        source = st.segmented_control(
            _("Photo from"),
            [upload, camera],
            default=upload,
            required=True,
            format_func=lambda one: _("File") if one == upload else _("Camera"),
            key="source",
            persist_state="session",
            label_visibility="collapsed",
        )
        file = None
        if source == upload:
            file = st.file_uploader(
                _("Drop a selfie here"),
                type=EXTENSIONS,
                max_upload_size=settings.max_file_mb,
                key=desk.intake.key,
                label_visibility="collapsed",
            )
    if source == camera:
        _ask_camera(desk, settings)
    elif file:
        desk.take("upload", file)
        st.rerun()


def _ask_camera(desk: _Desk, settings: Settings) -> None:
    # The camera is mounted only when asked for: neither opening the page nor coming back to it opens the camera.
    if desk.upload and desk.upload.source == "camera" and not desk.retaking:
        if st.button(_("Take another"), icon=":material/photo_camera:"):
            desk.retaking = True
            st.rerun()
        return
    if file := desk.shutter.take():
        desk.take("camera", file)
        st.rerun()
    desk.shutter.show(settings)


def _show_name(desk: _Desk, upload: _Upload, settings: Settings) -> Settings:
    """Draw what the photo is called and what it is for; return the settings with that."""
    with st.container(horizontal=True, vertical_alignment="center", key="name"):
        st.text(_(upload.name))  # never Markdown: the name is the visitor's
        chosen = choose_purpose(settings, labelled=False)
        if st.button(_("Remove"), icon=":material/delete:", help=_("Forget this photo. A reload forgets it, too.")):
            desk.remove()
            st.rerun()
    return chosen


def _rate(desk: _Desk, upload: _Upload, settings: Settings) -> Rated:
    engine = rater(settings)
    made_from = upload, engine.settings, engine.sees_outlines
    if desk.rated is None or desk.made_from != made_from or settings.app_env == "development":
        ahead = engine.waiting
        looking = (
            _("Looking at your photo; photos of others that come first: {ahead}", ahead=ahead)
            if ahead
            else _("Looking at your photo")
        )
        with st.spinner(looking):
            photo, rating = analysed(upload.source, partial(engine.examine, upload.data, WAIT_S))
        desk.rated, desk.made_from = Rated(upload.name, upload.data, photo, rating, engine), made_from
    return desk.rated

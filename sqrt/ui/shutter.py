"""A photo by the visitor's camera, at the full size that it gives: sent as an upload is, by an address made for it."""

from dataclasses import dataclass
from typing import Any, Literal, cast

import streamlit as st
from pydantic import BaseModel, ValidationError
from streamlit.proto.Common_pb2 import FileURLs
from streamlit.runtime.scriptrunner import get_script_run_ctx
from streamlit.runtime.uploaded_file_manager import UploadedFile, UploadFileUrlInfo

from sqrt.settings import Settings
from sqrt.ui.language import _
from sqrt.ui.pieces import PROBLEMS, joined
from sqrt.words import N_

_KEY = "shutter"
_WORDS = {
    "section": N_("Take a selfie"),
    "video": N_("Your camera"),
    "shoot": N_("Take the photo"),
    "cancel": N_("Stop the timer"),
    "timer": N_("3 s timer"),
    "turn": N_("Other camera"),
    "start": N_("Start the camera"),
    "opening": N_("The camera starts; your browser may ask whether it may."),
    "ready": N_("The camera is on."),
    "taking": N_("Hold still."),
    "sending": N_("Taken; the photo is on its way."),
    "lost": N_("The photo did not arrive; please take it again."),
    **PROBLEMS,
}


_component = st.components.v2.component(
    "sqrt_shutter",
    html=joined("shutter.html"),
    css=joined("film.css", "shutter.css"),
    js=joined("film.js", "shutter.js"),
)


class _Told(BaseModel):
    """What the browser tells once a photo was taken."""

    arrived: bool
    facing: Literal["user", "environment"]
    timed: bool


@dataclass
class Shutter:
    """A session's camera: where its next photo is sent to, and how the visitor has set it.

    Attributes
    ----------
    facing : str
        As browsers call it: "user" is the front camera, "environment" the back one.
    timed : bool
        Whether the photo is taken three seconds after it was asked for.
    """

    facing: Literal["user", "environment"] = "user"
    timed: bool = False
    _address: UploadFileUrlInfo | None = None
    _sent_to: UploadFileUrlInfo | None = None

    def take(self) -> UploadedFile | None:
        """Return the photo that has arrived, once."""
        sent_to, self._sent_to = self._sent_to, None
        context = get_script_run_ctx()
        if context is None or sent_to is None:
            return None
        records = context.uploaded_file_mgr.get_files(context.session_id, [sent_to.file_id])
        return UploadedFile(records[0], FileURLs()) if records else None

    def show(self, settings: Settings) -> None:
        """Draw the camera, which opens at once, and goes out when it is not drawn any more."""
        _component(
            key=_KEY,
            data={
                "address": self._upload_url(),
                "most_bytes": settings.max_file_mb * 2**20,
                "most_pixels": settings.max_megapixels * 10**6,
                "facing": self.facing,
                "timed": self.timed,
                "words": {name: _(text) for name, text in _WORDS.items()},
            },
            on_shot_change=self.listen,
        )

    def listen(self) -> None:
        """Hear what was told; told once more to a page that is at the photo already, it is nothing."""
        self.hear(st.session_state.get(_KEY, {}).get("shot"))

    def hear(self, told: object) -> None:
        """Note the photo that the browser tells of; what the page's own script cannot have told is ignored."""
        try:
            one = _Told.model_validate(told)
        except ValidationError:
            return
        if one.arrived and self._address:  # which may be told twice
            self._sent_to = self._address
        # A new address in either case: Streamlit gives one out for one file, and may have given it up.
        self._address = None
        self.facing, self.timed = one.facing, one.timed

    def _upload_url(self) -> str:
        """Return where the next photo is sent to, as seen from the page, wherever that is served."""
        if self._address is None:
            context = get_script_run_ctx()
            assert context is not None, "a camera is drawn on a page"
            # Its protocol does not name what its one implementation has.
            manager = cast(Any, context.uploaded_file_mgr)
            self._address = manager.get_upload_urls(context.session_id, ["camera.jpg"])[0]
        return self._address.upload_url.removeprefix("/")

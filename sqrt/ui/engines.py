"""The face engines and their model files, shared by all sessions of one process."""

import logging
import threading
from concurrent.futures import Future, ThreadPoolExecutor, wait
from pathlib import Path

import streamlit as st
from streamlit.runtime.scriptrunner import get_script_run_ctx

from sqrt.errors import ModelFileError, SqrtError
from sqrt.faces.fetching import fetch
from sqrt.faces.model_file import LANDMARKS, SEGMENTATION, ModelFile, model_path, verified
from sqrt.rating import Engines, Rater
from sqrt.settings import Settings
from sqrt.ui.language import _
from sqrt.ui.timed import timed
from sqrt.ui.uploads import address_of

_log = logging.getLogger(__name__)

POLL_S = 2.0
_WHATEVER = ("realtime_interval", "live_frame_size", "live_frame_rate", "clip_rate", "purpose")


def rater(settings: Settings) -> Rater:
    """Return the rater of these settings: on the cascades until the landmark model's file is there.

    For a page it works in the name of the page's visitor.
    """
    # What the knobs of stream and clip change must not make another rater, nor what the photo is for.
    purpose = settings.purpose
    settings = settings.model_copy(update={name: Settings.model_fields[name].default for name in _WHATEVER})
    make = _new_rater if settings.app_env == "development" else _rater
    model = _model(settings.face_model_path)
    made = make(settings, model.ready, model.outline_ready).suited_to(purpose)
    context = get_script_run_ctx(suppress_warning=True)  # the API's threads are no page's
    return made.of(address_of(context.session_id)) if context else made


def rater_or_sentence(settings: Settings) -> Rater | None:
    """Return the rater of these settings, or draw why there is none."""
    try:
        return rater(settings)
    except SqrtError as error:
        st.error(_(error.user_message), icon=":material/error:")
        return None


@st.cache_resource(max_entries=8, show_spinner=False, hash_funcs={Settings: hash})
def _rater(settings: Settings, model_ready: bool, outline_ready: bool) -> Rater:
    return _new_rater(settings, model_ready, outline_ready)


def _new_rater(settings: Settings, model_ready: bool, _outline_ready: bool) -> Rater:
    # The outline's file a rater finds by itself; here it only tells those apart that were made without and with it.
    settings = settings if model_ready else settings.model_copy(update={"face_engine": "cascade"})
    return Rater(settings, _engines(settings.engine_pool_size))


@st.cache_resource(show_spinner=False)
def _engines(size: int) -> Engines:
    """Return the engines of the process: whatever a visitor chooses, they are no more, and there is one line."""
    return Engines(size)


@st.cache_resource(show_spinner=False)
def clip_turns(size: int) -> threading.Semaphore:
    """Return what lets so many clips of the process be decoded at a time, of page and API: each takes up to 250 MB."""
    return threading.Semaphore(size)


class Model:
    """The landmark model file: there, being fetched, or missing; one object a process.

    The outline's file, beside it, is fetched after it, and is missed by nobody: whatever becomes of that, it is only
    logged.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._lock = threading.Lock()
        self._fetching: Future[Path] | None = None
        self._outline_sought = False
        self.ready = _is_there(LANDMARKS, path)
        self.outline_ready = _is_there(SEGMENTATION, model_path(path, SEGMENTATION))

    def start_fetching(self) -> None:
        """Fetch the files in the background, unless that is under way or done."""
        with self._lock:  # all sessions share this object
            if self.ready:
                self._seek_outline()
            if self.ready or self.fetching:
                return
            pool = ThreadPoolExecutor(max_workers=1, thread_name_prefix="model-fetch")
            self._fetching = pool.submit(self._fetch)
            pool.shutdown(wait=False)
            self._fetching.add_done_callback(_log_failure)

    def _fetch(self) -> Path:
        path = fetch(LANDMARKS, self.path)
        with self._lock:
            self.ready = True  # here, not in the callback: that runs when others already see the fetch as done
            self._seek_outline()
        return path

    def _seek_outline(self) -> None:
        """Fetch the outline's file, once a process; a process that ends does not wait for it."""
        if not self.outline_ready and not self._outline_sought:
            self._outline_sought = True
            threading.Thread(target=self._fetch_outline, name="outline-fetch", daemon=True).start()

    def _fetch_outline(self) -> None:
        try:
            fetch(SEGMENTATION, model_path(self.path, SEGMENTATION))
        except ModelFileError as error:
            _log.warning("the person's outline stays a guess: %s", error)
        else:
            self.outline_ready = True

    @property
    def fetching(self) -> bool:
        """Whether it is being fetched right now."""
        return self._fetching is not None and not self._fetching.done()

    def wait(self, timeout_s: float) -> None:
        """Wait until nothing is being fetched; raises TimeoutError."""
        if self._fetching is not None and not wait([self._fetching], timeout_s).done:
            raise TimeoutError(f"still fetching after {timeout_s} s")

    @property
    def failure(self) -> str | None:
        """What went wrong with the last attempt, in a sentence."""
        if self._fetching is None or not self._fetching.done():
            return None
        error = self._fetching.exception()
        if error is None:
            return None
        if not isinstance(error, ModelFileError):
            raise error
        return error.user_message


def _is_there(file: ModelFile, path: Path) -> bool:
    try:
        verified(file, path)
    except ModelFileError:
        return False
    return True


def _log_failure(fetching: Future[Path]) -> None:
    if (error := fetching.exception()) is not None:
        _log.warning("model file: %s", error)


@st.cache_resource(max_entries=4, show_spinner=False)
def _model(configured: Path | None) -> Model:
    return Model(model_path(configured))


def fetch_early(settings: Settings) -> None:
    """Start fetching what is wanted and missing of the model files, before the first visitor comes."""
    if settings.face_model_download and settings.face_engine != "cascade":
        _model(settings.face_model_path).start_fetching()


def show_model(settings: Settings) -> None:
    """Fetch the model where that is wanted, and say what is going on until it is there."""
    model = _model(settings.face_model_path)
    if settings.face_engine == "cascade":
        return
    if model.ready:
        if settings.face_model_download:
            model.start_fetching()  # the outline's file, unasked and unseen
        return
    if not settings.face_model_download:
        st.info(
            _("The face landmark model is not installed: several properties cannot be assessed."),
            icon=":material/info:",
        )
        return
    if model.failure is None:
        model.start_fetching()
        _wait_for(model)
        return
    st.warning(
        _("{failure} Photos are rated with a simpler engine.", failure=_(model.failure)), icon=":material/cloud_off:"
    )
    if st.button(_("Try again"), icon=":material/refresh:"):
        model.start_fetching()
        st.rerun()


@timed(POLL_S)
def _wait_for(model: Model) -> None:
    # Ends by itself: every step of a fetch has a time limit.
    if not model.fetching:
        st.rerun()
    st.info(
        _("Fetching the face landmark model, once. Until it is here, photos are rated with a simpler engine."),
        icon=":material/downloading:",
    )

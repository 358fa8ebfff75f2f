"""The live page without a browser: what it says before START. What plays is tested with a real browser."""

from pathlib import Path

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest
from streamlit_webrtc import component

from sqrt.errors import ModelFileError
from sqrt.ui import engines, live

ROOT = Path(__file__).parents[2]


@pytest.fixture
def app(model_path, monkeypatch) -> AppTest:
    monkeypatch.setenv("FACE_MODEL_PATH", str(model_path))
    monkeypatch.setenv("ICE_SERVERS", "none")
    monkeypatch.chdir(ROOT)
    # AppTest has no session manager, which streamlit-webrtc asks for the number of script runs.
    monkeypatch.setattr(component, "get_this_session_info", lambda: None)
    st.cache_resource.clear()

    def run() -> None:
        from sqrt.settings import load_settings
        from sqrt.ui import live
        from sqrt.ui.sidebar import knobs

        live.page(knobs(load_settings()))

    return AppTest.from_function(run, default_timeout=60).run()


def test_the_page_invites(app):
    assert not app.exception
    assert "Press START" in app.info[0].value
    assert not app.metric


def test_every_switch_can_be_turned(app):
    for label in ("Draw on the picture", "Back camera", "Keep a shot by itself when the score stays high"):
        next(toggle for toggle in app.toggle if toggle.label == label).set_value(False).run()
        next(toggle for toggle in app.toggle if toggle.label == label).set_value(True).run()
        assert not app.exception
    assert app.slider[0].label == "Score to stay above"


def test_the_back_camera_is_not_mirrored_unless_asked(app):
    def mirror() -> bool:
        return next(toggle for toggle in app.toggle if toggle.label == "Mirror").value

    assert mirror()
    next(toggle for toggle in app.toggle if toggle.label == "Back camera").set_value(True).run()
    assert not mirror()


def test_the_sidebar_says_which_knobs_wait_for_start(app):
    assert any("next START" in caption.value for caption in app.sidebar.caption)


def test_an_engine_that_cannot_be_had_is_one_sentence(app, monkeypatch):
    def fail(_: object) -> None:
        raise ModelFileError("the file went away")

    monkeypatch.setattr(engines, "rater", fail)
    app.run()
    assert not app.exception
    assert app.error[0].value == ModelFileError.user_message


def test_one_camera_more_than_the_server_watches_is_told_to_wait(app, monkeypatch):
    class Playing:
        ended = False

        def expire(self) -> bool:
            return self.ended

    others = [Playing(), Playing()]
    for other in others:
        live._pool(2).join(other)
    monkeypatch.setenv("MAX_LIVE_STREAMS", "2")
    app.run()
    assert "please try again" in app.warning[0].value
    assert not app.toggle
    others[0].ended = True
    app.button[0].click().run()
    assert not app.warning
    assert app.toggle

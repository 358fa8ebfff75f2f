"""The live page without a browser: what it says before START, and what it keeps."""

import queue
from pathlib import Path

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from sqrt.errors import ModelFileError
from sqrt.live import LiveRater
from sqrt.live.full_size import Taken
from sqrt.reading import to_jpeg
from sqrt.ui import engines

ROOT = Path(__file__).parents[2]


@pytest.fixture
def app(model_path, monkeypatch) -> AppTest:
    monkeypatch.setenv("FACE_MODEL_PATH", str(model_path))
    monkeypatch.setenv("ICE_SERVERS", "none")
    monkeypatch.chdir(ROOT)
    st.cache_resource.clear()

    def run() -> None:
        import streamlit as st

        from sqrt.settings import load_settings
        from sqrt.ui import live
        from sqrt.ui.sidebar import knobs

        settings = knobs(load_settings())
        if st.session_state.get("elsewhere"):
            live.leave()
        else:
            live.page(settings)

    return AppTest.from_function(run, default_timeout=60).run()


def stream(app: AppTest) -> LiveRater:
    return app.session_state["live"].stream


def turn(app: AppTest, label: str, to: bool) -> None:
    next(toggle for toggle in app.toggle if toggle.label == label).set_value(to).run()
    assert not app.exception


def test_the_page_invites(app):
    assert not app.exception
    assert "Press Start" in app.info[0].value
    assert not app.metric


def test_knobs_reach_the_one_stream_of_the_session(app):
    one = stream(app)
    assert one.knobs.capture_above is None
    turn(app, "Mirror", False)
    turn(app, "Keep a shot by itself when the score stays high", True)
    assert one.knobs.capture_above == 85
    app.slider[0].set_value(70).run()
    assert one.knobs.capture_above == 70
    app.number_input(key="knob_realtime_interval").set_value(0.5).run()
    assert one.knobs.interval_s == 0.5
    turn(app, "Keep a shot by itself when the score stays high", False)
    assert one.knobs.capture_above is None
    assert stream(app) is one


def test_shots_outlive_another_page_until_they_are_forgotten(app, astronaut):
    one = stream(app)
    rated: queue.Queue[Taken] = queue.Queue()
    withdraw = one.shoot(to_jpeg(astronaut), "taken", rated.put)
    taken = rated.get(timeout=60)
    withdraw()
    app.session_state["elsewhere"] = True
    app.run()
    app.session_state["elsewhere"] = False
    app.run()
    assert any("Kept shot · 512 x 512" in one.value for one in app.markdown)
    next(button for button in app.button if button.label == "Rate it in full").click().run()
    assert app.session_state["live"].in_full.rating.overall == pytest.approx(taken.overall)
    next(button for button in app.button if button.label == "Forget these shots").click().run()
    assert not any("Kept shot" in one.value for one in app.markdown)
    assert "Press Start" in app.info[0].value


def test_an_engine_that_cannot_be_had_is_one_sentence(app, monkeypatch):
    def fail(_: object) -> None:
        raise ModelFileError("the file went away")

    monkeypatch.setattr(engines, "rater", fail)
    app.run()
    assert not app.exception
    assert app.error[0].value == ModelFileError.user_message

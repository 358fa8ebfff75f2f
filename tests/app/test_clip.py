"""The clip page: a clip in, its best moments out; what is no clip is one sentence; nothing left of the file."""

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from sqrt.ui.uploads import leave_notice
from tests.app.pages import SESSION, finish, open_page, score
from tests.films import film


@pytest.fixture
def app(model_path, monkeypatch) -> AppTest:
    monkeypatch.setenv("FACE_MODEL_PATH", str(model_path))
    monkeypatch.setenv("MAX_CLIP_S", "10")
    return open_page("clip").run()


@pytest.fixture(scope="module")
def two_scenes(astronaut) -> bytes:
    return film([astronaut] * 20 + [np.fliplr(astronaut)] * 20)


def drop(app: AppTest, data: bytes) -> AppTest:
    app.file_uploader[0].set_value(("me.mp4", data, "video/mp4")).run()
    return finish(app, "reel")


def test_the_empty_page_invites(app):
    assert "Drop a short clip" in app.info[0].value


def test_the_best_moments_are_shown_and_can_be_rated_in_full(app, two_scenes):
    drop(app, two_scenes)
    moments = app.session_state["reel"].moments
    assert len(moments) == len(app.image) == 2
    assert len(app.get("download_button")) == 2
    next(button for button in app.button if button.label == "Rate it in full").click().run()
    assert not app.exception
    assert score(app) == round(moments[0].rating.overall)


def test_what_is_no_clip_is_one_sentence_and_the_next_is_rated(app, two_scenes):
    drop(app, b"not a clip")
    assert len(app.error) == 1
    assert "MP4" in app.error[0].value
    drop(app, two_scenes)
    assert not app.error
    assert app.image


def test_too_long_a_clip_is_told(app, astronaut):
    drop(app, film([astronaut] * 20, rate=1))
    assert "at most 10" in app.error[0].value


def test_cancelling_keeps_what_was_found(app, two_scenes):
    app.file_uploader[0].set_value(("me.mp4", two_scenes, "video/mp4")).run()
    job = app.session_state["reel"].job
    next(button for button in app.button if button.label == "Cancel").click().run()
    job.join(60)
    app.run()
    assert not app.exception
    assert app.session_state["reel"].moments == job.newest.moments
    assert app.image


def test_starting_over_forgets_all(app, two_scenes):
    drop(app, two_scenes)
    next(button for button in app.button if button.label == "Start over").click().run()
    assert not app.image
    assert "Drop a short clip" in app.info[0].value


def test_the_photo_page_keeps_its_photo(app, two_scenes):
    app.session_state["desk"] = kept = object()
    drop(app, two_scenes)
    for label in ("Rate it in full", "Start over"):
        next(button for button in app.button if button.label == label).click().run()
        assert not app.exception
        assert app.session_state["desk"] is kept


def test_what_did_not_arrive_is_told_and_the_same_file_can_be_dropped_again(app, two_scenes):
    uploader = app.file_uploader[0].id
    leave_notice(SESSION, "The upload was cut off.")
    app.run()
    assert [warning.value for warning in app.warning] == ["The upload was cut off."]
    assert app.file_uploader[0].id != uploader
    drop(app, two_scenes)
    assert not app.warning
    assert app.image

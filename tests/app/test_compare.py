"""The compare page: many photos in, a ranking out; a bad one named; nothing left of the files."""

import threading

import cv2
import numpy as np
import pytest
import skimage.data
from streamlit.testing.v1 import AppTest

from sqrt.rating import Rater
from sqrt.ui import compare
from sqrt.ui.uploads import leave_notice
from tests.app.pages import SESSION, finish, open_page


@pytest.fixture
def app(model_path, monkeypatch) -> AppTest:
    monkeypatch.setenv("FACE_MODEL_PATH", str(model_path))
    monkeypatch.setenv("MAX_PHOTOS", "6")
    return open_page("compare").run()


def jpeg(pixels) -> bytes:
    return cv2.imencode(".jpg", np.ascontiguousarray(pixels[..., ::-1]))[1].tobytes()


@pytest.fixture(scope="module")
def files(astronaut) -> list[tuple[str, bytes, str]]:
    pictures = {
        "sharp *bold*.jpg": jpeg(astronaut),
        "soft.jpg": jpeg(cv2.GaussianBlur(astronaut, (0, 0), 4)),
        "cat.jpg": jpeg(skimage.data.chelsea()),
        "text.jpg": b"not a photo",
    }
    return [(name, data, "image/jpeg") for name, data in pictures.items()]


def drop(app: AppTest, files) -> AppTest:
    app.file_uploader[0].set_value(files).run()
    assert not app.exception
    return finish(app, "gallery")


def test_the_empty_page_invites(app):
    assert "Drop all the selfies" in app.info[0].value
    assert not app.metric


def test_photos_are_ranked_and_a_bad_one_is_named(app, files):
    drop(app, files)
    shots = app.session_state["gallery"].shots
    assert [shot.name for shot in shots] == ["sharp *bold*.jpg", "soft.jpg", "cat.jpg"]
    plain = [text.value for text in app.text]
    assert "text.jpg" in plain
    assert plain.count("sharp *bold*.jpg") == 2  # above, and in the gallery
    assert not any("sharp *" in element.value for element in app.markdown)
    assert any("not a photo" in element.value for element in app.markdown)
    assert f"{shots[0].rating.overall:.0f} / 100" in app.metric[0].value
    assert any("no face found" in caption.value for caption in app.caption)


def test_almost_equal_shots_are_put_together(app, files):
    drop(app, files)
    # The cat is not like the person; the soft shot lies behind the sharp one.
    popovers = [block.proto.popover.label for block in app.get("popover")]
    assert popovers == ["1 like it", "Save a report"]


def test_the_table_holds_every_photo_and_metric(app, files):
    drop(app, files)
    table = app.dataframe[0].value
    assert [*table["Photo"]] == ["sharp *bold*.jpg", "soft.jpg", "cat.jpg"]
    assert table["Sharpness"][0] > table["Sharpness"][1]
    assert np.isnan(table["Expression"][2])


def test_two_photos_stand_side_by_side(app, files):
    drop(app, files)
    first, second = app.selectbox
    assert (first.value, second.value) == (0, 1)
    second.set_value(2).run()
    assert not app.exception


def test_more_photos_join_those_that_are_there(app, files, astronaut):
    drop(app, files[:2])
    drop(app, [("dark.jpg", jpeg(astronaut // 6), "image/jpeg")])
    assert {shot.name for shot in app.session_state["gallery"].shots} == {"sharp *bold*.jpg", "soft.jpg", "dark.jpg"}


def test_too_many_are_told_and_the_others_rated(app, files):
    drop(app, files[:3] * 3)
    gallery = app.session_state["gallery"]
    assert len(gallery.shots) == 6
    assert len(gallery.refused) == 3
    assert all("6 photos" in why for _, why in gallery.refused)


def test_the_session_keeps_no_file(app, files):
    drop(app, files)
    assert app.file_uploader[0].value == []
    assert all(len(shot.preview) < 200_000 for shot in app.session_state["gallery"].shots)


def test_starting_over_forgets_all(app, files):
    drop(app, files)
    next(button for button in app.button if button.label == "Start over").click().run()
    assert not app.metric
    assert "Drop all the selfies" in app.info[0].value


def test_an_unexpected_error_is_not_hidden(app, files, monkeypatch):
    monkeypatch.setattr("sqrt.rating.Rater.examine", lambda *_: 1 // 0)
    app.file_uploader[0].set_value(files[:1]).run()
    if job := app.session_state["gallery"].job:  # unless it has ended and was told of already
        job.join(60)
        app.run()
    assert len(app.exception) == 1


def test_what_did_not_arrive_is_told_beside_what_did(app, files):
    leave_notice(SESSION, "The upload was cut off.")
    app.run()
    assert [warning.value for warning in app.warning] == ["The upload was cut off."]
    assert app.run().warning
    drop(app, files)
    assert ["missing here" in warning.value for warning in app.warning] == [True]
    assert app.metric
    drop(app, files[:1])
    assert not app.warning


def test_the_view_and_the_two_shots_stay_when_another_page_was_looked_at(app, files):
    drop(app, files)
    app.session_state["compare view"] = "Side by side"
    app.selectbox[1].set_value(2).run()
    app.session_state["elsewhere"] = True
    assert not app.run().selectbox
    app.session_state["elsewhere"] = False
    app.run()
    assert not app.exception
    assert app.session_state["compare view"] == "Side by side"
    assert [box.value for box in app.selectbox] == [0, 2]
    assert len(app.session_state["gallery"].shots) == 3


def test_others_are_told_of(app, files, monkeypatch):
    go_on = threading.Event()
    monkeypatch.setattr(Rater, "waiting", 1)
    monkeypatch.setattr(compare, "analysed", lambda _, rate: go_on.wait(60) and rate())
    app.file_uploader[0].set_value(files).run()
    assert "others are being served too" in app.get("progress")[0].proto.text
    go_on.set()
    finish(app, "gallery")

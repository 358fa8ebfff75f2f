"""The compare page: many photos in, a ranking out; a bad one named; nothing left of the files."""

import json
import threading

import cv2
import numpy as np
import pytest
import skimage.data
from streamlit.testing.v1 import AppTest

from sqrt.rating import Rater
from sqrt.ui import compare
from sqrt.ui.decisions import Decision
from sqrt.ui.light_table import hear, turn
from sqrt.ui.uploads import kept_bytes, leave_notice
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
    assert not app.get("bidi_component")


def table(app: AppTest) -> dict:
    """Return what the light table was given."""
    return json.loads(app.get("bidi_component")[0].proto.json)


def press(app: AppTest, label: str) -> AppTest:
    next(button for button in app.button if button.label == label).click().run()
    assert not app.exception
    return app


def test_almost_equal_shots_are_laid_side_by_side_the_best_first(app, files):
    drop(app, files)
    shown = table(app)
    # The cat is not like the person; the soft shot lies behind the sharp one.
    assert shown["title"] == "2 almost equal photos"
    assert [shot["name"] for shot in shown["shots"]] == ["sharp *bold*.jpg", "soft.jpg"]
    assert [shot["decision"] for shot in shown["shots"]] == ["keep", "undecided"]
    assert "sharp" in shown["shots"][1]["reason"]
    assert all(shot["face"] and shot["whole"] for shot in shown["shots"])
    assert (shown["before"], shown["after"]) == (None, 1)
    turn(app.session_state["gallery"], 1)
    app.run()
    assert table(app)["title"] == "1 photo like no other"
    assert [(shot["name"], shot["face"]) for shot in table(app)["shots"]] == [("cat.jpg", None)]


def test_equal_shots_are_called_equal(app, files):
    drop(app, [files[0], ("copy.jpg", *files[0][1:])])
    assert [shot["reason"] for shot in table(app)["shots"]][1] == "as good as number 1"
    assert [shot["decision"] for shot in table(app)["shots"]] == ["keep", "undecided"]


def test_a_bad_file_is_named(app, files):
    drop(app, files)
    assert [text.value for text in app.text] == ["text.jpg"]
    assert any("not a photo" in element.value for element in app.markdown)


def test_a_large_drop_of_bad_files_is_told_briefly(app, files):
    drop(app, [files[0], *[(f"{number}.jpg", b"no", "image/jpeg") for number in range(30)]])
    assert len(app.text) == 10
    assert [caption.value for caption in app.caption if "more" in caption.value] == ["And 20 more."]


def test_what_the_browser_tells_is_taken_over_once(app, files):
    drop(app, files)
    gallery = app.session_state["gallery"]
    first, second = (shot["place"] for shot in table(app)["shots"])
    hear(gallery, {"revision": 1, "made": {str(second): "keep", str(first): "reject"}})
    gallery.decisions.forget()
    hear(gallery, {"revision": 1, "made": {str(second): "keep"}})  # it was away, and tells it again
    assert gallery.decisions[second] is Decision.UNDECIDED
    hear(gallery, {"revision": 2, "made": {str(second): "keep"}})
    app.run()
    assert [shot["decision"] for shot in table(app)["shots"]] == ["keep", "keep"]
    assert table(app)["revision"] == 2


@pytest.mark.parametrize("told", [None, [], {"revision": 9}, {"revision": 9, "made": {"0": "burn"}}])
def test_what_no_browser_tells_is_ignored(app, files, told):
    drop(app, files[:1])
    gallery = app.session_state["gallery"]
    hear(gallery, told)
    hear(gallery, {"revision": 1, "made": {"99": "keep", "-1": "keep"}})
    for number in (7, -1, "0", None):
        turn(gallery, number)
    assert (gallery.decisions.made, gallery.scene) == ({}, 0)


def test_decisions_survive_a_knob_another_page_and_more_photos(app, files, astronaut):
    drop(app, files[:2])
    gallery = app.session_state["gallery"]
    soft = next(shot["place"] for shot in table(app)["shots"] if shot["name"] == "soft.jpg")
    hear(gallery, {"revision": 1, "made": {str(soft): "reject"}})
    app.session_state["elsewhere"] = True
    app.run()
    app.session_state["elsewhere"] = False
    app.run()
    drop(app, [("dark.jpg", jpeg(astronaut // 6), "image/jpeg")])
    decided = {shot["name"]: shot["decision"] for shot in table(app)["shots"]}
    assert decided == {"sharp *bold*.jpg": "keep", "soft.jpg": "reject", "dark.jpg": "undecided"}


def test_the_best_of_each_group_are_kept_at_one_click_and_all_can_be_decided_anew(app, files):
    drop(app, files)
    press(app, "Keep the best of each group")
    assert [shot["decision"] for shot in table(app)["shots"]] == ["keep", "reject"]
    assert any("3 photos: 2 to keep, 0 undecided, 1 to reject" in caption.value for caption in app.caption)
    press(app, "Decide anew")
    assert [shot["decision"] for shot in table(app)["shots"]] == ["keep", "undecided"]


def test_the_view_can_be_narrowed_to_one_decision(app, files):
    drop(app, files)
    app.segmented_control[0].set_value("undecided").run()
    assert (table(app)["wanted"], table(app)["after"]) == ("undecided", None)  # the cat is to be kept
    app.session_state["compare view"] = "Best first"
    app.run()
    assert [text.value for text in app.text] == ["text.jpg", "soft.jpg"]


def test_a_card_leads_to_the_scene(app, files):
    drop(app, files)
    app.session_state["compare view"] = "Best first"
    app.run()
    assert [button.label for button in app.button if "closer" in (button.key or "")] == ["Compare 2", "Look closer"]
    press(app, "Look closer")
    assert table(app)["shots"][0]["name"] == "cat.jpg"
    assert table(app)["show"] == table(app)["shots"][0]["place"]


def test_the_table_holds_every_photo_and_metric(app, files):
    drop(app, files)
    app.session_state["compare view"] = "Table"
    table = app.run().dataframe[0].value
    assert [*table["Photo"]] == ["sharp *bold*.jpg", "soft.jpg", "cat.jpg"]
    assert [*table["Mark"]] == ["Keep", "Undecided", "Keep"]
    assert [*table["Group"]] == [1, 1, 2]
    assert table["Sharpness"][0] > table["Sharpness"][1]
    assert np.isnan(table["Smile"][2])


def test_of_two_photos_the_differences_are_told_and_stay_when_others_join(app, files, astronaut):
    drop(app, files)
    app.session_state["compare view"] = "Differences"
    app.run()
    first, second = app.selectbox[1:]
    assert (first.value, second.value) == tuple(app.session_state["gallery"].ranking.order[:2])
    place = app.session_state["gallery"].ranking.order[2]
    second.set_value(place).run()
    better = cv2.resize(astronaut, None, fx=2, fy=2, interpolation=cv2.INTER_CUBIC)
    drop(app, [("larger.jpg", jpeg(better), "image/jpeg")])
    assert app.selectbox[2].value == place
    assert app.session_state["gallery"].shots[place].name == "cat.jpg"


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


def test_the_files_are_held_as_they_came_and_within_the_bound(app, files, monkeypatch):
    monkeypatch.setenv("MAX_ORIGINALS_MB", "0")
    press(drop(app, files), "Start over")
    drop(app, files)
    assert len(app.session_state["gallery"].originals) == 0
    assert any("The files of 0 of 3 photos are held (0 MB at most)" in caption.value for caption in app.caption)
    monkeypatch.setenv("MAX_ORIGINALS_MB", "1")
    press(app, "Start over")
    drop(app, files)
    gallery = app.session_state["gallery"]
    sent = {name: data for name, data, _ in files}
    assert len(gallery.originals) == len(gallery.shots) == 3
    assert all(gallery.originals.of(shot) == sent[shot.name] for shot in gallery.shots)
    assert [(shot.name, data == sent[shot.name]) for shot, data in gallery.kept()] == [
        ("sharp *bold*.jpg", True),
        ("cat.jpg", True),
    ]
    assert not any("are held" in caption.value for caption in app.caption)


def test_the_uploader_keeps_no_file(app, files):
    drop(app, files)
    assert app.file_uploader[0].value == []
    assert all(len(shot.preview) < 200_000 for shot in app.session_state["gallery"].shots)


def test_starting_over_forgets_all(app, files):
    drop(app, files)
    gallery, held = app.session_state["gallery"], kept_bytes()[SESSION]
    assert held >= sum(len(data) for name, data, _ in files if name != "text.jpg")
    press(app, "Start over")
    assert held - kept_bytes()[SESSION] == sum(len(data) for name, data, _ in files if name != "text.jpg")
    assert not gallery.shots
    assert not app.get("bidi_component")
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
    told = [warning.value for warning in app.warning]
    assert told == ["The upload was cut off. Drop again what is missing here."]
    assert table(app)["shots"]
    drop(app, files[:1])
    assert not app.warning


def test_the_view_and_the_two_shots_stay_when_another_page_was_looked_at(app, files):
    drop(app, files)
    app.session_state["compare view"] = "Differences"
    app.run().selectbox[2].set_value(2).run()
    app.session_state["elsewhere"] = True
    assert not app.run().selectbox
    app.session_state["elsewhere"] = False
    app.run()
    assert not app.exception
    assert app.session_state["compare view"] == "Differences"
    assert [box.value for box in app.selectbox[1:]] == [0, 2]
    assert len(app.session_state["gallery"].shots) == 3


def test_others_are_told_of(app, files, monkeypatch):
    go_on = threading.Event()
    monkeypatch.setattr(Rater, "waiting", 1)
    monkeypatch.setattr(compare, "analysed", lambda _, rate: go_on.wait(60) and rate())
    app.file_uploader[0].set_value(files).run()
    assert "others are being served too" in app.get("progress")[0].proto.text
    go_on.set()
    finish(app, "gallery")


def test_photos_that_join_are_rated_for_what_the_others_are(app, files):
    drop(app, files[:1])
    app.selectbox(key="purpose").set_value("id").run()
    assert any("These photos are rated for: Profile picture." in info.value for info in app.info)
    drop(app, files[1:2])
    assert {shot.rating.purpose.key for shot in app.session_state["gallery"].shots} == {"profile"}
    press(app, "Start over")
    assert not any("rated for" in info.value for info in app.info)
    drop(app, files[:1])
    assert app.session_state["gallery"].shots[0].rating.purpose.key == "id"

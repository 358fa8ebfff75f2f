"""The page, driven without a browser: upload to result, bad upload to sentence, every knob."""

import io
import json
import threading
from contextlib import nullcontext
from pathlib import Path

import cv2
import numpy as np
import pytest
import streamlit as st
from PIL import Image
from streamlit.runtime.uploaded_file_manager import UploadedFileRec
from streamlit.testing.v1 import AppTest

from sqrt.errors import ModelFileError
from sqrt.faces.model_file import LANDMARKS, SEGMENTATION
from sqrt.metrics import METRICS
from sqrt.rating import Rater
from sqrt.rating.id_rules import NOTICE
from sqrt.settings import load_settings
from sqrt.ui import engines, photos
from sqrt.ui.sidebar import qr_code
from sqrt.ui.uploads import leave_notice
from tests.app.pages import SESSION, open_page, score

ROOT = Path(__file__).parents[2]


@pytest.fixture
def app(model_path, monkeypatch) -> AppTest:
    monkeypatch.setenv("FACE_MODEL_PATH", str(model_path))
    monkeypatch.chdir(ROOT)
    st.cache_resource.clear()
    return AppTest.from_file(str(ROOT / "streamlit_app.py"), default_timeout=60).run()


def jpeg(pixels, **options) -> bytes:
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, "JPEG", quality=92, **options)
    return file.getvalue()


def upload(app: AppTest, data: bytes, name: str = "selfie.jpg") -> AppTest:
    app.file_uploader[0].set_value((name, data, "image/jpeg")).run()
    assert not app.exception
    return app


def rated(app: AppTest) -> photos.Rated | None:
    return app.session_state["desk"].rated


def press(app: AppTest, label: str) -> AppTest:
    next(button for button in app.button if button.label == label).click().run()
    assert not app.exception
    return app


def texts(app: AppTest) -> str:
    return "\n".join(element.value for element in app.markdown)


def invites(app: AppTest) -> bool:
    return "Drop a photo to see" in texts(app)


def downloads(app: AppTest) -> list[str]:
    return [button.label for button in app.get("download_button")]


def test_the_empty_page_invites(app):
    assert not app.exception
    assert invites(app)
    assert score(app) is None
    assert len(app.image) == 2
    assert any("nobody else sees it" in caption.value for caption in app.caption)
    ways = [link.proto.page for link in app.get("page_link")]
    assert {"compare", "clip", "live"} < set(ways)


@pytest.mark.parametrize(("label", "flawed"), [("Try a good one", False), ("Try one to fix", True)])
def test_an_example_is_rated_in_one_tap(app, label, flawed):
    press(app, label)
    assert score(app) == round(rated(app).rating.overall)
    assert bool(rated(app).rating.advice) == flawed
    assert bool(rated(app).fix()) == flawed
    if flawed:
        assert rated(app).fix().gain > 10
    press(app, "Remove")
    assert invites(app)


def test_a_portrait_is_rated(app, astronaut):
    upload(app, jpeg(astronaut))
    assert score(app) == round(rated(app).rating.overall)
    shown = texts(app) + "".join(expander.label for expander in app.expander)
    for label in ("Brightness", "Sharpness", "Facing the camera", "Smile", "Clothes"):
        assert f"**{label}**" in shown
    assert "Keep this one" in [header.value for header in app.header]
    assert "Keep doing:" in texts(app)
    assert not app.error


def test_the_first_advice_names_the_flaw(app, astronaut):
    upload(app, jpeg(astronaut // 8))
    assert "Change first" in [header.value for header in app.header]
    assert "more light" in texts(app)
    assert any("worth" in caption.value for caption in app.caption)


def test_a_bad_upload_is_one_sentence(app, astronaut):
    upload(app, b"not a photo at all")
    assert len(app.error) == 1
    assert "selfie.jpg" not in app.error[0].value
    assert score(app) is None
    upload(app, jpeg(astronaut))
    assert score(app)
    assert not app.error


def test_a_busy_server_says_so_and_rates_when_asked_again(app, monkeypatch, astronaut):
    monkeypatch.setattr(photos, "WAIT_S", 0.01)
    monkeypatch.setenv("ENGINE_POOL_SIZE", "1")
    with engines.rater(load_settings()).borrowed():
        upload(app, jpeg(astronaut))
        assert "busy" in app.warning[0].value
        assert score(app) is None
    press(app, "Try again")
    assert score(app)
    assert not app.warning


@pytest.fixture
def exif() -> Image.Exif:
    exif = Image.Exif()
    exif.get_ifd(0x8825).update({1: "N", 2: (48.0, 8.0, 0.0), 3: "E", 4: (11.0, 34.0, 0.0)})
    return exif


def test_a_file_that_tells_where_it_was_taken_can_be_saved_without(app, astronaut, exif):
    upload(app, jpeg(astronaut, exif=exif))
    assert rated(app).rating.has_gps
    assert "Save without location" in downloads(app)
    upload(app, jpeg(astronaut))
    assert "Save without location" not in downloads(app)


def test_where_the_location_may_be_left_in_the_file_that_is_told(app, astronaut, exif, monkeypatch):
    upload(app, jpeg(astronaut, exif=exif) + b"gpslatitude")
    assert not rated(app).location_goes
    assert "Save without location" not in downloads(app)
    assert "where it was taken" in app.warning[-1].value


def test_what_it_is_for_is_asked_once_and_a_document_gets_its_rules_and_no_edits(app, astronaut):
    far = cv2.copyMakeBorder(astronaut, 500, 100, 500, 500, cv2.BORDER_REPLICATE)
    upload(app, jpeg(far))
    assert rated(app).fix()
    assert "Rules for ID documents" not in texts(app)
    app.selectbox(key="purpose").set_value("id").run()
    assert not app.exception
    rating = rated(app).rating
    assert rating.purpose.key == "id"
    assert not rated(app).fix()
    assert "Make it better" not in [header.value for header in app.header]
    assert NOTICE in texts(app)
    for rule in rating.rules:
        assert rule.asks in texts(app)
        assert rule.measured in texts(app)
    app.selectbox(key="purpose").set_value("work").run()
    assert rated(app).rating.purpose.key == "work"
    assert "Rules for ID documents" not in texts(app)


@pytest.mark.parametrize("page", ["compare", "clip"])
def test_what_it_is_for_is_as_set_on_every_page(model_path, monkeypatch, page):
    monkeypatch.setenv("FACE_MODEL_PATH", str(model_path))
    monkeypatch.setenv("PURPOSE", "social")
    app = open_page(page).run()
    assert app.selectbox(key="purpose").value == "social"


@pytest.mark.parametrize("key", ["sharpness", "lighting", "eyes_open", "color_harmony"])
def test_a_metric_opens_to_its_scale_and_what_it_looked_at(app, astronaut, key):
    upload(app, jpeg(astronaut))
    charts, pictures = len(app.get("vega_lite_chart")), len(app.image)
    app.session_state[f"explain {key}"] = True
    app.run()
    assert not app.exception
    assert len(app.get("vega_lite_chart")) == charts + 1
    assert len(app.image) == pictures + 1
    assert METRICS[key].help in texts(app)


def test_every_metric_can_be_opened(app, astronaut):
    upload(app, jpeg(astronaut))
    for key in rated(app).rating.scores:
        app.session_state[f"explain {key}"] = True
    app.run()
    assert not app.exception
    assert texts(app).count("Measured here: ") == len(rated(app).rating.scores)


def test_a_photo_stays_until_it_is_removed(app, astronaut):
    upload(app, jpeg(astronaut), "me *and* you.jpg")
    assert app.file_uploader[0].value is None  # only the page holds it
    assert [text.value for text in app.text] == ["me *and* you.jpg"]
    assert "reload forgets it" in next(button.help for button in app.button if button.label == "Remove")
    before = rated(app)
    assert rated(app.run()) is before
    press(app, "Remove")
    assert rated(app) is None
    assert app.session_state["desk"].upload is None
    assert invites(app)


def test_another_photo_takes_its_place_unless_it_cannot_be_read(app, astronaut):
    upload(app, jpeg(astronaut), "first.jpg")
    upload(app, jpeg(astronaut // 8), "second.jpg")
    second = rated(app)
    assert second.name == "second.jpg"
    upload(app, b"not a photo at all", "third.jpg")
    assert "photo before it is still here" in app.error[0].value
    assert [text.value for text in app.text] == ["second.jpg"]
    assert rated(app) is second
    upload(app, jpeg(astronaut), "fourth.jpg")
    assert not app.error
    assert rated(app).name == "fourth.jpg"


def test_what_did_not_arrive_is_told_until_something_does(app, astronaut):
    upload(app, jpeg(astronaut))
    before, uploader = rated(app), app.file_uploader[0].id
    leave_notice(SESSION, "The upload was cut off.")
    app.run()
    assert [warning.value for warning in app.warning] == ["The upload was cut off."]
    assert app.file_uploader[0].id != uploader  # the browser's broken file goes with it
    assert rated(app) is before
    assert app.run().warning
    assert not upload(app, jpeg(astronaut)).warning


def test_who_waits_is_told(app, monkeypatch, astronaut):
    said = []
    monkeypatch.setattr(Rater, "waiting", 3)
    monkeypatch.setattr(st, "spinner", lambda text: said.append(text) or nullcontext())
    upload(app, jpeg(astronaut))
    assert said[:1] == ["Looking at your photo; photos of others that come first: 3"]


def shoot(app: AppTest, data: bytes) -> AppTest:
    """Send a photo to where the page's camera would, and tell of it as the browser does."""
    address = json.loads(app.get("bidi_component")[0].proto.json)["address"]
    assert address.startswith("mock/upload/")  # as seen from the page, wherever it is served
    photo = UploadedFileRec(address.rpartition("/")[2], "camera.jpg", "image/jpeg", data)
    app._register_uploaded_files = lambda runner: runner.register_file(photo)
    app.session_state["desk"].shutter.hear({"arrived": True, "facing": "environment", "timed": True})
    app.run()
    assert not app.exception
    return app


def test_the_camera_is_there_only_when_asked_for(app, astronaut):
    assert not app.get("bidi_component")
    app.button_group[0].set_value("Camera").run()
    assert not app.file_uploader
    for again in (False, True):
        if again:
            press(app, "Take another")
            assert score(app)
            settings = json.loads(app.get("bidi_component")[0].proto.json)
            assert (settings["facing"], settings["timed"]) == ("environment", True)  # as they were
        shoot(app, jpeg(astronaut))
        assert score(app)
        assert [text.value for text in app.text] == ["Camera photo"]
    press(app, "Remove")
    assert app.get("bidi_component")
    assert rated(app) is None


@pytest.mark.parametrize(
    "told",
    [None, "shot", {"arrived": True}, {"arrived": True, "facing": "up", "timed": False}],
    ids=["nothing", "a word", "half of it", "another direction"],
)
def test_what_the_camera_cannot_have_told_is_ignored(app, told):
    app.button_group[0].set_value("Camera").run()
    app.session_state["desk"].shutter.hear(told)
    app.run()
    assert not app.exception
    assert app.get("bidi_component")


def test_a_camera_photo_that_did_not_arrive_gets_another_address(app):
    app.button_group[0].set_value("Camera").run()
    before = json.loads(app.get("bidi_component")[0].proto.json)["address"]
    assert json.loads(app.run().get("bidi_component")[0].proto.json)["address"] == before
    for arrived in (False, True):  # it says so, but nothing is there
        app.session_state["desk"].shutter.hear({"arrived": arrived, "facing": "user", "timed": False})
        app.run()
        assert not app.exception
        after = json.loads(app.get("bidi_component")[0].proto.json)["address"]
        assert after != before
        before = after


def test_many_first_visitors_start_one_fetch(monkeypatch, tmp_path):
    started, end = threading.Semaphore(0), threading.Event()

    def slow_fetch(_file, path):
        started.release()
        assert end.wait(30)
        return path

    monkeypatch.setattr(engines, "fetch", slow_fetch)
    model = engines.Model(tmp_path / "missing.task")
    together = threading.Barrier(8)

    def visit():
        together.wait(30)
        model.start_fetching()

    visitors = [threading.Thread(target=visit) for _ in range(8)]
    for visitor in visitors:
        visitor.start()
    for visitor in visitors:
        visitor.join(30)
    assert started.acquire(timeout=30)
    assert not started.acquire(timeout=0.2)
    assert not model.ready
    end.set()
    model.wait(30)
    assert model.ready


@pytest.fixture
def only_landmarks(model_path, tmp_path):
    path = tmp_path / LANDMARKS.name
    path.write_bytes(model_path.read_bytes())
    return path


def test_the_outlines_file_is_fetched_unseen_and_later_ratings_use_it(
    monkeypatch, only_landmarks, astronaut, model_path
):
    asked, come, done = [], threading.Event(), threading.Event()

    def slow_fetch(file, path):
        asked.append(path)
        assert come.wait(30)
        path.write_bytes(model_path.with_name(file.name).read_bytes())
        done.set()
        return path

    monkeypatch.setattr(engines, "fetch", slow_fetch)
    monkeypatch.setenv("FACE_MODEL_PATH", str(only_landmarks))
    monkeypatch.chdir(ROOT)
    st.cache_resource.clear()
    app = AppTest.from_file(str(ROOT / "streamlit_app.py"), default_timeout=60).run()
    upload(app, jpeg(astronaut))
    guessed = rated(app).rating
    assert (guessed.engine, guessed.outline) == ("landmarks", None)
    assert not app.warning
    assert not any("model" in info.value for info in app.info)
    come.set()
    assert done.wait(30)
    for _ in range(100):  # the page turns to the file a moment later
        app.run()
        if rated(app).rating.outline is not None:
            break
    assert rated(app).rating.outline is not None
    assert asked == [only_landmarks.with_name(SEGMENTATION.name)]


def test_an_outlines_file_that_cannot_be_had_is_asked_for_once_and_told_to_nobody(monkeypatch, only_landmarks):
    asked, failed = [], threading.Semaphore(0)

    def no_fetch(file, path):
        asked.append(file)
        failed.release()
        raise ModelFileError("no way")

    monkeypatch.setattr(engines, "fetch", no_fetch)
    model = engines.Model(only_landmarks)
    for _ in range(3):
        model.start_fetching()
    assert failed.acquire(timeout=30)
    assert not failed.acquire(timeout=0.2)
    assert asked == [SEGMENTATION]
    assert model.ready
    assert not model.outline_ready
    assert (model.fetching, model.failure) == (False, None)


def test_switches_draw_without_rating_again(app, astronaut):
    upload(app, jpeg(astronaut))
    before = rated(app)
    switches = next(group for group in app.button_group if group.label == "Show in the picture")
    switches.set_value(["landmarks", "sharpness"]).run()
    assert not app.exception
    assert rated(app) is before


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("max_image_size", 256),
        ("min_face_size", 0.2),
        ("cascade_scale_factor", 1.3),
        ("cascade_min_neighbors", 9),
    ],
)
def test_each_number_knob_reaches_the_rating(app, astronaut, key, value):
    upload(app, jpeg(astronaut))
    app.number_input(f"knob_{key}").set_value(value).run()
    assert not app.exception
    assert getattr(rated(app).engine.settings, key) == value
    if key == "max_image_size":
        assert max(rated(app).photo.pixels.shape) == value


@pytest.mark.parametrize(
    ("key", "value"), [("max_image_size", 16384), ("min_face_size", 0.01), ("cascade_scale_factor", 1.01)]
)
def test_no_knob_asks_for_more_work_than_the_operator_allows(app, astronaut, key, value):
    allowed = getattr(load_settings(), key)
    upload(app, jpeg(astronaut))
    app.number_input(f"knob_{key}").set_value(value).run()
    assert not app.exception
    assert getattr(app.session_state["desk"].rated.engine.settings, key) == allowed


def test_the_engine_knob_changes_the_engine(app, astronaut):
    upload(app, jpeg(astronaut))
    assert rated(app).rating.engine == "landmarks"
    app.sidebar.selectbox(key="knob_face_engine").set_value("cascade").run()
    assert not app.exception
    assert rated(app).rating.engine == "cascade"
    assert any("What could not be told" in expander.label for expander in app.expander)


def test_without_the_model_the_page_says_so_and_rates(monkeypatch, tmp_path, astronaut):
    monkeypatch.setenv("FACE_MODEL_PATH", str(tmp_path / "missing.task"))
    monkeypatch.setenv("FACE_MODEL_DOWNLOAD", "false")
    monkeypatch.chdir(ROOT)
    app = AppTest.from_file(str(ROOT / "streamlit_app.py"), default_timeout=60).run()
    assert any("not installed" in info.value for info in app.info)
    upload(app, jpeg(astronaut))
    assert rated(app).rating.engine == "cascade"


def test_a_failed_fetch_is_told_and_can_be_tried_again(monkeypatch, tmp_path):
    (tmp_path / "file").touch()
    monkeypatch.setenv("FACE_MODEL_PATH", str(tmp_path / "file" / "in-no-folder.task"))
    monkeypatch.chdir(ROOT)
    app = AppTest.from_file(str(ROOT / "streamlit_app.py"), default_timeout=60).run()
    for _ in range(100):
        if app.warning:
            break
        threading.Event().wait(0.2)
        app.run()
    assert "simpler engine" in app.warning[0].value
    next(button for button in app.button if button.label == "Try again").click().run()
    assert not app.exception


def test_development_keeps_no_rating(app, monkeypatch, astronaut):
    monkeypatch.setenv("APP_ENV", "development")
    upload(app, jpeg(astronaut))
    before = rated(app)
    app.run()
    assert rated(app) is not before


def test_the_public_address_is_offered_as_a_link_and_a_code(app, monkeypatch):
    address = "https://selfies.example/rate"
    assert not app.get("link_button")
    pictures = len(app.image)
    monkeypatch.setenv("PUBLIC_URL", address)
    app.run()
    assert [link.proto.url for link in app.get("link_button")] == [address]
    assert len(app.image) == pictures + 1
    code = cv2.imdecode(np.frombuffer(qr_code(address), np.uint8), cv2.IMREAD_COLOR)
    assert cv2.QRCodeDetector().detectAndDecode(code)[0] == address


def test_a_wrong_setting_is_one_sentence(monkeypatch):
    monkeypatch.setenv("MAX_IMAGE_SIZE", "huge")
    monkeypatch.chdir(ROOT)
    app = AppTest.from_file(str(ROOT / "streamlit_app.py"), default_timeout=60).run()
    assert not app.exception
    assert "MAX_IMAGE_SIZE" in app.error[0].value

"""A photo made better on the page: the steps with their switches, and what is kept of it."""

import io
from pathlib import Path

import cv2
import numpy as np
import pytest
import skimage.data
import streamlit as st
from PIL import Image
from streamlit.testing.v1 import AppTest

from sqrt.improving import Repair, edited
from sqrt.reading import load_photo
from sqrt.ui import rated as rated_module
from sqrt.ui.better import shown_gains
from sqrt.ui.rated import Rated
from tests.app.pages import score

ROOT = Path(__file__).parents[2]


@pytest.fixture
def app(model_path, monkeypatch) -> AppTest:
    monkeypatch.setenv("FACE_MODEL_PATH", str(model_path))
    monkeypatch.chdir(ROOT)
    st.cache_resource.clear()
    return AppTest.from_file(str(ROOT / "streamlit_app.py"), default_timeout=60).run()


@pytest.fixture
def dark_and_far(astronaut) -> bytes:
    """A portrait that wants light and another frame, and tells where it was taken."""
    far = cv2.copyMakeBorder(astronaut, 250, 50, 100, 400, cv2.BORDER_REPLICATE)
    exif, file = Image.Exif(), io.BytesIO()
    exif.get_ifd(0x8825).update({1: "N", 2: (48.0, 8.0, 0.0), 3: "E", 4: (11.0, 34.0, 0.0)})
    Image.fromarray(far // 2).save(file, "JPEG", quality=92, exif=exif)
    return file.getvalue()


def upload(app: AppTest, data: bytes) -> Rated:
    app.file_uploader[0].set_value(("selfie.jpg", data, "image/jpeg")).run()
    assert not app.exception
    return app.session_state["desk"].rated


def switches(app: AppTest) -> dict[str, bool]:
    """Return the switches of the steps, by their first word, and how they stand."""
    return {toggle.label.split()[0]: toggle.value for toggle in app.toggle}


def switch(app: AppTest, word: str) -> None:
    toggle = next(toggle for toggle in app.toggle if toggle.label.startswith(word))
    toggle.set_value(not toggle.value).run()
    assert not app.exception


def gain_told(app: AppTest) -> str:
    return next(text.value for text in app.subheader if text.value.startswith("From"))


def test_steps_are_named_with_their_gains(app, dark_and_far):
    rated = upload(app, dark_and_far)
    found = rated.fix()
    assert {step.name for step in found.steps} >= {Repair.CROP, Repair.EXPOSURE}
    assert gain_told(app) == f"From {score(app)} to {found.rating.overall:.0f}"
    told = [toggle.label for toggle in app.toggle]
    gains = shown_gains(rated.rating.overall, found.steps)
    assert sum(gains.values()) == round(found.rating.overall) - score(app)
    for step in found.steps:
        assert abs(gains[step.name] - step.gain) <= 1
        assert any(label.endswith(f":green-badge[+{gains[step.name]}]") for label in told)
    assert "Save the better photo" in [button.label for button in app.get("download_button")]


def test_a_step_switched_off_is_left_out_and_all_is_found_once(app, dark_and_far, monkeypatch):
    found = []
    real = rated_module.suggest_fix

    def counted(photo, rating, rater, repairs):
        found.append(set(repairs))
        return real(photo, rating, rater, repairs)

    monkeypatch.setattr(rated_module, "suggest_fix", counted)
    rated = upload(app, dark_and_far)
    app.run()
    assert found == [set(Repair)]
    both = gain_told(app)
    switch(app, "Crop")
    assert found == [set(Repair), set(Repair) - {Repair.CROP}]
    assert not switches(app)["Crop"]
    assert gain_told(app) != both
    kept = rated.fix(set(Repair) - {Repair.CROP})
    assert Repair.CROP not in {step.name for step in kept.steps}
    switch(app, "Crop")
    assert gain_told(app) == both
    assert len(found) == 2


def test_another_photo_starts_with_all_steps(app, dark_and_far):
    upload(app, dark_and_far)
    switch(app, "Crop")
    upload(app, dark_and_far)
    assert all(switches(app).values())


def test_with_all_steps_off_the_photo_is_as_it_was(app, dark_and_far):
    upload(app, dark_and_far)
    for _ in Repair:
        on = [word for word, value in switches(app).items() if value and word != "Leave"]
        if not on:
            break
        switch(app, on[0])
    assert not [text for text in app.subheader if text.value.startswith("From")]
    assert "Save the better photo" not in [button.label for button in app.get("download_button")]


def test_what_needs_nothing_is_told_so(app, astronaut):
    file = io.BytesIO()
    Image.fromarray(astronaut).save(file, "JPEG", quality=92)
    rated = upload(app, file.getvalue())
    assert rated.fix() is None
    assert any("needs no editing" in text.value for text in app.markdown)
    assert not app.toggle


def test_what_no_editing_can_mend_is_told_so(app):
    file = io.BytesIO()
    Image.fromarray(skimage.data.chelsea()).save(file, "JPEG", quality=92)
    rated = upload(app, file.getvalue())
    assert rated.fix() is None
    assert any("better take it again" in text.value for text in app.markdown)


def test_too_many_pixels_are_not_edited(app, dark_and_far, monkeypatch):
    monkeypatch.setenv("MAX_WHOLE_MEGAPIXELS", "1")
    pixels = np.asarray(Image.open(io.BytesIO(dark_and_far)))
    file = io.BytesIO()
    Image.fromarray(np.tile(pixels, (2, 1, 1))).save(file, "JPEG")
    rated = upload(app, file.getvalue())
    assert not rated.fixable
    assert any("too many pixels" in caption.value for caption in app.caption)
    assert not app.toggle


def test_where_it_was_taken_is_left_out_unless_wanted(app, dark_and_far):
    rated = upload(app, dark_and_far)
    assert switches(app)["Leave"]
    found = rated.fix()
    for location in (False, True):
        kept = load_photo(edited(rated.data, found, rated.engine, location=location))
        assert kept.has_gps == location
        assert np.mean(kept.pixels) > 1.2 * np.mean(rated.photo.pixels)


def test_no_more_ways_are_remembered_than_a_few(app, dark_and_far):
    rated = upload(app, dark_and_far)
    for repair in Repair:
        rated.fix({repair})
    assert len(rated._fixes) == rated_module._KEPT

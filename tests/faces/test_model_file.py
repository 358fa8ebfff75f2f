"""The model files: where they lie, and every way in which one can be wrong."""

from pathlib import Path

import pytest

from sqrt.errors import ModelFileError
from sqrt.faces import model_file
from sqrt.faces.model_file import LANDMARKS, MODEL_FILES, SEGMENTATION


def test_path_is_the_configured_one_else_in_the_users_cache(monkeypatch, tmp_path):
    monkeypatch.setenv("HOME", str(tmp_path))
    assert model_file.model_path(Path("~/m.task")) == tmp_path / "m.task"
    assert model_file.model_path(None).parts[-2:] == ("sqrt", "face_landmarker.task")


def test_the_outlines_file_lies_beside_the_landmark_models(monkeypatch, tmp_path):
    monkeypatch.setenv("HOME", str(tmp_path))
    assert model_file.model_path(Path("~/m.task"), SEGMENTATION) == tmp_path / "selfie_segmentation.tflite"
    assert model_file.model_path(None, SEGMENTATION).parts[-2:] == ("sqrt", "selfie_segmentation.tflite")


def test_no_two_files_are_one():
    for column in ("name", "sha256", "url", "wheel"):
        assert len({getattr(file, column) for file in MODEL_FILES}) == len(MODEL_FILES)
    assert all(file.url.startswith("https://") for file in MODEL_FILES)


def test_all_networks_are_read(model_path):
    networks = model_file.read_networks(model_path)
    landmarks = {"face_detector.tflite", "face_landmarks_detector.tflite", "face_blendshapes.tflite"}
    assert set(networks) == landmarks | {SEGMENTATION.name}
    assert all(network[4:8] == b"TFL3" for network in networks.values())


def test_without_the_outlines_file_the_landmarks_are_read_and_the_log_tells(model_path, tmp_path, caplog):
    caplog.set_level("INFO", "sqrt")
    path = tmp_path / LANDMARKS.name
    path.write_bytes(model_path.read_bytes())
    assert SEGMENTATION.name not in model_file.read_networks(path)
    (line,) = caplog.messages
    assert line.startswith("the person's outline is guessed")
    assert "No such file" in line
    (tmp_path / SEGMENTATION.name).write_bytes(model_path.with_name(SEGMENTATION.name).read_bytes())
    assert SEGMENTATION.name in model_file.read_networks(path)  # as soon as it is there
    (tmp_path / SEGMENTATION.name).unlink()
    assert SEGMENTATION.name in model_file.read_networks(path)  # what was verified once is kept


@pytest.mark.parametrize(
    ("spoil", "reason"),
    [
        (lambda model: b"", "has 0 bytes, expected {size}"),
        (lambda model: model[:-1], "has {short} bytes, expected {size}"),
        (lambda model: model + b"0", "has more bytes, expected {size}"),
        (lambda model: model[:1000] + b"?" + model[1001:], "SHA-256"),
    ],
)
def test_a_wrong_file_is_never_used(tmp_path, model_path, caplog, file, model, spoil, reason):
    caplog.set_level("INFO", "sqrt")
    reason = reason.format(size=file.size, short=file.size - 1)
    landmarks = tmp_path / LANDMARKS.name
    landmarks.write_bytes(model_path.read_bytes())
    path = tmp_path / file.name
    path.write_bytes(spoil(model))
    with pytest.raises(ModelFileError, match=reason):
        model_file.verified(file, path)
    if file.name == LANDMARKS.name:
        with pytest.raises(ModelFileError, match=reason):
            model_file.read_networks(landmarks)
    else:
        assert file.name not in model_file.read_networks(landmarks)
        assert reason in caplog.text


def test_a_file_that_cannot_be_read_is_told(tmp_path, file):
    with pytest.raises(ModelFileError, match="No such file"):
        model_file.verified(file, tmp_path / "m.task")
    with pytest.raises(ModelFileError, match="Is a directory"):
        model_file.verified(file, tmp_path)

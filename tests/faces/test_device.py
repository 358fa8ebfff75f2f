"""A device that is not there costs a warning, never a rating."""

import logging

import cv2
import numpy as np
import pytest

from sqrt.faces import model_file
from sqrt.faces.device import usable
from sqrt.faces.landmarks import LandmarkEngine
from sqrt.rating import Rater


def test_the_cpu_is_always_there(caplog):
    assert usable("cpu") == "cpu"
    assert not caplog.records


@pytest.mark.parametrize(
    ("device", "backend", "target"),
    [
        ("opencl", cv2.dnn.DNN_BACKEND_OPENCV, cv2.dnn.DNN_TARGET_OPENCL),
        ("cuda", cv2.dnn.DNN_BACKEND_CUDA, cv2.dnn.DNN_TARGET_CUDA),
    ],
)
def test_another_device_is_used_where_it_is_offered(
    device, backend, target, caplog, settings, model_path, astronaut, engine
):
    caplog.set_level(logging.WARNING, "sqrt")
    offered = target in cv2.dnn.getAvailableTargets(backend)
    rater = Rater(settings.model_copy(update={"face_device": device, "face_model_path": model_path}))
    assert [f"FACE_DEVICE is {device}" in record.message for record in caplog.records] == ([] if offered else [True])
    (found,) = rater.rate(astronaut).faces
    (known,) = engine.find(astronaut)
    assert np.abs(np.subtract(found.box, known.box)).max() < 1


def test_opencl_without_a_device_still_finds_the_face(model_path, astronaut, engine):
    # OpenCV itself falls back when the machine has no OpenCL device: the engine asks for it whatever `usable` says.
    asked = LandmarkEngine(model_file.read_networks(model_path), "opencl")
    (found,) = asked.find(astronaut)
    assert np.abs(np.subtract(found.box, engine.find(astronaut)[0].box)).max() < 1

"""What the networks run on."""

import logging
from typing import Literal

import cv2

Device = Literal["cpu", "opencl", "cuda"]

_log = logging.getLogger(__name__)

_BACKEND_TARGET: dict[Device, tuple[int, int]] = {
    "cpu": (cv2.dnn.DNN_BACKEND_OPENCV, cv2.dnn.DNN_TARGET_CPU),
    "opencl": (cv2.dnn.DNN_BACKEND_OPENCV, cv2.dnn.DNN_TARGET_OPENCL),
    "cuda": (cv2.dnn.DNN_BACKEND_CUDA, cv2.dnn.DNN_TARGET_CUDA),
}


def usable(device: Device) -> Device:
    """Return `device` where this OpenCV build and machine offer it; otherwise log a warning and return ``"cpu"``."""
    backend, target = _BACKEND_TARGET[device]
    if target in cv2.dnn.getAvailableTargets(backend):
        return device
    _log.warning("FACE_DEVICE is %s, which OpenCV %s does not offer here; using the CPU", device, cv2.__version__)
    return "cpu"


def put_on(network: cv2.dnn.Net, device: Device) -> None:
    """Choose what a network runs on."""
    backend, target = _BACKEND_TARGET[device]
    network.setPreferableBackend(backend)
    network.setPreferableTarget(target)

"""Where people are in a picture, by MediaPipe's selfie segmentation, run by ``cv2.dnn``."""

import cv2
import numpy as np
from numpy.typing import NDArray

from sqrt.faces.crop import reduced
from sqrt.faces.device import Device, put_on

SIDE = 256


class Segmenter:
    """MediaPipe's selfie segmentation (general, 256x256; model card of 2021); one thread at a time.

    Parameters
    ----------
    network : bytes
        The ``.tflite`` file.
    device : "cpu", "opencl" or "cuda"
    """

    def __init__(self, network: bytes, device: Device = "cpu") -> None:
        self.net = cv2.dnn.readNetFromTFLite(np.frombuffer(network, np.uint8))
        put_on(self.net, device)

    def outline(self, pixels: NDArray[np.uint8]) -> NDArray[np.uint8]:
        """Return how probably each place of an HxWx3 RGB picture shows a person, 0 to 255 (surely).

        `SIDE` x `SIDE`, stretched over the whole frame whatever its shape, as the network sees it.
        """
        # By half at first: bilinear sampling of a much larger picture would alias.
        small = cv2.resize(reduced(pixels, 2 * SIDE), (SIDE, SIDE), interpolation=cv2.INTER_AREA)
        self.net.setInput(cv2.dnn.blobFromImage(small, 1 / 255))
        return np.rint(255 * np.clip(self.net.forward().reshape(SIDE, SIDE), 0, 1)).astype(np.uint8)

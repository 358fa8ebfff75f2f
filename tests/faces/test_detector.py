"""Where YuNet finds faces."""

import numpy as np
import pytest

from sqrt.faces.detector import Detector


class Told:
    """A network that keeps what it answers."""

    def __init__(self, network) -> None:
        self.network, self.answers = network, []
        self.setInputSize = network.setInputSize

    def detect(self, pixels):
        _, rows = self.network.detect(pixels)
        self.answers.append(None if rows is None else rows.tobytes())
        return _, rows


@pytest.mark.parametrize("standing", [False, True], ids=["lying", "standing"])
def test_every_network_says_the_same_of_a_strip(astronaut, standing):
    """What OpenCV made of so few rows differed from one network to the next; one of a hundred saw a face in it."""
    strip = astronaut[240:272].transpose(1, 0, 2) if standing else astronaut[240:272]
    answers = set()
    for _ in range(20):
        detector = Detector()
        detector._net = Told(detector._net)
        detector.find(np.ascontiguousarray(strip), 320)
        answers |= set(detector._net.answers)
    assert len(answers) == 1

"""Close-ups lie over each other; the light on a face is told by the stop."""

import cv2
import numpy as np

from sqrt.choosing.closeup import CLOSE_UP_SIDE, aligned
from sqrt.choosing.light import light_of
from sqrt.metrics.analysis import linear
from sqrt.rating import Rating
from sqrt.reading import load_photo


def rated(pixels, engine):
    pixels = np.ascontiguousarray(pixels)
    return load_photo(pixels), Rating(50.0, {}, {}, {}, [], engine.find(pixels), pixels.shape[1::-1], "landmarks")


def encoded(light):
    return np.clip(np.where(light <= 0.0031308, 12.92 * light, 1.055 * light ** (1 / 2.4) - 0.055) * 255, 0, 255)


def test_faces_lie_over_each_other_however_the_camera_was_held(astronaut, engine):
    height, width = astronaut.shape[:2]
    matrix = cv2.getRotationMatrix2D((width / 2, height / 2), 12, 0.9)
    turned = cv2.warpAffine(astronaut, matrix, (width, height), borderMode=cv2.BORDER_REFLECT)
    one, other = (aligned(*rated(pixels, engine), 224) for pixels in (astronaut, turned))
    assert one.shape == other.shape == (224, 224, 3)
    inner = np.s_[56:168, 56:168]
    assert np.abs(one[inner].astype(int) - other[inner]).mean() < 8


def test_a_close_up_is_as_large_as_the_photo_has_it_and_bounded(astronaut, engine):
    own = aligned(*rated(astronaut, engine))
    assert 140 < own.shape[0] < 512
    huge = cv2.resize(astronaut, None, fx=6, fy=6, interpolation=cv2.INTER_LINEAR)
    assert aligned(*rated(huge, engine)).shape == (CLOSE_UP_SIDE, CLOSE_UP_SIDE, 3)
    assert aligned(*rated(np.full((64, 64, 3), 128, np.uint8), engine)) is None


def test_the_light_is_told_by_the_stop_on_the_face_and_around_it(astronaut, engine):
    usual = light_of(*rated(astronaut, engine))
    for stops in (-1.0, -0.4):
        darker = encoded(linear(astronaut) * 2**stops).astype(np.uint8)
        found = light_of(*rated(darker, engine))
        assert abs(found.on_face - usual.on_face - stops) < 0.15
        assert found.around < usual.around
        assert found.lost <= usual.lost
    brighter = light_of(*rated(encoded(linear(astronaut) * 4).astype(np.uint8), engine))
    assert brighter.lost > usual.lost + 20
    assert light_of(*rated(np.full((64, 64, 3), 128, np.uint8), engine)).on_face is None

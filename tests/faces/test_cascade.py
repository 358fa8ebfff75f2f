"""Faces by Haar cascades: the same face as the landmark engine's, and none where there is none."""

import cv2
import numpy as np
import pytest
import skimage.data

from sqrt.faces import Face
from sqrt.faces.cascade import CascadeEngine, by_importance
from sqrt.faces.landmarks import LandmarkEngine
from sqrt.faces.model_file import read_networks


@pytest.fixture(scope="module")
def engine() -> CascadeEngine:
    return CascadeEngine()


@pytest.fixture(scope="module")
def face(engine, astronaut) -> Face:
    return engine.find(astronaut)[0]


@pytest.fixture(scope="module")
def truth(model_path, astronaut) -> Face:
    return LandmarkEngine(read_networks(model_path)).find(astronaut)[0]


def overlap(one, other):
    """Intersection over union of two boxes."""
    (x, y, w, h), (u, v, s, t) = one, other
    both = max(0, min(x + w, u + s) - max(x, u)) * max(0, min(y + h, v + t) - max(y, v))
    return both / (w * h + s * t - both)


def test_both_engines_find_the_same_face(face, truth):
    assert overlap(face.box, truth.box) > 0.5


def test_both_engines_find_the_same_eyes(face, truth):
    apart = np.subtract(face.eyes, truth.eyes)
    assert np.hypot(*apart.T).max() < 0.15 * np.hypot(*np.subtract(*truth.eyes))


def test_knows_no_landmarks(face):
    assert face.landmarks is None
    assert face.blendshapes is None
    assert face.pose is None
    assert 0 < face.confidence <= 1


@pytest.mark.parametrize("name", ["chelsea", "coffee"])
def test_no_face_in_a_picture_of_none(engine, name):
    assert engine.find(getattr(skimage.data, name)()) == []


def test_no_face_in_noise(engine):
    assert engine.find(np.random.default_rng(0).integers(0, 256, (512, 512, 3), np.uint8)) == []


@pytest.mark.parametrize("size_wh", [(16, 16), (16, 300), (300, 16), (21, 20)])
def test_no_face_in_the_smallest_pictures(engine, size_wh):
    assert engine.find(np.full((size_wh[1], size_wh[0], 3), 128, np.uint8)) == []


@pytest.mark.parametrize("factor", [0.5, 2, 4])
def test_the_face_is_in_pixels_of_the_picture_it_was_found_in(engine, face, factor, astronaut):
    other = cv2.resize(astronaut, None, fx=factor, fy=factor, interpolation=cv2.INTER_AREA)
    assert overlap(engine.find(other)[0].scaled(1 / factor).box, face.box) > 0.7


def test_a_face_is_scaled(face):
    large = face.scaled(3)
    assert large.box == pytest.approx([3 * side for side in face.box])
    assert np.array(large.eyes) == pytest.approx(3 * np.array(face.eyes))
    assert Face((1, 2, 3, 4), 0.5).scaled(2).box == (2, 4, 6, 8)


def test_the_main_face_is_large_and_in_the_middle():
    small, large = Face((40, 40, 20, 20), 0.9), Face((30, 30, 40, 40), 0.9)
    aside = Face((0, 0, 20, 20), 0.9)
    assert by_importance([aside, small, large], (100, 100, 3)) == [large, small, aside]

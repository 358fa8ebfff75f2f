"""The person's outline: on the astronaut it holds the person and not the wall."""

import cv2
import numpy as np
import pytest
import skimage.data

from sqrt.faces.cascade import CascadeEngine
from sqrt.faces.landmarks import LandmarkEngine
from sqrt.faces.model_file import SEGMENTATION, read_networks
from sqrt.rating import Rater
from sqrt.settings import Settings


@pytest.fixture(scope="module")
def outline(engine, astronaut):
    return engine.outline(astronaut)


def overlap(one, other):
    """Intersection over union of what is rather person than not."""
    one, other = one > 127, other > 127
    return (one & other).sum() / (one | other).sum()


def test_it_holds_the_face_and_the_shoulders_and_not_the_corners(outline, face):
    assert (outline.shape, outline.dtype) == ((256, 256), np.uint8)
    x, y, w, h = (side / 2 for side in face.box)
    assert outline[round(y) : round(y + h), round(x) : round(x + w)].mean() > 240
    assert outline[200:250, 60:180].mean() > 240
    # The shuttle and the flag are no people.
    assert outline[:60, :40].max() < 50
    assert outline[:60, -40:].max() < 50


def test_a_mirror_mirrors_it(engine, outline, astronaut):
    assert overlap(engine.outline(np.ascontiguousarray(astronaut[:, ::-1]))[:, ::-1], outline) > 0.97


@pytest.mark.parametrize("factor", [0.5, 1.7, 4])
def test_resolution_changes_nothing(engine, outline, astronaut, factor):
    other = cv2.resize(astronaut, None, fx=factor, fy=factor, interpolation=cv2.INTER_AREA if factor < 1 else 1)
    assert overlap(engine.outline(other), outline) > 0.97


@pytest.mark.parametrize("cut", [np.s_[:, 100:350], np.s_[:300]])
def test_it_is_stretched_over_a_frame_of_any_shape(engine, outline, astronaut, cut):
    part = cv2.resize(cv2.resize(outline, (512, 512))[cut], (256, 256))
    assert overlap(engine.outline(np.ascontiguousarray(astronaut[cut])), part) > 0.9


@pytest.mark.parametrize("name", ["chelsea", "coffee"])
def test_where_nobody_is_nobody_asks(model_path, engine, name):
    # Asked, it takes the cat for a person.
    pixels = getattr(skimage.data, name)()
    assert engine.outline(pixels).shape == (256, 256)
    rating = Rater(Settings(face_engine="landmarks", face_model_path=model_path)).rate(pixels)
    assert rating.outline is None
    assert rating.absent.keys() >= {"background", "style"}


@pytest.mark.parametrize("size_wh", [(1, 1), (16, 300), (3000, 2)])
def test_the_smallest_pictures_have_one(engine, size_wh):
    assert engine.outline(np.full((size_wh[1], size_wh[0], 3), 128, np.uint8)).shape == (256, 256)


def test_nobody_sees_it_without_its_file_nor_with_cascades(model_path, astronaut):
    networks = {name: data for name, data in read_networks(model_path).items() if name != SEGMENTATION.name}
    assert LandmarkEngine(networks).outline(astronaut) is None
    assert CascadeEngine().outline(astronaut) is None

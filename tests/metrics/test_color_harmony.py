"""Colour casts: small ones count, in both directions, and skins are not compared."""

from itertools import pairwise

import cv2
import numpy as np
import pytest

from benchmarks.flaws import FLAWS, darker_skin
from sqrt.metrics import METRICS
from sqrt.metrics.analysis import Analysis, lab
from sqrt.metrics.color_harmony import near_neutral
from sqrt.reading import load_photo

COLOR_HARMONY = METRICS["color_harmony"]


def score(pixels, face):
    return COLOR_HARMONY.quality(COLOR_HARMONY.measure(Analysis(load_photo(pixels), [face])).value)


@pytest.fixture(scope="module")
def clean(astronaut, face):
    return score(astronaut, face)


# The portrait is a little warm as it is: a little cooler, it is better.
@pytest.mark.parametrize(("flaw", "stops"), [("warm", (0.075, 0.15, 0.3, 0.6, 1.0)), ("cool", (0.3, 0.6, 1.0))])
def test_every_step_of_a_cast_costs(flaw, stops, clean, astronaut, face):
    cast = FLAWS[f"colour_cast_{flaw}"].make
    scores = [clean, *(score(cast(astronaut, face, by, None), face) for by in stops)]
    assert all(stronger < weaker for weaker, stronger in pairwise(scores)), scores


@pytest.mark.parametrize("share", [0.5, 0.35])
def test_darker_skin_is_no_cast(share, clean, astronaut, face):
    assert score(darker_skin(astronaut, face, share), face) == pytest.approx(clean, abs=4)


def test_mirror_and_half_size_change_little(clean, astronaut, face, engine):
    mirrored = np.ascontiguousarray(astronaut[:, ::-1])
    assert score(mirrored, engine.find(mirrored)[0]) == pytest.approx(clean, abs=2)
    half = cv2.resize(astronaut, None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA)
    assert score(half, face.scaled(0.5)) == pytest.approx(clean, abs=6)  # 18 px between the eyes


def test_gray_is_neutral_and_moves_with_the_light_while_colours_say_little():
    scene = np.full((64, 64, 3), 160, np.uint8)
    assert np.hypot(*near_neutral(lab(scene))) < 0.1
    blue = np.array([160, 152, 144], np.uint8)
    yellowish = [near_neutral(lab(np.dstack([scene[..., :2], np.full((64, 64), by, np.uint8)])))[1] for by in blue]
    assert yellowish == sorted(yellowish)
    assert yellowish[1] > 2
    scene[:, 32:] = (220, 40, 40)
    assert np.hypot(*near_neutral(lab(scene))) < 3
    assert near_neutral(lab(np.zeros((64, 64, 3), np.uint8))) == (0, 0)

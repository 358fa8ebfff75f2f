"""Beauty filters of several makes against what happens to a whole picture."""

from itertools import pairwise

import cv2
import numpy as np
import pytest

from benchmarks.flaws import FILTER_STRENGTHS, FILTERS, FLAWS
from sqrt.metrics import METRICS
from sqrt.metrics.analysis import Analysis
from sqrt.metrics.naturalness import skin_texture
from sqrt.reading import load_photo

NATURALNESS = METRICS["naturalness"]


def score(pixels, face):
    return NATURALNESS.quality(NATURALNESS.measure(Analysis(load_photo(pixels), [face])).value)


@pytest.fixture(scope="module")
def clean(astronaut, face):
    return score(astronaut, face)


@pytest.mark.parametrize("name", FILTERS)
def test_every_step_of_every_filter_costs(name, clean, astronaut, face):
    scores = [clean, *(score(FILTERS[name](astronaut, face, strength), face) for strength in FILTER_STRENGTHS)]
    assert all(stronger < weaker for weaker, stronger in pairwise(scores)), scores
    assert scores[-1] < clean - 2


def test_every_step_of_saturation_costs(clean, astronaut, face):
    factors = (1.1, 1.2, 1.4, 1.9, 2.6)
    scores = [clean, *(score(FLAWS["oversaturation"].make(astronaut, face, by, None), face) for by in factors)]
    assert all(stronger < weaker for weaker, stronger in pairwise(scores)), scores


@pytest.mark.parametrize("severity", [1, 2, 3])
@pytest.mark.parametrize("flaw", ["defocus", "motion_blur", "noise", "haze", "underexposure", "jpeg"])
def test_a_flaw_of_the_whole_picture_is_no_filter(flaw, severity, clean, astronaut, face):
    flawed = FLAWS[flaw].inject(astronaut, face, severity, np.random.default_rng(7))
    assert score(flawed, face) > clean - 8


def test_mirror_and_half_size_change_little(clean, astronaut, face, engine):
    mirrored = np.ascontiguousarray(astronaut[:, ::-1])
    assert score(mirrored, engine.find(mirrored)[0]) == pytest.approx(clean, abs=2)
    half = cv2.resize(astronaut, None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA)
    assert score(half, face.scaled(0.5)) == pytest.approx(clean, abs=6)


def test_clipped_skin_is_not_called_smooth(astronaut, face):
    bright = FLAWS["overexposure"].make(astronaut, face, 4, None)
    assert NATURALNESS.measure(Analysis(load_photo(bright), [face])).value < 35


@pytest.mark.parametrize("contrast", [0.5, 2.0])
def test_texture_is_relative_to_the_features(contrast):
    rng = np.random.default_rng(7)
    oval = np.ones((224, 224), bool)
    skin = oval.copy()
    skin[80:120] = False
    gray = 128 + rng.normal(0, np.where(skin, 4, 16)).astype(np.float32)
    stretched = 128 + np.float32(contrast) * (gray - 128)
    assert skin_texture(stretched, skin, oval) == pytest.approx(skin_texture(gray, skin, oval), abs=0.3)

"""The benchmark's flaws: each changes the picture, more with each severity, and always in the same way."""

import numpy as np
import pytest

from benchmarks.flaws import FILTER_STRENGTHS, FILTERS, FLAWS
from sqrt.metrics import METRICS


def inject(flaw, pixels, face, severity):
    return FLAWS[flaw].inject(pixels, face, severity, np.random.default_rng(7))


def away(flawed, clean):
    """Mean difference per pixel; a picture of another size is further away the more it lost."""
    if flawed.shape != clean.shape:
        return 256 + clean.size - flawed.size
    return np.abs(flawed.astype(int) - clean).mean()


@pytest.mark.parametrize("flaw", FLAWS)
def test_a_flaw_changes_a_copy_always_alike(flaw, astronaut, face):
    before = astronaut.copy()
    strong = inject(flaw, astronaut, face, 3)
    assert strong.dtype == np.uint8
    assert away(strong, astronaut) > 0
    np.testing.assert_array_equal(inject(flaw, astronaut, face, 3), strong)
    np.testing.assert_array_equal(astronaut, before)


# An enlarged face overlays other things at each size: pixels do not tell which is closer.
@pytest.mark.parametrize("flaw", [flaw for flaw in FLAWS if flaw != "too_close"])
def test_a_flaw_grows(flaw, astronaut, face):
    slight, strong = (inject(flaw, astronaut, face, severity) for severity in (1, 3))
    assert away(slight, astronaut) < away(strong, astronaut)


@pytest.mark.parametrize(
    ("flaw", "severity", "share"), [("too_far", 1, 0.16), ("too_far", 2, 0.11), ("too_close", 1, 0.75)]
)
def test_the_face_gets_the_share_of_the_frame_that_was_asked_for(flaw, severity, share, astronaut, face, engine):
    picture = inject(flaw, astronaut, face, severity)
    found = engine.find(picture)[0]
    assert found.box[3] / picture.shape[0] == pytest.approx(share, rel=0.1)


def test_flaws_aim_at_metrics_that_exist():
    assert {key for flaw in FLAWS.values() for key in flaw.targets} <= METRICS.keys()


@pytest.mark.parametrize("name", FILTERS)
def test_a_beauty_filter_of_another_make_grows_and_leaves_the_rest_alone(name, astronaut, face):
    steps = [FILTERS[name](astronaut, face, strength) for strength in (0.0, *FILTER_STRENGTHS)]
    np.testing.assert_array_equal(steps[0], astronaut)
    distances = [away(step, astronaut) for step in steps]
    assert distances == sorted(set(distances))
    np.testing.assert_array_equal(steps[-1][300:], astronaut[300:])

"""What a score means: the scales of all metrics, and the pictures of what was looked at."""

import numpy as np
import pytest
import skimage.data
from hypothesis import given
from hypothesis import strategies as st

from sqrt.explain import good_range, scale
from sqrt.metrics import METRICS
from sqrt.metrics.base import Curve, Metric
from sqrt.rating import GOOD, Rater
from sqrt.settings import Settings


@pytest.fixture(scope="module")
def rater(model_path) -> Rater:
    return Rater(Settings(face_engine="landmarks", face_model_path=model_path))


def metric_with(*points: tuple[float, float]) -> Metric:
    quality = Curve(points)
    return Metric("any", "Any", ("", ""), "face", lambda _: 0.0, quality, weight=1, unit="px", help="", advice="")


# --- Scales --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("key", METRICS)
def test_the_good_part_is_where_the_score_is_good(key):
    metric = METRICS[key]
    shown = scale(metric)
    for native in np.linspace(shown.low, shown.high, 997):
        marked = any(start <= native <= end for start, end in shown.good)
        assert marked == (metric.quality(native) >= GOOD)
    assert shown.good


@given(scores=st.lists(st.integers(0, 100), min_size=2, max_size=9))
def test_any_curve_may_cross_the_mark_as_often_as_it_likes(scores):
    metric = metric_with(*((10.0 * place, float(score)) for place, score in enumerate(scores)))
    shown = scale(metric)
    for native in np.linspace(shown.low, shown.high, 33):
        assert any(start <= native <= end for start, end in shown.good) == (metric.quality(native) >= GOOD)
    ends = [end for part in shown.good for end in part]
    assert ends == sorted(ends)


@pytest.mark.parametrize("key", METRICS)
def test_a_scale_shows_the_whole_curve(key):
    metric = METRICS[key]
    shown = scale(metric)
    assert (shown.natives[0], shown.natives[-1]) == (shown.low, shown.high)
    assert shown.scores.tolist() == [metric.quality(native) for native in shown.natives]
    # Nothing that matters lies beyond it.
    assert metric.quality(shown.low) == pytest.approx(metric.quality(shown.low - 1e6), abs=3)
    assert metric.quality(shown.high) == pytest.approx(metric.quality(shown.high + 1e6), abs=3)


@pytest.mark.parametrize("picture", ["astronaut", "chelsea", "coffee"])
def test_what_a_photo_has_stands_on_the_scale_where_its_score_says(rater, picture):
    rating = rater.rate(getattr(skimage.data, picture)())
    for key, native in rating.natives.items():
        shown = scale(METRICS[key])
        place = shown.place(native)
        assert 0 <= place <= 1
        assert METRICS[key].quality(shown.low + place * (shown.high - shown.low)) == pytest.approx(
            rating.scores[key], abs=3
        )


def test_the_good_range_in_words():
    assert good_range(metric_with((0, 100), (10, 0))) == "at most 3 px"
    assert good_range(metric_with((-10, 0), (10, 100))) == "at least 4 px"
    assert good_range(metric_with((0, 0), (10, 100), (20, 0))) == "from 7 to 13 px"
    assert good_range(metric_with((0, 100), (10, 0), (20, 100))) == "at most 3 px or at least 17 px"

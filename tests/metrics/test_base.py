"""From native values to scores."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sqrt.metrics import METRICS
from sqrt.metrics.base import Curve, Metric, Sigmoid

finite = st.floats(-1e6, 1e6)


def metric_of(unit, advice, decimals=0):
    curve = Curve(((0, 0), (1, 1)))
    return Metric("k", "Label", ("better", "worse"), "face", lambda _: 0, curve, 1, unit, "help", advice, decimals)


def test_curve_interpolates():
    curve = Curve(((10, 0), (20, 50), (40, 100)))
    assert [curve(native) for native in (10, 15, 20, 30, 40)] == [0, 25, 50, 75, 100]


@given(native=finite)
def test_curve_is_constant_beyond_its_ends(native):
    curve = Curve(((10, 80), (20, 100), (40, 5)))
    assert curve(min(native, 10)) == 80
    assert curve(max(native, 40)) == 5
    assert 5 <= curve(native) <= 100


# Points of OFIQ 1.0.3's own quality mappings, rounded as it rounds.
@pytest.mark.parametrize(
    ("x0", "w", "points"),
    [(70, 20, {50: 27, 70: 50, 113: 90}), (0.02, 0.01, {0: 12, 0.02: 50, 0.04: 88})],
    ids=["InterEyeDistance", "EyesOpen"],
)
def test_sigmoid_reproduces_ofiq(x0, w, points):
    quality = Sigmoid(x0=x0, w=w)
    assert {native: round(quality(native)) for native in points} == points


@given(native=st.floats(-1e300, 1e300), x0=finite, w=st.floats(1e-3, 1e3), h=st.floats(0, 300), a=st.floats(-2, 2))
def test_sigmoid_stays_within_the_scale(native, x0, w, h, a):
    assert 0 <= Sigmoid(x0=x0, w=w, h=h, a=a)(native) <= 100


@given(native=finite, more=st.floats(0, 1e6))
def test_sigmoid_rises(native, more):
    quality = Sigmoid(x0=45, w=12)
    assert quality(native) <= quality(native + more)


@pytest.mark.parametrize("key", METRICS)
def test_every_quality_stays_within_the_scale(key):
    natives = np.concatenate([-np.geomspace(1e6, 1e-3, 200), [0], np.geomspace(1e-3, 1e6, 200)])
    scores = [METRICS[key].quality(native) for native in natives]
    assert min(scores) >= 0
    assert max(scores) <= 100
    assert max(scores) - min(scores) >= 15


@pytest.mark.parametrize("key", [key for key in METRICS if isinstance(METRICS[key].quality, Curve)])
def test_curves_have_ascending_natives(key):
    natives = [native for native, _ in METRICS[key].quality.points]
    assert all(np.diff(natives) > 0)


@pytest.mark.parametrize(
    ("unit", "decimals", "text"), [("°", 0, "3°"), ("%", 1, "3.1%"), ("px", 0, "3 px"), ("% smile", 2, "3.14 % smile")]
)
def test_a_native_value_is_written_with_its_unit(unit, decimals, text):
    metric = Metric(
        "k",
        "Label",
        ("better", "worse"),
        "face",
        lambda _: 0,
        Curve(((0, 0), (1, 1))),
        1,
        unit,
        "help",
        "advice",
        decimals,
    )
    assert metric.text(3.14159) == text


def test_advice_is_one_or_one_for_each_cause():
    one = Metric(
        "k", "Label", ("better", "worse"), "face", lambda _: 0, Curve(((0, 0), (1, 1))), 1, "", "help", "Do this."
    )
    assert one.advice_for("") == one.advice_for("anything") == "Do this."
    several = Metric(
        "k",
        "Label",
        ("better", "worse"),
        "face",
        lambda _: 0,
        Curve(((0, 0), (1, 1))),
        1,
        "",
        "help",
        {"far": "Come closer."},
    )
    assert several.advice_for("far") == "Come closer."

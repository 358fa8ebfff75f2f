"""What is good about a photo, in a few words."""

from dataclasses import replace

import pytest

from sqrt.metrics import METRICS
from sqrt.rating import Rating
from sqrt.ui.praise import GREAT, praise


def rating(**scores: float) -> Rating:
    return Rating(80, scores, dict.fromkeys(scores, 0.0), {}, [], [], (400, 300), "landmarks")


def test_what_matters_most_comes_first_and_of_every_kind_some():
    everything = praise(rating(**dict.fromkeys(METRICS, 95.0)))
    assert len(everything) == len(set(everything)) == 4
    assert everything[0] == METRICS["sharpness"].praise
    for group in ("technical", "face", "style"):
        assert sum(word in {one.praise for one in METRICS.values() if one.group == group} for word in everything) <= 2


@pytest.mark.parametrize("score", [0.0, GREAT - 0.1])
def test_what_is_not_great_is_not_praised(score):
    assert praise(rating(**dict.fromkeys(METRICS, score))) == []


def test_a_property_that_nobody_does_is_not_praised():
    silent = {key for key, metric in METRICS.items() if not metric.praise}
    assert praise(rating(**dict.fromkeys(silent, 100.0))) == []
    assert praise(replace(rating(), scores={"expression": 97.0})) == ["a warm smile"]

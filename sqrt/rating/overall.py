"""The overall score: one formula of the metrics' scores."""

from collections.abc import Mapping

from sqrt.metrics import GROUPS, METRICS, Metric

_OFFSET = 15.0
_POWER = -0.2
NO_FACE_CAP = 35.0
"""The most that a picture without a face can get."""


def overall_of(scores: Mapping[str, float], has_face: bool = True, metrics: Mapping[str, Metric] = METRICS) -> float:
    """Return the overall score, 0 to 100, of the metrics' scores; 0 to `NO_FACE_CAP` without a face.

    A weighted power mean with a negative exponent: a serious flaw weighs more than a small one, so that one unusable
    property is not averaged away, and mending the worst brings most. `metrics` are those of the photo's purpose.
    """
    if not scores:
        return 0.0
    weights = {key: metrics[key].weight for key in scores}
    mean = sum(weights[key] * (scores[key] + _OFFSET) ** _POWER for key in scores) / sum(weights.values())
    overall = float(mean ** (1 / _POWER) - _OFFSET)
    return overall if has_face else overall * NO_FACE_CAP / 100


def group_scores(scores: Mapping[str, float], metrics: Mapping[str, Metric] = METRICS) -> dict[str, float]:
    """Return the score of each group of metrics, 0 to 100, by the formula of the overall score.

    A group of which nothing could be assessed is absent.
    """
    members = {group: {key: scores[key] for key in scores if METRICS[key].group == group} for group in GROUPS}
    return {group: overall_of(of_group, metrics=metrics) for group, of_group in members.items() if of_group}

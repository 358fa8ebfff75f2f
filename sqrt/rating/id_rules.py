"""What portraits for ID documents have to keep to, rule by rule, with what was measured.

No official check: countries have rules of their own, and glasses, hair, hats and the age of a photo are not looked at.
"""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from sqrt.errors import NotMeasurable
from sqrt.metrics.analysis import Analysis
from sqrt.rating.advice import Advice
from sqrt.rating.id_limits import LIMITS, Limit
from sqrt.words import N_

NOTICE = N_(
    "This is no official check. Countries have rules of their own, and what is worn, glasses, hair before the eyes and "
    "the age of the photo are not looked at."
)
UNEDITED = N_("A photo for a document must stay as it was taken, so nothing is offered to improve it.")


class Rule(NamedTuple):
    """One rule, and whether a photo keeps it.

    Attributes
    ----------
    key : str
    metric : str
        Key of the metric that it is about.
    asks : str
        What to do, in a sentence.
    measured : str
        What was found and what the limit is; or why nothing could be.
    value : float or None
        The same as a number, in the unit that `measured` tells.
    passed : bool or None
        None where it could not be measured.
    """

    key: str
    metric: str
    asks: str
    measured: str
    value: float | None
    passed: bool | None


def id_rules(analysis: Analysis, natives: Mapping[str, float], absent: Mapping[str, str]) -> list[Rule]:
    """Return every rule with what a photo has of it, in the order in which a person would mend them.

    Parameters
    ----------
    natives, absent : mappings
        What the metrics measured of the same photo, and why some could not; see `Rating`.
    """
    return [_judged(limit, analysis, natives, absent) for limit in LIMITS]


def with_broken(advice: Sequence[Advice], rules: Sequence[Rule]) -> list[Advice]:
    """Return advice with what broken rules ask for beside it, as far as it does not speak of the same."""
    advised = {item.metric for item in advice}
    missed = {rule.metric: rule for rule in reversed(rules) if rule.passed is False and rule.metric not in advised}
    return [*advice, *(Advice(rule.metric, 0.0, rule.asks) for rule in reversed(missed.values()))]


def passes(key: str, value: float) -> bool:
    """Say whether a value keeps a rule, in the unit that the rule has."""
    limit = next(limit for limit in LIMITS if limit.key == key)
    return limit.allows(value)


def _judged(limit: Limit, analysis: Analysis, natives: Mapping[str, float], absent: Mapping[str, str]) -> Rule:
    about = limit.key, limit.metric, limit.asks
    if limit.measure:
        try:
            value = float(limit.measure(analysis))
        except NotMeasurable as reason:
            return Rule(*about, reason.user_message, None, None)
    elif limit.metric in natives:
        value = natives[limit.metric]
    else:
        return Rule(*about, absent[limit.metric], None, None)
    return Rule(*about, limit.said_of(value), value, limit.allows(value))

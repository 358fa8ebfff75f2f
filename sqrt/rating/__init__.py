"""Rating: from a photo to its scores, the overall, and what to change. May import reading to metrics."""

from sqrt.rating.advice import FLAW, WELL, Advice
from sqrt.rating.engines import Engines
from sqrt.rating.id_rules import Rule
from sqrt.rating.overall import group_scores, overall_of
from sqrt.rating.purposes import PURPOSES
from sqrt.rating.rater import WAIT_S, Rater, Source, assess
from sqrt.rating.rating import GOOD, VERSION, Rating, band

__all__ = [
    "FLAW",
    "GOOD",
    "PURPOSES",
    "VERSION",
    "WAIT_S",
    "WELL",
    "Advice",
    "Engines",
    "Rater",
    "Rating",
    "Rule",
    "Source",
    "assess",
    "band",
    "group_scores",
    "overall_of",
]

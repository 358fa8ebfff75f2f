"""Which of several shots to keep: groups of one scene, in each the best first, and what cannot be told apart."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations

from sqrt.choosing.groups import grouped
from sqrt.choosing.shots import Shot

_TIE = 0.5


@dataclass(frozen=True)
class Ranking:
    """An order of shots, by their indices.

    Attributes
    ----------
    order : list of int
        The best first: group after group, in the order of `groups`.
    groups : list of lists of int
        Shots of one scene, each group's best first; the groups in the order of their best one's overall score.
    ties : set of pairs of int
        The smaller index first: of one group, and not to be told apart. Such shots stand by their overall score.
    reasons : dict of int to str
        Of each shot that can be told apart from its group's best, what it lacks, and of a group's best what it has,
        in a few words; no entry where there is nothing to say.
    """

    order: list[int]
    groups: list[list[int]]
    ties: set[tuple[int, int]]
    reasons: dict[int, str]


def rank(shots: Sequence[Shot]) -> Ranking:
    """Put shots in the order in which a careful eye would keep them."""
    by_overall = sorted(range(len(shots)), key=lambda index: -shots[index].rating.overall)
    groups = [[by_overall[place] for place in group] for group in grouped([shots[index] for index in by_overall])]
    ties = {
        (min(one, other), max(one, other))
        for group in groups
        for one, other in combinations(group, 2)
        if abs(shots[one].rating.overall - shots[other].rating.overall) < _TIE
    }
    return Ranking([index for group in groups for index in group], groups, ties, {})

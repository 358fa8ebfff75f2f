"""Which of several shots to keep: groups of one scene, in each the best first, and what cannot be told apart."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import NamedTuple

from sqrt.choosing.careful import EQUAL, Seen, Values, advantages, differences, shortfalls
from sqrt.choosing.groups import grouped
from sqrt.choosing.shots import Shot
from sqrt.words import listed

_WORDS = 2


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
        The smaller index first: of one group, and not to be told apart. Such shots stand by their overall score, and
        where that is the same, by what little they differ in.
    reasons : dict of int to str
        Of each shot that can be told apart from its group's best, what it lacks, and of a group's best what it has,
        in a few words; no entry where there is nothing to say.
    """

    order: list[int]
    groups: list[list[int]]
    ties: set[tuple[int, int]]
    reasons: dict[int, str]


class Scene(NamedTuple):
    """The shots of one scene in their order, by their indices; see `Ranking`."""

    order: list[int]
    ties: set[tuple[int, int]]
    reasons: dict[int, str]


def rank(shots: Sequence[Shot], *, prefer_smiles: bool = True) -> Ranking:
    """Put shots in the order in which a careful eye would keep them; see `rank_scene` for those of one group."""
    groups: list[list[int]] = []
    ties: set[tuple[int, int]] = set()
    reasons: dict[int, str] = {}
    # A group is told by its best, in whatever order the shots come.
    by_overall = sorted(range(len(shots)), key=lambda index: -shots[index].rating.overall)
    for places in grouped([shots[index] for index in by_overall]):
        group = sorted(by_overall[place] for place in places)
        scene = rank_scene([shots[index] for index in group], prefer_smiles=prefer_smiles)
        groups.append([group[place] for place in scene.order])
        ties |= {(group[one], group[other]) for one, other in scene.ties}
        reasons |= {group[place]: words for place, words in scene.reasons.items()}
    groups.sort(key=lambda group: -shots[group[0]].rating.overall)
    return Ranking([index for group in groups for index in group], groups, ties, reasons)


def rank_scene(shots: Sequence[Seen], *, prefer_smiles: bool = True) -> Scene:
    """Put shots of one scene in order by what sets them apart, held against each other.

    No shot stands before one that is better by what can be told. Smiles are preferred unless `prefer_smiles` is off, or
    the photos are for a document: then calm faces are.
    """
    found = differences(shots, prefer_smiles=prefer_smiles)
    points = _sums(found, len(shots))
    leaning = _sums(differences(shots, prefer_smiles=prefer_smiles, unseen=True), len(shots))
    left, order = [*range(len(shots))], []
    while left:
        most = max(points[place] for place in left)
        alike = [place for place in left if points[place] > most - EQUAL]
        order.append(max(alike, key=lambda place: (round(shots[place].rating.overall, 1), leaning[place])))
        left.remove(order[-1])
    ties = {pair for pair in combinations(range(len(shots)), 2) if abs(points[pair[0]] - points[pair[1]]) < EQUAL}
    best, *others = order
    apart = [place for place in others if (min(best, place), max(best, place)) not in ties]
    said = {place: shortfalls(found, place, best, shots) for place in apart}
    if apart:
        said[best] = advantages(found, best, apart, shots)
    return Scene(order, ties, {place: listed(words[:_WORDS]) for place, words in said.items() if words})


def _sums(found: Mapping[str, Values], count: int) -> list[float]:
    return [float(sum(values[place] for values in found.values())) for place in range(count)]

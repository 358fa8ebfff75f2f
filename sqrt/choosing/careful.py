"""Almost equal shots, looked at together: in what each is better or worse than the others, and by how much.

Shots of one scene share framing, light and person, so that what the scores have to allow for cancels: a difference is
told as soon as it is larger than what a shift by a pixel, new grain or another JPEG make of the same picture.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from sqrt.choosing.light import Light
from sqrt.metrics import METRICS
from sqrt.rating import PURPOSES, Rating, overall_of
from sqrt.words import N_

EQUAL = 0.5
"""Points within which two shots cannot be told apart."""

Values = NDArray[np.float64]


class Seen(Protocol):
    """What is compared of a shot."""

    @property
    def rating(self) -> Rating: ...

    @property
    def light(self) -> Light: ...


@dataclass(frozen=True)
class Kind:
    """One way in which the shots of a scene differ.

    Parameters
    ----------
    values : callable
        From the shots to a number each, the higher the better; NaN where a shot has none.
    unseen : float
        Difference of two numbers up to which nobody would tell them apart: nine of ten bursts of eight shots that
        differ by a pixel, grain or JPEG lie within.
    points : float
        What a difference beyond it is worth, by unit.
    words : two of str
        For the better shot, and for the other.
    excuse : callable, optional
        From the shots to what may lower each one's number and is no flaw: where the worse shot has more of it, so much
        of the difference does not count.
    """

    values: Callable[[Sequence[Seen]], Values]
    unseen: float
    points: float
    words: tuple[str, str]
    excuse: Callable[[Sequence[Seen]], Values] | None = None


def differences(shots: Sequence[Seen], *, prefer_smiles: bool = True, unseen: bool = False) -> dict[str, Values]:
    """Return for each kind of difference what it gives to each shot, in points; they add up to zero.

    A shot is held against each of the others, and gets the mean of these duels: one blink among eight costs what it
    costs in a pair, and what is only chance cancels. Without `prefer_smiles` no face is better for its expression; for
    a document a calm one is. `unseen` counts what nobody could tell, too.
    """
    found = {}
    kinds = _KINDS | {"expression": _CALM} if all(shot.rating.purpose.document for shot in shots) else _KINDS
    for key, kind in kinds.items():
        if key == "expression" and not prefer_smiles:
            continue
        values = kind.values(shots)
        apart = np.nan_to_num(values[:, None] - values[None, :])
        less: float | Values = 0.0 if unseen else kind.unseen
        if kind.excuse:
            excuse = kind.excuse(shots)
            less = less + np.maximum(np.sign(apart) * (excuse[None, :] - excuse[:, None]), 0)
        duels = np.sign(apart) * np.maximum(np.abs(apart) - less, 0)
        found[key] = kind.points * duels.mean(1)
    return found


def advantages(found: Mapping[str, Values], best: int, others: Sequence[int], shots: Sequence[Seen]) -> list[str]:
    """Say in what a shot is better than the mean of others, the most telling first."""
    gaps = {key: float(points[best] - points[list(others)].mean()) for key, points in found.items()}
    return [_word(key, 0, best, others[0], shots) for key in _telling(gaps)]


def shortfalls(found: Mapping[str, Values], one: int, best: int, shots: Sequence[Seen]) -> list[str]:
    """Say in what a shot is worse than another, the most telling first."""
    gaps = {key: float(points[best] - points[one]) for key, points in found.items()}
    return [_word(key, 1, one, best, shots) for key in _telling(gaps)]


def _telling(gaps: Mapping[str, float]) -> list[str]:
    return sorted((key for key in gaps if gaps[key] >= EQUAL), key=lambda key: -gaps[key])


def _word(key: str, which: int, one: int, other: int, shots: Sequence[Seen]) -> str:
    if key == "light" and which == 1:
        return N_("darker") if shots[one].light.around < shots[other].light.around else N_("too bright")
    if key == "rest":
        return _of_the_rest(which, shots[one].rating, shots[other].rating)
    if key == "expression":
        return shots[one].rating.purpose.metrics[key].compared[which]
    return _KINDS[key].words[which]


def _of_the_rest(which: int, one: Rating, other: Rating) -> str:
    """Name the metric that makes most of the difference in what has no kind of its own."""
    metrics, scores, others = one.purpose.metrics, one.scores, other.scores
    gaps = {key: metrics[key].weight * (scores[key] - others[key]) for key in _rest(scores) if key in others}
    return metrics[(max if which == 0 else min)(gaps, key=gaps.__getitem__)].compared[which]


# --- The kinds -----------------------------------------------------------------------------------------------------

_QUIET = 0.8  # gray levels of grain that nobody sees on a screen
_LENS_DEG, _UPRIGHT_DEG = 2.0, 6.0
_CALM_ENOUGH = 15.0  # percent of a smile: many mouths have it by nature
_NARROWED = 0.2
"""By how much a smile narrows the eyes, in percent of their width by percent of smile: the most in 25 people."""
_METERED = 0.15  # stops
_ENCODED = 2.2  # how grain in encoded tones goes with light
_HIDDEN = 5.0  # doublings of grain that may be found elsewhere, by share of the picture


def _natives(key: str, shots: Sequence[Seen]) -> Values:
    return np.array([shot.rating.natives.get(key, np.nan) for shot in shots])


def _face(shots: Sequence[Seen]) -> Values:
    return np.array([float(bool(shot.rating.faces)) for shot in shots])


def _narrowing(shots: Sequence[Seen]) -> Values:
    """Who smiles does not blink."""
    return _NARROWED * np.nan_to_num(_natives("expression", shots))


def _gaze(shots: Sequence[Seen]) -> Values:
    return -np.maximum(_natives("eye_contact", shots), _LENS_DEG)


def _pose(shots: Sequence[Seen]) -> Values:
    return -np.maximum(_natives("head_pose", shots), _UPRIGHT_DEG)


def _calm(shots: Sequence[Seen]) -> Values:
    return -np.maximum(_natives("expression", shots), _CALM_ENOUGH)


def _metered(shots: Sequence[Seen]) -> Values:
    """Return by how many stops each shot was metered lighter than the middle one.

    Another exposure makes the face and all else lighter alike; of both the smaller difference counts. What changes the
    face alone is another person, whose skin is nobody's flaw; what changes the rest alone is the framing.
    """
    around = np.array([shot.light.around for shot in shots])
    around -= np.median(around)
    on_face = np.array([np.nan if shot.light.on_face is None else shot.light.on_face for shot in shots])
    known = np.isfinite(on_face)
    if not known.any():
        return around
    on_face = np.where(known, on_face - np.median(on_face[known]), around)
    smaller = np.minimum(np.abs(on_face), np.abs(around))
    return np.where(np.sign(on_face) == np.sign(around), np.sign(around) * smaller, 0.0)


def _grain(shots: Sequence[Seen]) -> Values:
    """In doublings, each as it would be under the same light: a darker picture is not a cleaner one."""
    under_one_light = 2 ** (-_metered(shots) / _ENCODED)
    return -np.log2(np.maximum(_natives("noise", shots) * under_one_light, _QUIET))


def _grainless(shots: Sequence[Seen]) -> Values:
    """A wall that is lost in white shows no grain: what is left of the picture has more of it."""
    return _HIDDEN * np.array([shot.light.grainless for shot in shots])


def _light(shots: Sequence[Seen]) -> Values:
    """More light is better, until it is lost in white, or the whole frame says that it was too much.

    Where there are three shots or more, the middle one tells how the scene was metered, and what strays from it costs.
    """
    stops = _metered(shots)
    lost = np.array([shot.light.lost for shot in shots])
    # White without more light is another face.
    more_lost = np.where(stops == 0, 0.0, lost - np.median(lost))
    values = 4 * stops - 0.5 * more_lost - 3 * _natives("lighting", shots)
    if len(shots) > 2:
        values = values - 10 * np.maximum(np.abs(stops) - _METERED, 0)
    return values


def _rest(scores: Mapping[str, float]) -> list[str]:
    return [key for key in METRICS if key in scores and key not in _KINDS and key != "lighting"]


def _others(shots: Sequence[Seen]) -> Values:
    """What the overall score would be of everything that has no kind of its own."""
    keys = [key for key in _rest(shots[0].rating.scores) if all(key in shot.rating.scores for shot in shots)]
    metrics = shots[0].rating.purpose.metrics
    return np.array([overall_of({key: shot.rating.scores[key] for key in keys}, metrics=metrics) for shot in shots])


_KINDS = {
    "face": Kind(_face, 0.5, 40, (N_("face found"), N_("no face found"))),
    "eyes_open": Kind(
        lambda shots: _natives("eyes_open", shots), 1.2, 2.5, METRICS["eyes_open"].compared, excuse=_narrowing
    ),
    "sharpness": Kind(
        lambda shots: _natives("sharpness", shots), 0.15, 12, (N_("sharper on the eyes"), N_("less sharp"))
    ),
    "eye_contact": Kind(_gaze, 1.8, 1.3, METRICS["eye_contact"].compared),
    "expression": Kind(lambda shots: _natives("expression", shots), 6, 0.12, METRICS["expression"].compared),
    "light": Kind(_light, 0.6, 1, METRICS["lighting"].compared),
    "noise": Kind(_grain, 0.25, 8, METRICS["noise"].compared, excuse=_grainless),
    "head_pose": Kind(_pose, 1.2, 0.5, METRICS["head_pose"].compared),
    "rest": Kind(_others, 1.5, 1, ("", "")),
}
_CALM = Kind(_calm, 6, 0.25, PURPOSES["id"].metrics["expression"].compared)
"""What takes the place of the smile in a photo for a document."""

"""What a person before the camera is told: a steady score, and at most two tips that do not flicker."""

import math
from collections.abc import Mapping, Sequence

from sqrt.rating import Advice
from sqrt.words import Text

TIME_CONSTANT_S = 2.0
"""Of the exponential mean that score and gains go through; frame noise moves a score by a point or so."""
MAX_TIPS = 2
SHOW_GAIN, KEEP_GAIN = 2.0, 1.0
"""Points a tip must promise to appear, and to stay."""
LEAD = 2.0
"""Points a tip must promise beyond one that is shown, to take its place."""


class Coach:
    """Steadies one stream's ratings; one thread at a time.

    Score and gains are exponential means over time, so that the interval between ratings does not change how fast they
    follow; a tip that is shown stays until another is clearly worth more. Of several people it says how many are meant:
    left and right are others for who sees the picture in a mirror.
    """

    def __init__(self) -> None:
        self.score: float | None = None
        """0 to 100; None before the first rating."""
        self._shown: tuple[str, ...] = ()
        self._meant: dict[str, tuple[int, int]] = {}
        self._gains: dict[str, float] = {}
        self._seen_at = 0.0

    @property
    def tips(self) -> tuple[str, ...]:
        """What to do, most worthwhile first."""
        return tuple(_said_to(tip, *self._meant[tip]) for tip in self._shown)

    def update(self, overall: float, advice: Sequence[Advice], now: float) -> float:
        """Take in a rating made at `now`, in seconds, and return the score."""
        gains = _by_tip(advice)
        if self.score is None:
            self.score, self._gains = overall, gains
        else:
            share = 1 - math.exp(-max(now - self._seen_at, 0.0) / TIME_CONSTANT_S)
            self.score += share * (overall - self.score)
            self._gains = {
                tip: (1 - share) * self._gains.get(tip, 0.0) + share * gains.get(tip, 0.0)
                for tip in {**self._gains, **gains}
            }
        self._seen_at = now
        self._shown = _chosen(self._gains, self._shown)
        self._meant |= {item.tip: (item.alike, item.people) for item in reversed(advice)}
        self._gains = {tip: gain for tip, gain in self._gains.items() if gain > 0.01}
        return self.score


def _by_tip(advice: Sequence[Advice]) -> dict[str, float]:
    """Return what each tip would bring, no more than one that comes before it.

    Two flaws that ask for the same are one tip.
    """
    gains: dict[str, float] = {}
    least = math.inf
    for item in advice:
        least = min(least, item.gain)
        if item.tip:
            gains.setdefault(item.tip, least)
    return gains


def _said_to(tip: str, count: int, people: int) -> str:
    if people == 1:
        return tip
    if count == people:
        return Text("Everyone: {what}", what=Text(tip))
    return Text("{count} of {people}: {what}", count=count, people=people, what=Text(tip))


def _chosen(gains: Mapping[str, float], shown: Sequence[str]) -> tuple[str, ...]:
    leads = {tip: LEAD * place for place, tip in enumerate(reversed(shown), 1)}
    worth = {tip: gain + leads.get(tip, 0.0) for tip, gain in gains.items()}
    best = sorted(worth, key=lambda tip: -worth[tip])
    return tuple([tip for tip in best if gains[tip] >= (KEEP_GAIN if tip in shown else SHOW_GAIN)][:MAX_TIPS])

"""What a metric's score means: its native value on its scale, and a small picture of what was looked at."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sqrt.metrics import Metric
from sqrt.rating import GOOD

__all__ = ["Scale", "good_range", "scale"]

_STEPS = 160


@dataclass(frozen=True, eq=False)
class Scale:
    """The native values of a metric that are worth showing, in its unit, and what they score.

    Attributes
    ----------
    low, high : float
        The ends. What lies beyond scores much as the end does.
    good : tuple of (from, to)
        The parts that score `sqrt.rating.GOOD` or more; one that touches an end goes on beyond it.
    natives, scores : N floats each
        The curve, from `low` to `high`.
    """

    low: float
    high: float
    good: tuple[tuple[float, float], ...]
    natives: NDArray[np.float64]
    scores: NDArray[np.float64]

    def place(self, native: float) -> float:
        """Return where a native value stands, 0 (`low`) to 1 (`high`); what lies beyond stands at the end."""
        return float(np.clip((native - self.low) / (self.high - self.low), 0, 1))


def scale(metric: Metric) -> Scale:
    """Return the scale of a metric: the natives over which its score changes; from 0 where less is better."""
    low, high = metric.quality.span
    if metric.quality(low) >= GOOD:
        low = 0.0
    natives = np.linspace(low, high, _STEPS + 1)
    scores = np.array([metric.quality(native) for native in natives])
    good = scores >= GOOD
    ends = [_border(metric, *natives[i : i + 2].tolist()) for i in np.flatnonzero(good[1:] != good[:-1])]
    if good[0]:
        ends.insert(0, low)
    if good[-1]:
        ends.append(high)
    return Scale(low, high, tuple(zip(ends[::2], ends[1::2], strict=True)), natives, scores)


def good_range(metric: Metric) -> str:
    """Say which natives are good, such as "from 16 to 68%" or "at most 18°"."""
    shown = scale(metric)

    def words(start: float, end: float) -> str:
        if start == shown.low:
            return f"at most {metric.text(end)}"
        if end == shown.high:
            return f"at least {metric.text(start)}"
        return f"from {start:.{metric.decimals}f} to {metric.text(end)}"

    return " or ".join(words(*part) for part in shown.good)


def _border(metric: Metric, one: float, other: float) -> float:
    """Return the last good native between a good and another one, by bisection."""
    inside, outside = (one, other) if metric.quality(one) >= GOOD else (other, one)
    while (middle := (inside + outside) / 2) not in (inside, outside):
        if metric.quality(middle) >= GOOD:
            inside = middle
        else:
            outside = middle
    return inside

"""A metric: a native value with a unit, and a curve from it to 0..100."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple, Protocol

import numpy as np

from sqrt.metrics.analysis import Analysis
from sqrt.metrics.illustration import Illustration
from sqrt.words import ENGLISH, Text, number, said


class Measured(NamedTuple):
    """A native value, which of the metric's causes it is due to (picks the advice), and whose face it is of.

    It was measured of `people`, and `alike` of them have the same flaw for the same cause.
    """

    value: float
    cause: str = ""
    face: int = 0
    people: int = 1
    alike: int = 1


class Quality(Protocol):
    """Maps a native value to a score, 0 (unusable) to 100 (nothing to gain)."""

    @property
    def span(self) -> tuple[float, float]:
        """The natives between which the score changes; it hardly does beyond."""

    def __call__(self, native: float) -> float: ...


@dataclass(frozen=True)
class Curve:
    """Straight lines through (native, score) points; constant beyond the ends."""

    points: tuple[tuple[float, float], ...]

    @property
    def span(self) -> tuple[float, float]:
        """The natives of the first and the last point."""
        return self.points[0][0], self.points[-1][0]

    def __call__(self, native: float) -> float:
        natives, scores = zip(*self.points, strict=True)
        return float(np.interp(native, natives, scores))


@dataclass(frozen=True)
class Sigmoid:
    """ISO/IEC 29794-5's mapping as OFIQ writes it: ``h * (a + s / (1 + exp((x0 - x) / w)))``, clipped to 0..100."""

    x0: float
    w: float
    h: float = 100
    a: float = 0
    s: float = 1

    @property
    def span(self) -> tuple[float, float]:
        """From 0, the least that a length can be, to 99 percent of the rise."""
        return 0.0, self.x0 + 4.6 * self.w

    def __call__(self, native: float) -> float:
        exponent = np.clip((self.x0 - native) / self.w, -500, 500)
        return float(np.clip(self.h * (self.a + self.s / (1 + np.exp(exponent))), 0, 100))


@dataclass(frozen=True)
class Metric:
    """One property of a photo.

    Parameters
    ----------
    key, label, group : str
        `group` is a key of `sqrt.metrics.GROUPS`.
    compared : two of str
        A few words for a photo that is better in this than others, and for one that is worse.
    measure : callable
        From an Analysis to the native value, or Measured where there are several causes. Raises NotMeasurable.
    quality : callable
        From the native value to 0..100.
    weight : float
        Share in the overall score, relative to 1.
    unit, decimals
        How the native value is written.
    help : str
        What it is and how it is measured, for the page.
    advice : str or mapping of cause to str
        What to do about a low score.
    tip : str or mapping of cause to str
        The same in a few words, for who stands before the live camera; empty where nothing can be done there.
    praise : str
        What is good about a photo that has a high score, after "Keep doing:"; empty where nobody does that.
    picture : callable or str
        Draws what it looked at, from an Analysis; or names one of `sqrt.showing.explain.SHARED`; empty where a
        picture says no more than the number. May raise NotMeasurable.
    place : int
        Where it stands in its group, the least first; the last unless said.
    personal : bool
        Whether it is measured of everyone in the picture: then who fares worst decides.
    follows : tuple of str
        Keys of metrics whose flaw alone can lower this one: what cannot be seen does not look sharp.
    """

    key: str
    label: str
    compared: tuple[str, str]
    group: str
    measure: Callable[[Analysis], float | Measured]
    quality: Quality
    weight: float
    unit: str
    help: str
    advice: str | Mapping[str, str] = field(hash=False)
    decimals: int = 0
    tip: str | Mapping[str, str] = field(default="", hash=False)
    praise: str = ""
    picture: Callable[[Analysis], Illustration] | str = ""
    place: int = 1000
    personal: bool = False
    follows: tuple[str, ...] = ()

    def text(self, native: float, language: str = ENGLISH) -> str:
        """Write a native value with its unit, as a language of `sqrt.words.LANGUAGES` does."""
        value = number(native, self.decimals, language)
        if self.unit == "%":
            return said(Text("{value}%", value=value), language)
        space = "" if self.unit == "°" else " "
        return f"{value}{space}{said(self.unit, language)}".strip()

    def advice_for(self, cause: str) -> str:
        """Say what to do, given the measured cause."""
        return self.advice if isinstance(self.advice, str) else self.advice[cause]

    def tip_for(self, cause: str) -> str:
        """Say it in a few words, given the measured cause."""
        return self.tip if isinstance(self.tip, str) else self.tip[cause]

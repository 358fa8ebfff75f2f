"""What may change while a live camera plays."""

from dataclasses import dataclass

from sqrt.rating import Rater
from sqrt.words import ENGLISH


@dataclass(frozen=True)
class LiveKnobs:
    """What may change while a stream plays.

    `capture_above` is a score of 0 to 100, or None for no auto-capture; `language` a code of `sqrt.words.LANGUAGES`,
    for what the browser is told.
    """

    rater: Rater
    interval_s: float = 2.0
    capture_above: float | None = None
    language: str = ENGLISH

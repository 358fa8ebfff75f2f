"""A rating: what a photo is worth, and why."""

from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sqrt.faces import Face
from sqrt.metrics import METRICS
from sqrt.rating.advice import Advice
from sqrt.rating.id_rules import Rule
from sqrt.rating.purposes import PROFILE, Purpose
from sqrt.words import N_

VERSION = 2
"""Of `Rating.to_dict`."""
GOOD = 70.0
"""The score from which a property of a photo is good."""

# Set by people's opinions of photos with a large face (BIQ2021): those that 30 people rate 0.8 of 1 or more have 84 in
# the median, and 82 of 100 are called good or excellent; those under 0.4 have 71, and 76 of 100 are called less.
_BANDS = ((88.0, N_("Excellent")), (77.0, N_("Good")), (65.0, N_("Fair")), (48.0, N_("Weak")), (0.0, N_("Poor")))


def band(score: float) -> str:
    """Return the word for a score of 0 to 100, as it is shown: rounded."""
    return next(word for low, word in _BANDS if round(score) >= low)


@dataclass(frozen=True)
class Rating:
    """What a photo is worth, and why.

    `scores` (0 to 100) and `natives` (each in its metric's unit) hold the metrics that could be assessed; `absent`
    tells of the others why not. `faces` are in pixels of the upright input, whose width and height are `size_wh`.
    `outline` is where people are, as `sqrt.faces.FaceEngine.outline` gives it, where that is known. `purpose` is what
    scores, overall and advice are for, and `rules` are those of a document, if it is for one.
    """

    overall: float
    scores: dict[str, float]
    natives: dict[str, float]
    absent: dict[str, str]
    advice: list[Advice]
    faces: list[Face]
    size_wh: tuple[int, int]
    engine: str
    has_gps: bool = False
    outline: NDArray[np.uint8] | None = field(default=None, repr=False, compare=False)
    purpose: Purpose = PROFILE
    rules: list[Rule] = field(default_factory=list)

    def to_dict(self) -> dict[str, Any]:
        """Return everything but landmarks and outline, JSON-ready."""
        return {
            "version": VERSION,
            "purpose": self.purpose.key,
            "overall": round(self.overall, 1),
            "band": band(self.overall),
            "scores": {key: round(score, 1) for key, score in self.scores.items()},
            "natives": {key: round(native, 4) for key, native in self.natives.items()},
            "units": {key: METRICS[key].unit for key in self.natives},
            "absent": dict(self.absent),
            "advice": [
                {"metric": a.metric, "gain": round(a.gain, 1), "text": a.text, "face": a.face} for a in self.advice
            ],
            "rules": [
                {
                    "rule": rule.key,
                    "metric": rule.metric,
                    "asks": rule.asks,
                    "measured": rule.measured,
                    "value": None if rule.value is None else round(rule.value, 4),
                    "passed": rule.passed,
                }
                for rule in self.rules
            ],
            "faces": [{"box_xywh": [round(side, 1) for side in face.box]} for face in self.faces],
            "size_wh": list(self.size_wh),
            "engine": self.engine,
            "has_gps": self.has_gps,
        }

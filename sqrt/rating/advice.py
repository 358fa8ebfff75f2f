"""What to change first: the metric whose repair would raise the overall score most."""

from collections.abc import Mapping
from typing import NamedTuple

from sqrt.metrics import METRICS
from sqrt.metrics.base import Measured
from sqrt.rating.overall import NO_FACE_CAP, overall_of

MIN_GAIN = 2.0
"""Points below which advice is not worth reading."""
FLAW = 60.0
"""The score below which a property is a flaw, and worth advice."""
WELL = 75.0
"""The score to which a property can be brought by following advice; 100 is the best there is, and rare."""


class Advice(NamedTuple):
    """What to do, how many points of the overall score it would bring, and its `tip` for the live camera, or none."""

    metric: str
    gain: float
    text: str
    tip: str = ""


NO_FACE = "Face the camera in good light: no face was found in the picture."
NO_FACE_TIP = "Show your face to the camera"


def advise(scores: Mapping[str, float], measured: Mapping[str, Measured], has_face: bool) -> list[Advice]:
    """Return what is worth changing, the largest gain first."""
    overall = overall_of(scores, has_face)
    gains = {key: overall_of({**scores, key: max(scores[key], WELL)}, has_face) - overall for key in scores}
    advice = [
        Advice(key, gain, METRICS[key].advice_for(cause := measured[key].cause), METRICS[key].tip_for(cause))
        for key, gain in gains.items()
        if gain >= MIN_GAIN and scores[key] < FLAW
    ]
    advice.sort(key=lambda item: -item.gain)
    if not has_face:
        # What the cap keeps out of reach: more than anything else could bring.
        advice.insert(0, Advice("face_position", 100 - NO_FACE_CAP, NO_FACE, NO_FACE_TIP))
    return advice

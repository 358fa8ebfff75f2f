"""What to change first: the metric whose repair would raise the overall score most."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from sqrt.faces import Face
from sqrt.metrics import METRICS, Metric
from sqrt.metrics.base import Measured
from sqrt.rating.overall import NO_FACE_CAP, overall_of
from sqrt.words import N_, Text

MIN_GAIN = 1.5
"""Points below which advice is not worth reading."""
FLAW = 60.0
"""The score below which a property is a flaw, and worth advice."""
WELL = 75.0
"""The score to which a property can be brought by following advice; 100 is the best there is, and rare."""


class Advice(NamedTuple):
    """What to do, how many points of the overall score it would bring, and its `tip` for the live camera, or none.

    `face` tells who is meant, as index of the rating's faces. The tip leaves open who is: it is for `alike` of the
    `people` in the picture.
    """

    metric: str
    gain: float
    text: str
    tip: str = ""
    face: int = 0
    people: int = 1
    alike: int = 1


NO_FACE = N_("Face the camera in good light: no face was found in the picture.")
NO_FACE_TIP = N_("Show your face to the camera")


def advise(
    scores: Mapping[str, float],
    measured: Mapping[str, Measured],
    faces: Sequence[Face],
    metrics: Mapping[str, Metric] = METRICS,
) -> list[Advice]:
    """Return what is worth changing, the largest gain first, but causes before their effects; see `overall_of`.

    A cause of another flaw (`Metric.follows`) comes before it where it is no milder: mended, it mends both. What is
    advised says who is meant, if not the main person.
    """
    overall = overall_of(scores, bool(faces), metrics)
    advice = []
    for key in (key for key, score in scores.items() if score < FLAW):
        gain = overall_of({**scores, key: WELL}, bool(faces), metrics) - overall
        if gain >= MIN_GAIN:
            metric, (_, cause, face, people, alike) = metrics[key], measured[key]
            text = metric.advice_for(cause)
            if face:
                text = Text("{who}: {what}", who=_place(faces, face), what=Text(text))
            advice.append(Advice(key, gain, text, metric.tip_for(cause), face, people, alike))
    gains = {item.metric: item.gain for item in advice}

    def place(item: Advice) -> tuple[float, float]:
        causes = [key for key in metrics[item.metric].follows if key in gains and scores[key] <= scores[item.metric]]
        return -min(gains[key] for key in [item.metric, *causes]), item.gain

    advice.sort(key=place)
    if not faces:
        # What the cap keeps out of reach: more than anything else could bring.
        advice.insert(0, Advice("face_position", 100 - NO_FACE_CAP, NO_FACE, NO_FACE_TIP))
    return advice


def _place(faces: Sequence[Face], index: int) -> Text:
    """Say which of several people is meant, as a viewer counts them."""
    order = sorted(range(len(faces)), key=lambda one: faces[one].box[0] + faces[one].box[2] / 2)
    place = order.index(index)
    if place in (0, len(order) - 1):
        return Text("The person at the left") if place == 0 else Text("The person at the right")
    return Text("Person {place} from the left", place=place + 1)

"""What a photo is for: which metrics count more then, and on what curve."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from sqrt.metrics import METRICS, Metric
from sqrt.metrics.base import Curve


@dataclass(frozen=True, eq=False)
class Purpose:
    """What a photo is for.

    Attributes
    ----------
    key, label : str
        As the setting PURPOSE, and as people, name it.
    metrics : mapping of key to Metric
        Every metric as it counts for this purpose. All measure the same; weight, curve and words may differ.
    document : bool
        Whether a calm face is asked for, `sqrt.rating.id_rules` are to be kept, and nothing may be edited.
    """

    key: str
    label: str
    metrics: Mapping[str, Metric] = field(repr=False)
    document: bool = False


def _purpose(key: str, label: str, *changed: Metric, document: bool = False) -> Purpose:
    return Purpose(key, label, {**METRICS, **{one.key: one for one in changed}}, document)


# PhotoFeeler (60,000 ratings of 800 photos): a smile that shows teeth gives +0.33 of competence and +0.22 of influence,
# a closed one neither, and a laugh takes some of it away again: nothing is to be gained by the strongest smile. Head
# and shoulders, or down to the waist, stand before the face alone and the whole body.
_WORK = (
    replace(METRICS["expression"], weight=0.6, quality=Curve(((0, 82), (30, 88), (60, 100), (100, 100)))),
    replace(METRICS["face_size"], weight=2.8),
)

# The same: for likeability the smile that shows teeth brings more (+1.35) than anything else that was tagged, a laugh
# even more, and a closed one half; the place behind the person tells nothing significant.
_SOCIAL = (
    replace(METRICS["expression"], weight=1.3, quality=Curve(((0, 66), (30, 78), (70, 95), (100, 100)))),
    replace(METRICS["background"], weight=0.25),
)

# ISO/IEC 19794-5 and ICAO Doc 9303 ask for a calm face with the mouth closed, a frontal pose, eyes on the lens, a plain
# background, a head of 60 to 90 % of the picture's height, 90 px between the eyes, even light, and natural colours
# without retouching. The curves are good up to where `id_rules` draws the line.
_DOCUMENT = (
    replace(
        METRICS["expression"],
        weight=1.3,
        quality=Curve(((0, 100), (20, 95), (40, 76), (55, 45), (75, 15), (100, 0))),
        compared=("calmer face", "less calm a face"),
        help="How much the mouth smiles, in percent of the strongest smile that the face model knows. A document asks "
        "for a calm face without a smile.",
        advice="Keep your face calm, without a smile and with your mouth closed.",
        tip="Keep your face calm",
    ),
    replace(
        METRICS["head_pose"],
        weight=1.6,
        quality=Curve(((0, 100), (6, 94), (10, 78), (15, 50), (25, 15), (40, 0))),
    ),
    replace(
        METRICS["eye_contact"], weight=1.0, quality=Curve(((0, 100), (6, 95), (10, 78), (18, 45), (30, 10), (45, 0)))
    ),
    replace(
        METRICS["face_size"],
        # Whoever prints it cuts it: from afar it is no flaw as long as there are pixels enough.
        weight=1.6,
        quality=Curve(((8, 0), (20, 40), (34, 66), (45, 88), (52, 98), (60, 100), (70, 92), (78, 70), (92, 10))),
        help="How much of the picture's height the face takes from hairline to chin, in percent. In a document the "
        "head fills most of the picture.",
    ),
    replace(METRICS["face_lighting"], weight=1.2),
    replace(
        METRICS["background"],
        weight=1.3,
        quality=Curve(((0, 100), (8, 90), (15, 74), (30, 35), (50, 5), (60, 0))),
        advice="Stand a step before a plain, light wall.",
        tip="Find a plain, light wall",
    ),
    replace(
        METRICS["resolution"],
        weight=1.0,
        quality=Curve(((15, 0), (45, 25), (70, 55), (90, 80), (120, 92), (240, 100))),
    ),
    replace(METRICS["naturalness"], weight=1.8),
)

PROFILE = _purpose("profile", "Profile picture")
PURPOSES: dict[str, Purpose] = {
    one.key: one
    for one in (
        PROFILE,
        _purpose("work", "Work", *_WORK),
        _purpose("social", "Dating or social", *_SOCIAL),
        _purpose("id", "ID document", *_DOCUMENT, document=True),
    )
}
"""All purposes by their keys, the usual one first."""

"""What portraits for ID documents have to keep to, rule by rule, with what was measured.

No official check: countries have rules of their own, and glasses, hair, hats and the age of a photo are not looked at.
"""

from collections.abc import Callable, Mapping
from math import inf
from typing import NamedTuple

from sqrt.errors import NotMeasurable
from sqrt.metrics.analysis import Analysis
from sqrt.rating.id_measures import (
    across,
    background_lightness,
    background_spread,
    down,
    head_share,
    mouth_gap,
    pitch_deg,
    roll_deg,
    yaw_deg,
)

NOTICE = (
    "This is no official check. Countries have rules of their own, and what is worn, glasses, hair before the eyes and "
    "the age of the photo are not looked at."
)
UNEDITED = "A photo for a document must stay as it was taken, so nothing is offered to improve it."


class Rule(NamedTuple):
    """One rule, and whether a photo keeps it.

    Attributes
    ----------
    key : str
    asks : str
        What to do, in a sentence.
    measured : str
        What was found and what the limit is; or why nothing could be.
    value : float or None
        The same as a number, in the unit that `measured` tells.
    passed : bool or None
        None where it could not be measured.
    """

    key: str
    asks: str
    measured: str
    value: float | None
    passed: bool | None


class _Limit(NamedTuple):
    """How a rule is measured, and within what."""

    key: str
    asks: str
    says: str  # of the value, and the limits low and high
    measure: str | Callable[[Analysis], float]  # a metric's key, or what measures it
    low: float = -inf
    high: float = inf


def id_rules(analysis: Analysis, natives: Mapping[str, float], absent: Mapping[str, str]) -> list[Rule]:
    """Return every rule with what a photo has of it, in the order in which a person would mend them.

    Parameters
    ----------
    natives, absent : mappings
        What the metrics measured of the same photo, and why some could not; see `Rating`.
    """
    return [_judged(limit, analysis, natives, absent) for limit in _LIMITS]


def passes(key: str, value: float) -> bool:
    """Say whether a value keeps a rule, in the unit that the rule has."""
    limit = next(limit for limit in _LIMITS if limit.key == key)
    return limit.low <= value <= limit.high


def _judged(limit: _Limit, analysis: Analysis, natives: Mapping[str, float], absent: Mapping[str, str]) -> Rule:
    if isinstance(limit.measure, str):
        if limit.measure not in natives:
            return Rule(limit.key, limit.asks, absent[limit.measure], None, None)
        value = natives[limit.measure]
    else:
        try:
            value = limit.measure(analysis)
        except NotMeasurable as reason:
            return Rule(limit.key, limit.asks, reason.user_message, None, None)
    said = limit.says.format(value=value, low=limit.low, high=limit.high)
    return Rule(limit.key, limit.asks, said, float(value), bool(limit.low <= value <= limit.high))


# --- The rules -----------------------------------------------------------------------------------------------------

# ISO/IEC 19794-5 has yaw and pitch within 5 degrees, roll within 8. Beside that stands by how much our yaw and pitch
# may be off, as measured against MediaPipe's own: what may be right is not called wrong.
_YAW_DEG, _PITCH_DEG, _ROLL_DEG = 5 + 2.5, 5 + 5.5, 8

_LIMITS = (
    _Limit("one_face", "Be alone in the picture.", "Faces found: {value:.0f}.", lambda one: len(one.faces), 1, 1),
    # ICAO Doc 9303: neutral expression, mouth closed, eyes open and on the camera. Limits by measuring: calm faces have
    # up to 38 percent in a studio, mouths that turn up by nature more; OFIQ's photos of open mouths have gaps of 8, of
    # closed ones less than 1; 97 of 100 shut eyes are open by less than 16.
    _Limit(
        "expression",
        "Keep a calm face, without a smile.",
        "{value:.0f}% of a full smile; at most {high:.0f}%.",
        "expression",
        high=40,
    ),
    _Limit(
        "mouth_closed",
        "Keep your mouth closed.",
        "The lips are apart by {value:.1f}% of the way from eyes to chin; at most {high:.0f}%.",
        mouth_gap,
        high=3,
    ),
    _Limit(
        "eyes_open",
        "Keep both eyes open.",
        "The lids are apart by {value:.0f}% of an eye's width; at least {low:.0f}%.",
        "eyes_open",
        low=16,
    ),
    _Limit(
        "gaze",
        "Look into the lens.",
        "The eyes look {value:.0f}° past the lens; at most {high:.0f}°.",
        "eye_contact",
        high=10,
    ),
    _Limit(
        "yaw",
        "Do not turn your head to a side.",
        "Turned by {value:.1f}°; at most {high:.1f}°.",
        yaw_deg,
        high=_YAW_DEG,
    ),
    _Limit(
        "pitch",
        "Neither raise nor lower your head.",
        "Off by {value:.1f}°; at most {high:.1f}°.",
        pitch_deg,
        high=_PITCH_DEG,
    ),
    _Limit("roll", "Hold your head upright.", "Leans by {value:.1f}°; at most {high:.0f}°.", roll_deg, high=_ROLL_DEG),
    # ICAO Doc 9303: even light without shadows, neither too dark nor too light. Limits where the metrics' curves are
    # good.
    _Limit(
        "face_light",
        "Let the light fall evenly on your face, without shadows.",
        "Uneven by {value:.1f} stops; at most {high:.1f}.",
        "face_lighting",
        high=1.2,
    ),
    _Limit(
        "backlight",
        "Have the light before you, not behind.",
        "Light behind you, against that on your face: {value:+.1f} stops; at most {high:+.1f}.",
        "backlight",
        high=2.0,
    ),
    _Limit(
        "exposure",
        "Take the picture neither too dark nor too light.",
        "Off by {value:.1f} stops; at most {high:.1f}.",
        "lighting",
        high=1.3,
    ),
    # ICAO Doc 9303: a plain, uniform, light background. Limits by measuring: plain walls have edges on up to 15
    # percent; a studio's has a spread of up to 12, as its light falls off, and a lightness of 78 to 88.
    _Limit(
        "background",
        "Have nothing behind you but a plain wall.",
        "Edges cover {value:.0f}% of the background; at most {high:.0f}%.",
        "background",
        high=15,
    ),
    _Limit(
        "background_even",
        "Choose a background of one colour, without shadows on it.",
        "Its colours differ by {value:.0f} ΔE, of which 2 are just seen; at most {high:.0f}.",
        background_spread,
        high=16,
    ),
    _Limit(
        "background_light",
        "Choose a light background.",
        "Lightness {value:.0f} of 100; at least {low:.0f}.",
        background_lightness,
        low=60,
    ),
    # ISO/IEC 19794-5, full frontal: head 60 to 90 percent of the height, middle of the face at 45 to 55 percent of the
    # width, eyes at 30 to 50 percent of the height; 90 pixels between the eyes.
    _Limit(
        "head_size",
        "Let your head fill most of the picture's height.",
        "It takes {value:.0f}%; from {low:.0f} to {high:.0f}%.",
        head_share,
        60,
        90,
    ),
    _Limit(
        "centred",
        "Have your face in the middle.",
        "It stands at {value:.0f}% of the width; from {low:.0f} to {high:.0f}%.",
        across,
        45,
        55,
    ),
    _Limit(
        "eye_line",
        "Have your eyes a little above the middle.",
        "They stand at {value:.0f}% of the height from above; from {low:.0f} to {high:.0f}%.",
        down,
        30,
        50,
    ),
    _Limit(
        "resolution",
        "Use a photo with pixels enough on the face.",
        "{value:.0f} pixels between the eyes; at least {low:.0f}.",
        "resolution",
        low=90,
    ),
    # ICAO Doc 9303: in focus, with natural colours, not retouched. Untouched skin has up to 45 percent; below 4.9
    # doublings advice would call it a flaw; a cast is good up to 11.
    _Limit(
        "sharpness",
        "Hold still, so that the face is sharp.",
        "Fine detail of {value:.1f} doublings; at least {low:.1f}.",
        "sharpness",
        low=4.9,
    ),
    _Limit(
        "colours",
        "Have natural colours, as in daylight.",
        "A cast of {value:.0f} ΔE, of which 2 are just seen; at most {high:.0f}.",
        "color_harmony",
        high=11,
    ),
    _Limit(
        "retouching",
        "Leave the skin as it is, without a filter.",
        "{value:.0f}% of a filter's traces; at most {high:.0f}%.",
        "naturalness",
        high=50,
    ),
)

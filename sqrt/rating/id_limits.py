"""Within what a portrait for an ID document has to be, and where that is from."""

from collections.abc import Callable
from math import inf
from typing import NamedTuple

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
from sqrt.words import Text


class Limit(NamedTuple):
    """How a rule is measured, and within what."""

    key: str
    metric: str  # that it is about
    asks: str
    says: str  # of the value, and the limits low and high
    measure: Callable[[Analysis], float] | None = None  # the metric's own measure unless there is another
    low: float = -inf
    high: float = inf
    digits: int = 0  # that are shown, and judged

    def allows(self, value: float) -> bool:
        """Say whether a value is within, as it is shown."""
        return self.low <= round(value, self.digits) <= self.high

    def said_of(self, value: float) -> Text:
        """Say a value and what it may be."""
        # A text of its own for each number, so that its decimal sign follows the language.
        form = f"{{number:.{self.digits}f}}"
        numbers = {"value": value, "low": self.low, "high": self.high}
        return Text(self.says, **{name: Text(form, number=float(number)) for name, number in numbers.items()})


# ISO/IEC 19794-5 has yaw and pitch within 5 degrees, roll within 8. Beside that stands by how much our yaw and pitch
# may be off, as measured against MediaPipe's own: what may be right is not called wrong.
_YAW_DEG, _PITCH_DEG, _ROLL_DEG = 5 + 2.5, 5 + 5.5, 8

LIMITS = (
    Limit(
        "one_face",
        "face_position",
        "Be alone in the picture.",
        "Faces found: {value}.",
        lambda one: len(one.faces),
        1,
        1,
    ),
    # ICAO Doc 9303: neutral expression, mouth closed, eyes open and on the camera. Limits by measuring: calm faces have
    # up to 38 percent in a studio, mouths that turn up by nature more; OFIQ's photos of open mouths have gaps of 8, of
    # closed ones less than 1; 97 of 100 shut eyes are open by less than 16.
    Limit(
        "expression",
        "expression",
        "Keep a calm face, without a smile.",
        "{value}% of a full smile; at most {high}%.",
        high=40,
    ),
    Limit(
        "mouth_closed",
        "expression",
        "Keep your mouth closed.",
        "The lips are apart by {value}% of the way from eyes to chin; at most {high}%.",
        mouth_gap,
        high=3,
        digits=1,
    ),
    Limit(
        "eyes_open",
        "eyes_open",
        "Keep both eyes open.",
        "The lids are apart by {value}% of an eye's width; at least {low}%.",
        low=16,
    ),
    Limit(
        "gaze",
        "eye_contact",
        "Look into the lens.",
        "The eyes look {value}° past the lens; at most {high}°.",
        high=10,
    ),
    Limit(
        "yaw",
        "head_pose",
        "Do not turn your head to a side.",
        "Turned by {value}°; at most {high}°.",
        yaw_deg,
        high=_YAW_DEG,
        digits=1,
    ),
    Limit(
        "pitch",
        "head_pose",
        "Neither raise nor lower your head.",
        "Off by {value}°; at most {high}°.",
        pitch_deg,
        high=_PITCH_DEG,
        digits=1,
    ),
    Limit(
        "roll",
        "head_pose",
        "Hold your head upright.",
        "Leans by {value}°; at most {high}°.",
        roll_deg,
        high=_ROLL_DEG,
        digits=1,
    ),
    # ICAO Doc 9303: even light without shadows, neither too dark nor too light. Limits where the metrics' curves are
    # good.
    Limit(
        "face_light",
        "face_lighting",
        "Let the light fall evenly on your face, without shadows.",
        "Uneven by {value} stops; at most {high}.",
        high=1.2,
        digits=1,
    ),
    Limit(
        "backlight",
        "backlight",
        "Have the light before you, not behind.",
        "Light behind you, against that on your face: {value} stops; at most {high}.",
        high=2.0,
        digits=1,
    ),
    Limit(
        "exposure",
        "lighting",
        "Take the picture neither too dark nor too light.",
        "Off by {value} stops; at most {high}.",
        high=1.3,
        digits=1,
    ),
    # ICAO Doc 9303: a plain, uniform, light background. Limits by measuring: plain walls have edges on up to 15
    # percent; a studio's has a spread of up to 10, as its light falls off, and a lightness of 78 to 88.
    Limit(
        "background",
        "background",
        "Have nothing behind you but a plain wall.",
        "Edges cover {value}% of the background; at most {high}%.",
        high=15,
    ),
    Limit(
        "background_even",
        "background",
        "Choose a background of one colour, without shadows on it.",
        "Its colours differ by {value} ΔE, of which 2 are just seen; at most {high}.",
        background_spread,
        high=16,
    ),
    Limit(
        "background_light",
        "background",
        "Choose a light background.",
        "Lightness {value} of 100; at least {low}.",
        background_lightness,
        low=60,
    ),
    # ISO/IEC 19794-5, full frontal: head 60 to 90 percent of the height, middle of the face at 45 to 55 percent of the
    # width, eyes at 30 to 50 percent of the height; 90 pixels between the eyes.
    Limit(
        "head_size",
        "face_size",
        "Let your head fill most of the picture's height.",
        "It takes {value}%; from {low} to {high}%.",
        head_share,
        60,
        90,
    ),
    Limit(
        "centred",
        "face_position",
        "Have your face in the middle.",
        "It stands at {value}% of the width; from {low} to {high}%.",
        across,
        45,
        55,
    ),
    Limit(
        "eye_line",
        "composition",
        "Have your eyes a little above the middle.",
        "They stand at {value}% of the height from above; from {low} to {high}%.",
        down,
        30,
        50,
    ),
    Limit(
        "resolution",
        "resolution",
        "Use a photo with pixels enough on the face.",
        "{value} pixels between the eyes; at least {low}.",
        low=90,
    ),
    # ICAO Doc 9303: in focus, with natural colours, not retouched. Untouched skin has up to 45 percent; below 4.9
    # doublings advice would call it a flaw; a cast is good up to 11.
    Limit(
        "sharpness",
        "sharpness",
        "Hold still, so that the face is sharp.",
        "Fine detail of {value} doublings; at least {low}.",
        low=4.9,
        digits=1,
    ),
    Limit(
        "colours",
        "color_harmony",
        "Have natural colours, as in daylight.",
        "A cast of {value} ΔE, of which 2 are just seen; at most {high}.",
        high=11,
    ),
    Limit(
        "retouching",
        "naturalness",
        "Leave the skin as it is, without a filter.",
        "{value}% of a filter's traces; at most {high}%.",
        high=50,
    ),
)

"""One photo in a report, and what every report for people says of it."""

from collections.abc import Sequence
from typing import Any, NamedTuple

from sqrt.improving import Repair, Step
from sqrt.rating import Rating
from sqrt.reading import Photo, to_jpeg
from sqrt.showing.overlay import Layer, draw
from sqrt.words import N_, Text, number, said

PICTURE_SIDE = 1024
"""Pixels of the long side of a report's picture."""
BEST_CHANGES = 3
KEPT = {True: N_("kept"), False: N_("broken"), None: N_("not checked")}
DECISIONS = {one: one for one in (N_("keep"), N_("undecided"), N_("reject"))}


class Report(NamedTuple):
    """One photo in a report.

    `file` is what its owner calls it; `facts` what `Rating.to_dict` says, the owner's decision where one was asked for,
    and what was offered to make the photo better; `picture` a JPEG for HTML, or nothing. Sentences in `facts` are in
    English, and as they come from a rating, reports can say them in other languages.
    """

    file: str
    facts: dict[str, Any]
    picture: bytes = b""

    @classmethod
    def of(
        cls, file: str, rating: Rating, picture: bytes = b"", decision: str | None = None, offered: Sequence[Step] = ()
    ) -> "Report":
        """Make the report of a rating: `decision` is keep, undecided or reject, `offered` what would make it better."""
        facts = rating.to_dict()
        if decision:
            facts["decision"] = decision
        if offered:
            facts["offered"] = [{"name": str(step.name), "gain": round(step.gain, 1)} for step in offered]
        return cls(file, facts, picture)


def marked_up(photo: Photo, rating: Rating) -> bytes:
    """Return the picture for a photo's report: a JPEG of at most `PICTURE_SIDE`."""
    return to_jpeg(draw(photo, rating, [Layer.FACE], max_side=PICTURE_SIDE), quality=80)


def gained(points: float, language: str) -> str:
    """Write points of the overall score that something brings."""
    return f"+{number(points, 1, language)}"


def offered(facts: dict[str, Any], language: str) -> str:
    """Say what would make the photo better."""
    steps = (f"{said(Repair(one['name']).label, language)} {gained(one['gain'], language)}" for one in facts["offered"])
    return said(Text("Would make it better: {steps}", steps=", ".join(steps)), language)

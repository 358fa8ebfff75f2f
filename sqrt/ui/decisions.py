"""Keep, reject or undecided: what a visitor decided of each photo, and what is proposed for the others."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from sqrt.words import N_


class Decision(StrEnum):
    """What is to become of a photo."""

    KEEP = "keep"
    UNDECIDED = "undecided"
    REJECT = "reject"

    @property
    def label(self) -> str:
        """The word for the screen, in English."""
        return _LABELS[self]


_LABELS = {
    Decision.KEEP: N_("Keep"),
    Decision.UNDECIDED: N_("Undecided"),
    Decision.REJECT: N_("Reject"),
}


@dataclass
class Decisions:
    """Decisions by the photos' places in the gallery.

    Attributes
    ----------
    made : dict of int to Decision
        By hand, or by `keep_the_best`; all other photos have what is proposed.
    proposed : set of int
        Photos whose proposal is to keep them: of each group one. The proposal for all others is to decide.
    """

    made: dict[int, Decision] = field(default_factory=dict)
    proposed: set[int] = field(default_factory=set)

    def __getitem__(self, place: int) -> Decision:
        """Return what holds for a photo."""
        return self.made.get(place, Decision.KEEP if place in self.proposed else Decision.UNDECIDED)

    def make(self, made: Mapping[int, Decision]) -> None:
        """Take over decisions that were made."""
        self.made.update(made)

    def keep_the_best(self, places: Iterable[int]) -> None:
        """Keep what is proposed, and reject what would still be undecided; what was kept or rejected by hand stays."""
        for place in places:
            if self.made.get(place, Decision.UNDECIDED) is Decision.UNDECIDED:
                self.made[place] = Decision.KEEP if place in self.proposed else Decision.REJECT

    def forget(self) -> None:
        """Go back to the proposals."""
        self.made.clear()

    def among(self, places: Iterable[int], wanted: Decision | None) -> list[int]:
        """Return those of the places that have the wanted decision; None wants all."""
        return [place for place in places if wanted in (None, self[place])]

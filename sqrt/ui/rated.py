"""A rated photo as a session keeps it, with what is found out about it when it is looked at."""

import itertools
from collections.abc import Collection
from dataclasses import dataclass, field
from functools import cached_property

from sqrt.errors import LocationError
from sqrt.improving import Fix, Repair, suggest_fix
from sqrt.rating import Rater, Rating
from sqrt.reading import Photo
from sqrt.reading.location import without_location
from sqrt.ui.uploads import count_as_kept

_KEPT = 6
"""Ways to make it better that are remembered: each takes up to 3 MB."""
_numbers = itertools.count()


@dataclass(frozen=True, eq=False)
class Rated:
    """A rated photo.

    Attributes
    ----------
    name : str
        What reports call it.
    data : bytes
        The file that `photo` was read from.
    photo : Photo
    rating : Rating
    engine : Rater
        Which made the rating.
    number : int
        Tells it from all others of the process.
    """

    name: str
    data: bytes
    photo: Photo
    rating: Rating
    engine: Rater
    number: int = field(default_factory=lambda: next(_numbers))
    _fixes: dict[frozenset[Repair], Fix | None] = field(default_factory=dict, repr=False)

    def __post_init__(self) -> None:
        count_as_kept(self, len(self.data) + self.photo.pixels.nbytes)

    @property
    def fixable(self) -> bool:
        """Whether a file of all its pixels can be made better within the settings' limits."""
        width, height = self.photo.size_wh
        return width * height <= self.engine.settings.max_whole_megapixels * 1_000_000

    @cached_property
    def location_goes(self) -> bool:
        """Whether where it was taken can be removed from its file."""
        try:
            without_location(self.data)
        except LocationError:
            return False
        return True

    def fix(self, repairs: Collection[Repair] = tuple(Repair)) -> Fix | None:
        """Return what makes the photo better by some repairs, found when first asked for; None where nothing does."""
        wanted = frozenset(repairs)
        if wanted not in self._fixes:
            found = suggest_fix(self.photo, self.rating, self.engine, wanted) if wanted else None
            if found:
                count_as_kept(found, found.photo.pixels.nbytes)
            while len(self._fixes) >= _KEPT:
                del self._fixes[next(iter(self._fixes))]
            self._fixes[wanted] = found
        return self._fixes[wanted]

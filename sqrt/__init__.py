"""SQRT, the Selfie Quality Rater: how good a photo is, what to change first, and which of several to keep.

>>> import sqrt
>>> rating = sqrt.rate("photo.jpg")  # doctest: +SKIP
>>> rating.overall, rating.advice[0].text  # doctest: +SKIP
"""

from collections.abc import Sequence
from functools import lru_cache

from sqrt.choosing import ranking
from sqrt.choosing.ranking import Ranking
from sqrt.choosing.shots import shot_of
from sqrt.errors import PhotoError, SqrtError
from sqrt.improving import Fixed, whole
from sqrt.rating import Rater, Rating, Source
from sqrt.reading import Photo
from sqrt.settings import Settings, load_settings

__version__ = "0.1.0"

__all__ = [
    "Fixed",
    "Photo",
    "PhotoError",
    "Ranking",
    "Rating",
    "Settings",
    "SqrtError",
    "__version__",
    "fix",
    "rank",
    "rate",
]


def rate(image: Source, settings: Settings | None = None) -> Rating:
    """Rate a photo: a path, encoded bytes, or an HxWx3 uint8 RGB array.

    Raises PhotoError for anything that is not a usable photo, and SettingsError where the environment is wrong.
    The face engines are made at the first call with the same settings and kept.
    """
    return _rater(settings or load_settings()).rate(image)


def rank(images: Sequence[Source], settings: Settings | None = None) -> Ranking:
    """Tell which of several photos to keep: they are put into groups of one scene, each with its best first.

    Parameters
    ----------
    images
        As `rate` takes them; one is read after the other, and none is held.

    Raises as `rate` does, for the first that is not a usable photo.
    """
    rater = _rater(settings or load_settings())
    return ranking.rank([shot_of("", *rater.examine(image)) for image in images])


def fix(image: Source, settings: Settings | None = None) -> Fixed:
    """Make a photo better by what helps: light, colours, contrast, grain, a tilt, the crop. Raises as `rate` does."""
    return whole.fix(image, _rater(settings or load_settings()))


@lru_cache(maxsize=4)
def _rater(settings: Settings) -> Rater:
    return Rater(settings)

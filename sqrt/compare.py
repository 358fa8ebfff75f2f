"""Several photos: in order, in groups of almost the same shot, and what sets each apart."""

from collections.abc import Mapping, Sequence
from statistics import median
from typing import NamedTuple, TypeVar

import imagehash
from PIL import Image

from sqrt.advice import overall_of
from sqrt.metrics import METRICS
from sqrt.photo import Photo
from sqrt.rating import Rating

ALIKE_BITS = 24
"""Of the 128 that two fingerprints can differ in: up to here it is almost the same shot. Different portraits
differ by 43 or more; of the next shots of a burst, moved and turned by 2 %, 95 of 100 lie within."""
_WORDS = 2
_WORTH_SAYING = 1.0  # points of the overall score

_Item = TypeVar("_Item")


class Fingerprint(NamedTuple):
    """What a picture looks like, coarsely: which of two neighbours is the brighter, across and down."""

    across: imagehash.ImageHash
    down: imagehash.ImageHash

    def __sub__(self, other: "Fingerprint") -> int:
        """Bits in which two differ, 0 to 128."""
        return int(self.across - other.across) + int(self.down - other.down)


def fingerprint(photo: Photo) -> Fingerprint:
    """Return the difference hashes (Krawetz 2013) of a photo: 64 bits for rows and 64 for columns."""
    small = Image.fromarray(photo.pixels)
    small.thumbnail((256, 256), Image.Resampling.BOX)
    return Fingerprint(imagehash.dhash(small), imagehash.dhash_vertical(small))


def grouped(ranked: Sequence[tuple[_Item, Fingerprint]]) -> list[list[_Item]]:
    """Put almost equal shots together, each group with its best first, the groups in the order of their best.

    A shot joins the first group whose best it resembles, so that no long chain of small steps joins what differs.
    """
    groups: list[tuple[Fingerprint, list[_Item]]] = []
    for item, seen in ranked:
        members = next((members for best, members in groups if best - seen <= ALIKE_BITS), None)
        if members is None:
            groups.append((seen, [item]))
        else:
            members.append(item)
    return [members for _, members in groups]


def typical(ratings: Sequence[Rating]) -> dict[str, float]:
    """Return the median score of each metric over the photos in which it could be assessed."""
    keys = [key for key in METRICS if any(key in rating.scores for rating in ratings)]
    return {key: median(rating.scores[key] for rating in ratings if key in rating.scores) for key in keys}


def reason(rating: Rating, usual: Mapping[str, float]) -> str:
    """Say in a few words what sets a photo apart from those with the `usual` scores; empty where nothing does.

    The words are of the metrics which, were they as usual, would change the overall score most: strengths if the photo
    owes its difference to them more than to its weaknesses, otherwise those.
    """
    if not rating.faces:
        return "no face found"
    effects = {
        key: rating.overall - overall_of({**rating.scores, key: usual[key]}) for key in rating.scores if key in usual
    }
    better = sum(effects.values()) >= 0
    telling = sorted((key for key in effects if (effects[key] > 0) == better), key=lambda key: -abs(effects[key]))
    words = [METRICS[key].compared[0 if better else 1] for key in telling if abs(effects[key]) >= _WORTH_SAYING]
    return ", ".join(words[:_WORDS])

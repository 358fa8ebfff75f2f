"""Shots of one scene: what looks almost the same, or was taken in one burst."""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from sqrt.faces.crop import reduced
from sqrt.reading import Pixels

ALIKE_BITS = 24
"""Of the 128 that two fingerprints can differ in: up to here it is almost the same shot. Different portraits
differ by 43 or more; of the next shots of a burst, moved and turned by 2 %, 95 of 100 lie within."""
_SIDE = 128


class Fingerprint(NamedTuple):
    """What a picture looks like, coarsely: which of two neighbours is the brighter, across and down; a bit each."""

    across: int
    down: int

    def __sub__(self, other: "Fingerprint") -> int:
        """Bits in which two differ, 0 to 128."""
        return (self.across ^ other.across).bit_count() + (self.down ^ other.down).bit_count()


def fingerprint(pixels: Pixels) -> Fingerprint:
    """Return the difference hashes (Krawetz 2013) of an HxWx3 picture: 64 bits for rows and 64 for columns."""
    small = Image.fromarray(reduced(pixels, _SIDE)).convert("L")

    def luma(width: int, height: int) -> NDArray[np.uint8]:
        return np.asarray(small.resize((width, height), Image.Resampling.LANCZOS))

    across, down = luma(9, 8), luma(8, 9)
    return Fingerprint(_packed(across[:, 1:] > across[:, :-1]), _packed(down[1:] > down[:-1]))


def _packed(bits: NDArray[np.bool_]) -> int:
    return int.from_bytes(np.packbits(bits).tobytes())


class Taken(Protocol):
    """What grouping knows of a shot."""

    @property
    def fingerprint(self) -> Fingerprint: ...

    @property
    def taken_at(self) -> datetime | None: ...


def grouped(shots: Sequence[Taken]) -> list[list[int]]:
    """Return the indices of shots, those of one scene together; groups and shots in the order in which they come.

    A shot joins the first group whose first shot it resembles, so that no long chain of small steps joins what differs.
    """
    groups: list[list[int]] = []
    for index, shot in enumerate(shots):
        for group in groups:
            if shots[group[0]].fingerprint - shot.fingerprint <= ALIKE_BITS:
                group.append(index)
                break
        else:
            groups.append([index])
    return groups

"""Shots of one scene: what looks almost the same, or was taken in one burst."""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from sqrt.choosing.outlines import Outlines, of_another
from sqrt.faces.crop import reduced
from sqrt.reading import Pixels

ALIKE_BITS = 24
"""Of the 128 that two fingerprints can differ in: up to here it is almost the same shot. Different portraits
differ by 43 or more; of the next shots of a burst, moved and turned by 2 %, 95 of 100 lie within."""
ALIKE_AROUND_BITS = 20
"""The same of the face and what is around it. Different portraits differ by 32 or more; of those moved by a fifth of
the frame, or framed upright and across, 90 of 100 lie within."""
BURST_S = 1.5
"""Shots no further apart are of one burst, unless they look altogether different (another camera's)."""
BURST_BITS = 48
SITTING_S = 600.0
"""How long one may stand in the same place: later, the same face is no sign of the same scene."""
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
    def around(self) -> Fingerprint | None: ...

    @property
    def outlines(self) -> Outlines | None: ...

    @property
    def taken_at(self) -> datetime | None: ...


def grouped(shots: Sequence[Taken]) -> list[list[int]]:
    """Return the indices of shots, those of one scene together; groups and shots in the order in which they come.

    A shot joins the first group whose first shot it resembles, or one of whose burst it is, so that no long chain of
    small steps joins what differs. Different people before one wall are different scenes.
    """
    groups: list[list[int]] = []
    for index, shot in enumerate(shots):
        for group in groups:
            if _alike(shots[group[0]], shot) or any(_of_one_burst(shots[other], shot) for other in group):
                group.append(index)
                break
        else:
            groups.append([index])
    return groups


def _alike(one: Taken, other: Taken) -> bool:
    if not (one.fingerprint - other.fingerprint <= ALIKE_BITS or _alike_around(one, other)):
        return False
    return one.outlines is None or other.outlines is None or not of_another(one.outlines, other.outlines)


def _alike_around(one: Taken, other: Taken) -> bool:
    """A step to the side, or the phone turned: the frame is another, the face before its background is not."""
    apart_s = _apart_s(one, other)
    at_one_time = apart_s is None or apart_s <= SITTING_S
    if one.around is None or other.around is None:
        return False
    return at_one_time and one.around - other.around <= ALIKE_AROUND_BITS


def _of_one_burst(one: Taken, other: Taken) -> bool:
    apart_s = _apart_s(one, other)
    return apart_s is not None and apart_s <= BURST_S and one.fingerprint - other.fingerprint <= BURST_BITS


def _apart_s(one: Taken, other: Taken) -> float | None:
    """Return the seconds between two shots, where both tell when they were taken."""
    if one.taken_at is None or other.taken_at is None:
        return None
    return abs((one.taken_at - other.taken_at).total_seconds())

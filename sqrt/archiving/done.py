"""What need not be rated again, in 8 or 16 bytes a photo: hashes of 64 bits.

Of a million photos, one new one in 18 million million is taken for one of them.
"""

from collections.abc import Iterable, Sequence
from hashlib import blake2b

import numpy as np
from numpy.typing import NDArray

from sqrt.archiving.listing import Entry
from sqrt.archiving.places import storable


def hash_of(text: str) -> int:
    """Return 64 bits of a text's BLAKE2b."""
    return int.from_bytes(blake2b(text.encode("utf-8", "backslashreplace"), digest_size=8).digest(), "big")


def photo_hash(address: str, size: int | None, changed: str | None) -> int:
    """Return the hash of a photo as it was listed, or read from a part."""
    return hash_of(f"{storable(address)}\0{size}\0{changed}")


def _array(hashes: Iterable[int]) -> NDArray[np.uint64]:
    return np.fromiter(hashes, np.uint64)


class Seen:
    """A set of hashes that grows: sorted arrays, each at least twice as long as the next."""

    def __init__(self) -> None:
        self._runs: list[NDArray[np.uint64]] = []

    def first(self, hashes: Sequence[int]) -> list[bool]:
        """Tell of each hash whether it comes for the first time, and remember it."""
        found = _array(hashes)
        new = np.zeros(len(found), bool)
        run, places = np.unique(found, return_index=True)
        new[places] = True
        for known in self._runs:
            places = np.minimum(np.searchsorted(known, found), len(known) - 1)
            new &= known[places] != found
        while self._runs and len(self._runs[-1]) < 2 * len(run):
            run = np.union1d(self._runs.pop(), run)
        self._runs.append(run)
        return new.tolist()


class Done:
    """The photos that stand in an archive: for each address, the hashes of what it was when it was rated."""

    def __init__(self, rows: Iterable[tuple[str, int | None, str | None]] = ()) -> None:
        addresses, photos = [], []
        chunk: list[tuple[int, int]] = []
        for address, size, changed in rows:
            chunk.append((hash_of(storable(address)), photo_hash(address, size, changed)))
            if len(chunk) == 10_000:  # as Python's own numbers they would take ten times as much
                addresses.append(_array(one for one, _ in chunk))
                photos.append(_array(one for _, one in chunk))
                chunk.clear()
        addresses.append(_array(one for one, _ in chunk))
        photos.append(_array(one for _, one in chunk))
        unsorted = np.concatenate(addresses)
        order = np.argsort(unsorted)
        self._addresses, self._photos = unsorted[order], np.concatenate(photos)[order]

    def __len__(self) -> int:
        return len(self._addresses)

    def of(self, entries: Sequence[Entry]) -> list[list[int]]:
        """Return for each entry the hashes of what its address was when it was rated; usually none or one."""
        wanted = _array(hash_of(storable(one.address)) for one in entries)
        begins = np.searchsorted(self._addresses, wanted, "left")
        ends = np.searchsorted(self._addresses, wanted, "right")
        return [self._photos[begin:end].tolist() for begin, end in zip(begins, ends, strict=True)]

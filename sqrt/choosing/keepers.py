"""The photos to keep, as one ZIP that is made while it is sent."""

import io
import re
import time
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from os.path import splitext
from zipfile import ZipFile, ZipInfo

from sqrt.choosing.sidecar import Pick, sidecar, sidecar_name
from sqrt.errors import LocationError
from sqrt.rating import Rating
from sqrt.reading.location import without_location
from sqrt.words import ENGLISH, said

CHUNK_BYTES = 64 * 1024
LEFT_OUT = "Left out.txt"
"""What the list of photos is called that are not in the ZIP."""

_NO_NAMES = re.compile(r"(?:CON|PRN|AUX|NUL|COM\d|LPT\d)(?:\.|$)", re.IGNORECASE)  # of files, on Windows
_NAME_BYTES = 200  # systems take 255; a sidecar's suffix and a number find room


@dataclass(frozen=True, eq=False)
class Keeper:
    """A photo that is kept: the name its owner gave it, its file, and its rating."""

    name: str
    data: bytes
    rating: Rating


def zipped(
    keepers: Iterable[Keeper], *, location: bool = True, sidecars: bool = False, language: str = ENGLISH
) -> Iterator[bytes]:
    """Yield a ZIP of the photos' files as they are, piece by piece of `CHUNK_BYTES` at most.

    Parameters
    ----------
    keepers
        One is asked for after the other; no copy of its file is made.
    location
        False takes out where each was taken, when its turn comes; a photo of which that is not sure is left out, and
        `LEFT_OUT` says so.
    sidecars
        True adds an XMP file to each photo.
    language
        In which `LEFT_OUT` says why.
    """
    unsent, names = _Unsent(), _Names()
    left_out = []
    # Photos do not get smaller, and as they are they cost no time.
    with ZipFile(unsent, "w") as archive:
        for keeper in keepers:
            try:
                data = keeper.data if location else without_location(keeper.data)
            except LocationError as error:
                left_out.append(f"{keeper.name}: {said(error.user_message, language)}")
                continue
            name = names.next(keeper.name)
            archive.writestr(_entry(name), data)
            yield from unsent.pieces()
            if sidecars:
                archive.writestr(_entry(sidecar_name(name)), sidecar(keeper.rating, Pick.ACCEPTED))
        if left_out:
            told = "\n".join(left_out) + "\n"
            archive.writestr(_entry(names.next(LEFT_OUT)), told.encode("utf-8", "replace"))
    yield from unsent.pieces()


def _entry(name: str) -> ZipInfo:
    entry = ZipInfo(name, time.localtime()[:6])
    entry.external_attr = 0o644 << 16  # or else nobody may read it
    return entry


class _Unsent(io.RawIOBase):
    """What a ZIP has written and nobody has taken yet: references, no copies.

    In an entry that is not sent yet its size and sum can be written where they belong, in front: not all programs read
    a ZIP that tells them only behind the data.
    """

    def __init__(self) -> None:
        self._waiting: dict[int, bytes] = {}  # by place
        self._place = 0

    def writable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._place

    def seek(self, place: int, whence: int = io.SEEK_SET) -> int:
        assert whence == io.SEEK_SET
        self._place = place
        return place

    def write(self, data: bytes) -> int:  # type: ignore[override]  # a ZIP writes nothing else
        self._waiting[self._place] = data
        self._place += len(data)
        return len(data)

    def pieces(self) -> Iterator[bytes]:
        """Yield and forget what waits."""
        waiting, self._waiting = self._waiting, {}
        for data in waiting.values():
            for start in range(0, len(data), CHUNK_BYTES):
                yield data[start : start + CHUNK_BYTES]


class _Names:
    """Names that are safe to unpack anywhere, each once."""

    def __init__(self) -> None:
        self._taken: set[str] = set()

    def next(self, name: str) -> str:
        """Return the name for a photo that is called `name`; with " (2)" and so on where it is taken."""
        stem, suffix = splitext(_safe(name))
        number, free = 1, stem + suffix
        while not self._taken.isdisjoint(wanted := {one.casefold() for one in (free, sidecar_name(free))}):
            number += 1
            free = f"{stem} ({number}){suffix}"
        self._taken |= wanted
        return free


def _safe(name: str) -> str:
    name = unicodedata.normalize("NFC", re.split(r"[/\\]", name)[-1])
    # Not printable: also what turns the direction of writing round, and what no encoding knows.
    name = "".join(char if char.isprintable() and char not in '<>:"|?*' else "_" for char in name).strip(" .")
    if not name or _NO_NAMES.match(name):
        name = f"photo {name}".rstrip()
    stem, suffix = splitext(name)
    suffix = suffix.encode()[:20].decode(errors="ignore")
    return stem.encode()[: _NAME_BYTES - len(suffix.encode())].decode(errors="ignore") + suffix

"""Where a picture was taken, wiped from one block of metadata, in place: its length and all else in it stay.

Blocks are writable views. Each function raises LocationError where it cannot be sure, having changed nothing or a part.
"""

import re
import struct
from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from sqrt.errors import LocationError

_Numbers = NDArray[np.int64]

_GPS, _IPTC = 0x8825, 33723
_DIRECTORIES = {0x8769, 0x014A, 0xA005}  # EXIF, pages within a page, interoperability
_DATA = ((273, 279), (324, 325), (513, 514))  # where strips, tiles or a thumbnail lie, and how long they are
_SIZES = {1: 1, 2: 1, 3: 2, 4: 4, 5: 8, 6: 1, 7: 1, 8: 2, 9: 4, 10: 8, 11: 4, 12: 8, 13: 4}  # bytes by type, TIFF 6.0
_MAX_GPS_TAGS = 64  # Exif 3.0 has 32
_MAX_DIRECTORIES = 1000
_MAX_ENTRIES = 20_000  # of all directories

# Exif for XMP, and what drones write; then what IPTC Core and Extension, and Photoshop before them, say in words.
_NAMES = rb"""[\w.-]++:(?:GPS|Gps|gps)\w*+
    |(?:photoshop|Iptc4xmpCore|Iptc4xmpExt):(?:City|State|Country|CountryCode|Location|LocationCreated|LocationShown)
    |geo:(?:lat|long|lat_long|alt)"""
_ELEMENT = re.compile(rb"<(%b)(?:\s[^<>]*)?>" % _NAMES, re.VERBOSE)
_ATTRIBUTE = re.compile(rb"(?<=\s)(?:%b)\s*+=\s*+(?:\"[^\"]*\"|'[^']*')" % _NAMES, re.VERBOSE)
_RESOURCE = re.compile(rb"8BIM(?=\x04[\x04\x22\x23])", re.DOTALL)  # of Photoshop: IPTC, and EXIF in two parts
_IN_WORDS = {26, 27, 90, 92, 95, 100, 101}  # IPTC IIM 4.2, record 2: content location, city to country
_POSITION = re.compile(rb"[+-]\d{2,6}(?:\.\d+)?[+-]\d{3,7}(?:\.\d+)?(?:[+-]\d+(?:\.\d+)?)?(?:CRS\w+)?/?")  # ISO 6709
_LOCI = re.compile(rb"loci\0\0\0\0")


def wipe_exif(block: memoryview) -> None:
    """Take the GPS directory out of a TIFF structure, which may have a few bytes before it."""
    header = re.search(rb"II\*\0|MM\0\*", block[:64])
    if header is None:
        return
    tiff = _Tiff(block[header.start() :])
    told = list(tiff.told())
    if any(tiff.holds(start, end) for start, end in told):
        raise LocationError("what GPS tags point at is something else, too")
    tiff.leave_out()
    for start, end in told:
        tiff.view[start:end] = bytes(end - start)


class _Tiff:
    """A TIFF structure (TIFF 6.0), as far as it can be read."""

    def __init__(self, view: memoryview) -> None:
        self.view = view
        self._order = "<" if view[0] == ord("I") else ">"
        self._directories = [(0, 8)]
        self._data: list[tuple[_Numbers, _Numbers]] = []
        self._pointers: list[tuple[int, int, int]] = []  # directory, number of the entry in it, GPS directory
        self._count = 0
        seen, ahead = set[int](), [self._number("I", 4)]
        while ahead:
            place = ahead.pop()
            if 0 < place <= len(view) - 2 and place not in seen:
                seen.add(place)
                ahead += self._read(place)
            if len(seen) > _MAX_DIRECTORIES or self._count > _MAX_ENTRIES:
                raise LocationError(f"{len(seen)} directories of {self._count} tags")

    def told(self) -> Iterator[tuple[int, int]]:
        """Yield where GPS directories and their values lie, from and to."""
        for _, _, place in self._pointers:
            count = self._number("H", place)
            end = place + 2 + 12 * count + 4
            if count > _MAX_GPS_TAGS or end - 4 > len(self.view):
                raise LocationError(f"a GPS directory of {count} tags, at {place} of {len(self.view)} bytes")
            for _, kind, amount, value in self._entries(place):
                size = _SIZES.get(kind, 9) * amount  # of no type's size: outside, unless there is none of it
                if size > 4:
                    if kind not in _SIZES or value + size > len(self.view):
                        raise LocationError(f"a GPS tag of type {kind}, {size} bytes at {value} of {len(self.view)}")
                    yield value, value + size
            yield place, min(end, len(self.view))

    def holds(self, start: int, end: int) -> bool:
        """Whether another directory, or the picture, lies in a range."""
        lie = [*self._data, (np.array(self._directories)[:, 0], np.array(self._directories)[:, 1])]
        return any(bool(np.any((starts < end) & (ends > start))) for starts, ends in lie)

    def leave_out(self) -> None:
        """Take the entries that lead to GPS directories out of theirs, the last ones first."""
        for place, number, _ in sorted(self._pointers, reverse=True):
            count = self._number("H", place)
            at, end = place + 2 + 12 * number, min(place + 2 + 12 * count + 4, len(self.view))
            self.view[at:end] = bytes(self.view[at + 12 : end]) + bytes(12)
            struct.pack_into(f"{self._order}H", self.view, place, count - 1)

    def _read(self, place: int) -> Iterator[int]:
        """Note what a directory holds, and yield where others lie."""
        count = self._number("H", place)
        self._count += count
        self._directories.append((place, place + 2 + 12 * count + 4))
        found = {}
        for number, (tag, kind, amount, value) in enumerate(self._entries(place)):
            found[tag] = place + 2 + 12 * number, kind, amount, value
            if tag == _GPS:
                if not 8 <= value <= len(self.view) - 2:
                    raise LocationError(f"a GPS directory at {value} of {len(self.view)} bytes")
                self._pointers.append((place, number, value))
            elif tag in _DIRECTORIES:
                yield from map(int, self._values(*found[tag])[:_MAX_DIRECTORIES])
            elif tag == _IPTC:
                wipe_iptc(self.view[value : value + _SIZES.get(kind, 1) * amount])
        for where, length in _DATA:
            if where in found and length in found:
                starts, lengths = self._values(*found[where]), self._values(*found[length])
                both = min(len(starts), len(lengths))
                self._data.append((starts[:both], starts[:both] + lengths[:both]))
        yield self._number("I", place + 2 + 12 * count)

    def _entries(self, place: int) -> Iterator[tuple[int, int, int, int]]:
        """Yield tag, type, count and value, or where that lies, of the entries that are there."""
        start = place + 2
        count = min(self._number("H", place), (len(self.view) - start) // 12)
        yield from struct.iter_unpack(f"{self._order}HHII", self.view[start : start + 12 * count])

    def _values(self, entry: int, kind: int, amount: int, value: int) -> _Numbers:
        """Return whole numbers of an entry, those that are there."""
        if kind not in (3, 4, 13):
            return np.zeros(0, np.int64)
        size = _SIZES[kind]
        start = entry + 8 if size * amount <= 4 else value
        there = max(min(amount, (len(self.view) - start) // size), 0)
        numbers = np.frombuffer(self.view[start : start + size * there], f"{self._order}u{size}")
        return numbers.astype(np.int64)

    def _number(self, kind: str, at: int) -> int:
        """Return a number of the structure; 0 where that has ended."""
        there = at + struct.calcsize(kind) <= len(self.view)
        return int(struct.unpack_from(f"{self._order}{kind}", self.view, at)[0]) if there else 0


def wipe_xmp(block: memoryview) -> None:
    """Put spaces in the place of all that tells a place in XMP as UTF-8 text."""
    text = bytes(block)
    end = 0
    for found in _ELEMENT.finditer(text):
        if found.start() < end:
            continue  # a part of the one before
        end = found.end()
        if text[end - 2 : end] != b"/>":
            # No later one is sought for one that never ends: of many such the time would have no bound.
            if (close := re.compile(rb"</%b\s*>" % re.escape(found[1])).search(text, end)) is None:
                raise LocationError("XMP that does not end")
            end = close.end()
        block[found.start() : end] = b" " * (end - found.start())
    for found in _ATTRIBUTE.finditer(bytes(block)):
        block[found.start() : found.end()] = b" " * (found.end() - found.start())


def wipe_resources(block: memoryview) -> None:
    """Wipe what Photoshop's image resources repeat of IPTC and EXIF."""
    room = len(block)
    for found in list(_RESOURCE.finditer(block)):
        name = found.end() + 2
        start = name + (1 + block[name] + 1) // 2 * 2 + 4 if name < len(block) else len(block)
        if start > len(block):
            continue
        data = block[start : start + int.from_bytes(block[start - 4 : start])]
        if (room := room - len(data)) < 0:
            raise LocationError("image resources within each other")
        if block[found.end() + 1] == 4:
            wipe_iptc(data)
        else:
            wipe_exif(data)


def wipe_iptc(block: memoryview) -> None:
    """Put spaces in the place of places' names in IPTC IIM."""
    at = 0
    while at + 5 <= len(block) and block[at] == 0x1C:
        size = int.from_bytes(block[at + 3 : at + 5])
        if size & 0x8000:
            raise LocationError("IPTC of a field of over 32 kB")
        if block[at + 1] == 2 and block[at + 2] in _IN_WORDS:
            field = block[at + 5 : at + 5 + size]
            field[:] = b" " * len(field)
        at += 5 + size


def wipe_film(moov: memoryview) -> None:
    """Wipe the position from the header (the ``moov`` box) of a film."""
    for found in list(_POSITION.finditer(moov)):
        moov[found.start() : found.end()] = b" " * (found.end() - found.start())
    for found in list(_LOCI.finditer(moov)):  # 3GPP TS 26.244
        size = int.from_bytes(moov[max(found.start() - 4, 0) : found.start()])
        box = moov[found.start() : found.start() + max(size - 4, 8)]
        box[:] = b"free" + bytes(len(box) - 4)

"""HEIF, AVIF and films (ISO/IEC 14496-12) without where they were taken, in place.

What is given is a writable view of a whole file. Functions raise LocationError where they cannot be sure, and
struct.error or IndexError where the file is cut off.
"""

import re
import struct
from collections.abc import Callable, Iterator, Sequence

from sqrt.errors import LocationError
from sqrt.reading.gps import wipe_exif, wipe_film, wipe_xmp

Wipe = Callable[[memoryview], None]
_FILM = re.compile(rb"\0\0\0[\x08-\x80]ftyp")
_MAX_FILMS = 4


def wipe_films(view: memoryview) -> None:
    """Wipe the headers of films that lie in a file, or behind it."""
    for count, film in enumerate(_FILM.finditer(view), 1):
        if count > _MAX_FILMS:
            raise LocationError(f"over {_MAX_FILMS} films")
        for kind, start, end in _boxes(view, film.start(), len(view)):
            if kind == b"moov":
                wipe_film(view[start:end])


def wipe_heif(view: memoryview) -> None:
    """Wipe the items of EXIF and XMP."""
    for kind, start, end in _boxes(view, 0, len(view)):
        if kind == b"meta":
            _items(view, start + 4, end)


def wipe_scattered(view: memoryview, parts: Sequence[tuple[int, int]], wipe: Wipe) -> memoryview:
    """Wipe a block that lies in parts, each from and to; return it."""
    whole = memoryview(bytearray(b"".join(view[start:end] for start, end in parts)))
    wipe(whole)
    at = 0
    for start, end in parts:
        view[start:end] = whole[at : at + end - start]
        at += end - start
    return whole


def _boxes(view: memoryview, at: int, end: int) -> Iterator[tuple[bytes, int, int]]:
    """Yield type, and where the content lies, of the boxes in a range, up to what is none."""
    while at + 8 <= end:
        size, kind = struct.unpack_from(">I4s", view, at)
        head = 8
        if size == 1:
            size, head = int.from_bytes(view[at + 8 : at + 16]), 16
        size = size or end - at
        if size < head:
            return
        yield kind, at + head, min(at + size, end)
        at += size


def _items(view: memoryview, at: int, end: int) -> None:
    boxes = {kind: (start, stop) for kind, start, stop in _boxes(view, at, end)}
    if b"iinf" not in boxes:
        return
    wipes = dict(_wipes(view, *boxes[b"iinf"]))
    if not wipes:
        return
    if b"iloc" not in boxes:
        raise LocationError("metadata without a place")
    room = len(view)
    for item, method, extents in _places(view, boxes[b"iloc"][0]):
        if (wipe := wipes.pop(item, None)) is None:
            continue
        base = boxes[b"idat"][0] if method == 1 and b"idat" in boxes else 0
        parts = [(base + start, base + start + size if size else len(view)) for start, size in extents]
        room -= sum(stop - start for start, stop in parts)
        if method > 1 or room < 0 or any(not start <= stop <= len(view) for start, stop in parts):
            raise LocationError("metadata that lie elsewhere")
        wipe_scattered(view, parts, wipe)


def _wipes(view: memoryview, at: int, end: int) -> Iterator[tuple[int, Wipe]]:
    """Yield the number of each item of metadata, and how it is wiped."""
    for kind, start, stop in _boxes(view, at + (6 if view[at] == 0 else 8), end):
        if kind != b"infe":
            continue
        version = view[start]
        if version < 2:
            raise LocationError(f"items of version {version}")
        item, _, what = struct.unpack_from(">HH4s" if version == 2 else ">IH4s", view, start + 4)
        if what == b"Exif":
            yield item, wipe_exif
        elif what == b"mime":
            texts = bytes(view[start + (12 if version == 2 else 14) : stop]).split(b"\0")
            if any(texts[2:3]):
                raise LocationError("metadata that are packed")
            yield item, wipe_xmp


def _places(view: memoryview, at: int) -> Iterator[tuple[int, int, list[tuple[int, int]]]]:
    """Yield of each item its number, the method of its place, and start and size of its parts."""
    version = view[at]
    of_offset, of_length, of_base, of_index = (n for byte in view[at + 4 : at + 6] for n in (byte >> 4, byte & 15))
    if not of_offset + of_length:
        raise LocationError("items without a place")
    of_number = 2 if version < 2 else 4
    at += 6

    def number(size: int) -> int:
        nonlocal at
        at += size
        if at > len(view):
            raise LocationError("the places of items are cut off")
        return int.from_bytes(view[at - size : at])

    for _ in range(number(of_number)):
        item = number(of_number)
        method = number(2) & 15 if version else 0
        if number(2):
            method = 15  # in another file
        base = number(of_base)
        parts = []
        for _ in range(number(2)):
            number(of_index if version else 0)
            start = base + number(of_offset)
            parts.append((start, number(of_length)))
        yield item, method, parts

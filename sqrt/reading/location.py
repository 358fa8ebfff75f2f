"""A photo's file without where it was taken: losslessly, and with all else that it tells."""

import hashlib
import re
import struct
import zlib
from collections import defaultdict

from sqrt.errors import LocationError
from sqrt.reading.boxes import wipe_films, wipe_heif, wipe_scattered
from sqrt.reading.gps import wipe_exif, wipe_resources, wipe_xmp
from sqrt.reading.png import png_without_location

# No scan of a JPEG holds 0xFFE1, and chance makes no eight bytes: it is sought in the whole file, behind which another
# may lie (MPO, moving photos), and in thumbnails.
_EXIF = re.compile(rb"\xff\xe1(?P<size>..).{0,4}?Exif\0[\0\xff]", re.DOTALL)
_EXTENDED_XMP = re.compile(
    rb"\xff\xe1(?P<size>..)http://ns\.adobe\.com/xmp/extension/\0(?P<digest>[0-9A-F]{32}).{8}", re.DOTALL
)
_RDF, _END_OF_RDF = b"http://www.w3.org/1999/02/22-rdf-syntax-ns#", b":RDF>"
_MAX_BLOCKS = 200
_LEFT = [name.encode(code) for name in ("gpslat", "gpslong") for code in ("utf-8", "utf-16-le", "utf-32-le")]


def without_location(data: bytes) -> bytes:
    """Return a photo's file without where it was taken; all else, the pixels' bytes above all, stays.

    Parameters
    ----------
    data : bytes
        A JPEG (also with others, or a film, behind it), PNG, WebP, HEIC, HEIF, AVIF, TIFF, GIF or BMP file.

    Returns
    -------
    bytes
        Without the GPS directory of EXIF, without GPS and the names of places in XMP, and without these names in IPTC.
        Equally long, but for texts of a PNG. What a camera writes into notes of its own (MakerNote) stays.

    Raises
    ------
    LocationError
        Where something is left, or might be: another kind of file, or metadata that are damaged or oddly stored.
    """
    try:
        wiped = png_without_location(data) if data.startswith(b"\x89PNG") else _in_place(data)
    except (struct.error, zlib.error, IndexError, ValueError) as error:
        raise LocationError(f"damaged: {type(error).__name__}: {error}") from error
    folded = wiped.lower()
    if any(name in folded for name in _LEFT):
        raise LocationError("GPS is told in a form that is not known")
    return wiped


def _in_place(data: bytes) -> bytes:
    copy = bytearray(data)
    view = memoryview(copy)
    _wipe_segments(view)
    if data.startswith((b"II*\0", b"MM\0*")):
        wipe_exif(view)
    elif data.startswith(b"RIFF") and data[8:12] == b"WEBP":
        _wipe_webp(view)
    elif data[4:8] == b"ftyp":
        wipe_heif(view)
    elif not data.startswith((b"\xff\xd8", b"GIF8", b"BM")):
        raise LocationError("a kind of file in which nothing is looked for")
    wipe_films(view)
    return bytes(copy)


def _wipe_segments(view: memoryview) -> None:
    """Wipe what is known by how it begins, wherever it lies."""
    whole = bytes(view)
    exif, extended = (list(one.finditer(whole)) for one in (_EXIF, _EXTENDED_XMP))
    if len(exif) + len(extended) > _MAX_BLOCKS:
        raise LocationError(f"over {_MAX_BLOCKS} blocks of metadata")
    for found in exif:
        wipe_exif(view[found.end() - 6 : found.start() + 2 + int.from_bytes(found["size"])])
    wipe_resources(view)
    _wipe_extended(view, extended)
    at = whole.find(_RDF)
    while at >= 0:
        end = whole.find(_END_OF_RDF, at)
        end = end if end >= 0 else len(whole)
        wipe_xmp(view[at:end])
        at = whole.find(_RDF, end)


def _wipe_extended(view: memoryview, segments: list[re.Match[bytes]]) -> None:
    """Wipe XMP that was too long for one segment of a JPEG, and name it by its new digest (XMP part 3, 1.1.3.1)."""
    blocks: dict[bytes, list[tuple[int, int, int]]] = defaultdict(list)
    for found in segments:
        start, end = found.end(), found.start() + 2 + int.from_bytes(found["size"])
        if not start <= end <= len(view):
            raise LocationError("extended XMP that is cut off")
        blocks[found["digest"]].append((int.from_bytes(view[start - 4 : start]), start, end))
    for digest, pieces in blocks.items():
        whole = wipe_scattered(view, [(start, end) for _, start, end in sorted(pieces)], wipe_xmp)
        new = hashlib.md5(whole, usedforsecurity=False).hexdigest().upper().encode()
        for found in list(re.finditer(digest, view)):
            view[found.start() : found.end()] = new


def _wipe_webp(view: memoryview) -> None:
    at = 12
    while at + 8 <= len(view):
        kind, size = struct.unpack_from("<4sI", view, at)
        if kind == b"EXIF":
            wipe_exif(view[at + 8 : at + 8 + size])
        at += 8 + size + size % 2

"""A PNG (third edition) without where it was taken."""

import re
import zlib
from collections.abc import Callable

from sqrt.errors import LocationError
from sqrt.reading.gps import wipe_exif, wipe_resources, wipe_xmp

_MAX_TEXTS = 100
_MAX_BYTES = 8 * 2**20  # of a text, unpacked


def png_without_location(data: bytes) -> bytes:
    """Return a PNG file without it; raises as `sqrt.reading.location` does, and zlib.error and ValueError."""
    pieces, texts = [data[:8]], 0
    at = 8
    while at < len(data):
        end = at + 12 + int.from_bytes(data[at : at + 4])
        kind = data[at + 4 : at + 8]
        if kind in (b"eXIf", b"tEXt", b"zTXt", b"iTXt"):
            texts += 1
            if end > len(data) or texts > _MAX_TEXTS:
                raise LocationError("PNG metadata that are cut off, or too many")
            told = data[at + 8 : end - 4]
            wiped = _wiped(told, wipe_exif) if kind == b"eXIf" else _text(kind, told)
            if wiped != told:
                crc = zlib.crc32(kind + wiped).to_bytes(4)
                pieces += [len(wiped).to_bytes(4), kind, wiped, crc] if wiped else []
                at = end
                continue
        pieces.append(data[at:end])
        at = end
        if kind == b"IEND":  # what lies behind is no PNG's
            break
    return b"".join(pieces)


def _wiped(block: bytes, *wipes: Callable[[memoryview], None]) -> bytes:
    copy = bytearray(block)
    for wipe in wipes:
        wipe(memoryview(copy))
    return bytes(copy)


def _text(kind: bytes, chunk: bytes) -> bytes:
    """Return a text, packed as it was; empty where all of it tells a place."""
    keyword, _, rest = chunk.partition(b"\0")
    if b"gps" in keyword.lower():  # of ImageMagick
        return b""
    packed, head = kind == b"zTXt", 1 if kind == b"zTXt" else 0
    if kind == b"iTXt":
        packed = rest[:1] == b"\1"
        head = rest.index(b"\0", rest.index(b"\0", 2) + 1) + 1  # after the language and the keyword in it
    text = _unpacked(rest[head:]) if packed else rest[head:]
    wiped = _raw_profile(text) if keyword.startswith(b"Raw profile type ") else _wiped(text, wipe_xmp)
    if wiped == text:
        return chunk
    return b"".join([keyword, b"\0", rest[:head], zlib.compress(wiped) if packed else wiped])


def _unpacked(packed: bytes) -> bytes:
    worker = zlib.decompressobj()
    text = worker.decompress(packed, _MAX_BYTES)
    if not worker.eof:
        raise LocationError("a text of a PNG that is cut off, or too long")
    return text


def _raw_profile(text: bytes) -> bytes:
    """Return a block of metadata, written by ImageMagick in hexadecimal below its name and its length."""
    found = re.fullmatch(rb"(\n[^\n]*\n\s*\d+\n)([0-9a-fA-F\s]*)", text)
    if found is None:
        raise LocationError("a raw profile that cannot be read")
    block = bytes.fromhex(found[2].decode())
    wiped = _wiped(block, wipe_exif, wipe_xmp, wipe_resources)
    if wiped == block:
        return text
    digits = iter(wiped.hex().encode())
    return found[1] + bytes(byte if byte in b" \t\n\v\f\r" else next(digits) for byte in found[2])

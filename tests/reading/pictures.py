"""Pictures as files of any kind, and what must be true of every photo or refusal."""

import io
import struct
import zlib
from collections.abc import Mapping

import numpy as np
import pytest
import skimage.data
from PIL import ExifTags, Image

from sqrt.errors import PhotoError
from sqrt.reading import Photo, load_photo

COFFEE = skimage.data.coffee()  # 600x400: not square
CAMERA = skimage.data.camera()  # grey
SMALL = Image.fromarray(COFFEE).resize((60, 40))
EVERY_FORMAT = ("JPEG", "PNG", "WEBP", "AVIF", "HEIF", "GIF", "BMP", "TIFF")
LOSSLESS = {"PNG": {}, "TIFF": {}, "BMP": {}, "WEBP": {"lossless": True}}


def encoded(picture: np.ndarray | Image.Image, kind: str = "PNG", **options) -> bytes:
    image = picture if isinstance(picture, Image.Image) else Image.fromarray(picture)
    file = io.BytesIO()
    image.save(file, kind, **({"quality": 90} if kind == "JPEG" else {}), **options)
    return file.getvalue()


def exif(orientation: int | None = None, *, gps: bool = False, lens: Mapping[int, object] | None = None) -> bytes:
    tags = Image.Exif()
    if orientation is not None:
        tags[ExifTags.Base.Orientation] = orientation
    if gps:
        tags[ExifTags.IFD.GPSInfo] = {1: "N", 2: (48.0, 8.0, 0.0), 3: "E", 4: (11.0, 34.0, 0.0)}
    if lens:
        tags[ExifTags.IFD.Exif] = dict(lens)
    return tags.tobytes()


def difference(a: np.ndarray, b: np.ndarray) -> float:
    """Mean distance in levels; a shift or turn of these pictures makes 20 and more."""
    assert a.shape == b.shape
    return float(np.abs(a.astype(float) - b).mean())


def is_a_photo(photo: Photo) -> bool:
    height, width, channels = photo.pixels.shape
    return (
        photo.pixels.dtype == np.uint8
        and channels == 3
        and photo.pixels.flags.c_contiguous
        and not photo.pixels.flags.writeable
        and 0 < photo.scale <= 1
        and abs(height / photo.size_wh[1] - photo.scale) <= 1 / min(photo.size_wh) + 1 / min(width, height)
    )


def assert_sentence(error: PhotoError) -> None:
    assert error.user_message[0].isupper()
    assert error.user_message.endswith(".")
    for jargon in ("dtype", "array", "px", "EXIF", "byte ", "Error", "decode", "None"):
        assert jargon not in error.user_message


def refusal(source, **options) -> PhotoError:
    with pytest.raises(PhotoError) as caught:
        load_photo(source, **options)
    assert_sentence(caught.value)
    return caught.value


def png_chunk(name: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))


ALPHA = np.tile(np.linspace(0, 255, 600).round().astype(np.uint8), (400, 1))
ON_WHITE = (COFFEE * (ALPHA / 255)[..., np.newaxis] + 255 - ALPHA[..., np.newaxis]).round()


TRANSFORMS = {  # EXIF orientation: how its camera stored an upright picture
    1: lambda a: a,
    2: lambda a: a[:, ::-1],
    3: lambda a: a[::-1, ::-1],
    4: lambda a: a[::-1],
    5: lambda a: a.transpose(1, 0, 2),
    6: lambda a: np.rot90(a, 1),
    7: lambda a: a[::-1, ::-1].transpose(1, 0, 2),
    8: lambda a: np.rot90(a, -1),
}


# What a camera writes of its lens; COFFEE has 600x400 pixels.
LENS = {ExifTags.Base.FocalLengthIn35mmFilm: 26}


def profile(primaries_xyz: list[list[float]], name: bytes = b"made by a test") -> bytes:
    """An ICC 2.4 display profile of three primaries (as PCS XYZ, D50) and sRGB's curve."""

    def fixed(values: list[float]) -> bytes:
        return b"".join(struct.pack(">i", round(value * 65536)) for value in values)

    curve = b"para\0\0\0\0\0\3\0\0" + fixed([2.4, 1 / 1.055, 0.055 / 1.055, 1 / 12.92, 0.04045])
    tags = {b"desc": b"desc\0\0\0\0" + struct.pack(">I", len(name) + 1) + name + bytes(79)}
    tags[b"cprt"] = b"text\0\0\0\0none\0"
    tags[b"wtpt"] = b"XYZ \0\0\0\0" + fixed([0.9505, 1.0, 1.0891])
    for letter, xyz in zip((b"r", b"g", b"b"), primaries_xyz, strict=True):
        tags[letter + b"XYZ"] = b"XYZ \0\0\0\0" + fixed(xyz)
        tags[letter + b"TRC"] = curve
    table, body, start = b"", b"", 132 + 12 * len(tags)
    for tag, content in tags.items():
        table += tag + struct.pack(">II", start + len(body), len(content))
        body += content + bytes(-len(content) % 4)
    head = struct.pack(">I4xI", start + len(body), 0x02400000) + b"mntrRGB XYZ " + bytes(12) + b"acsp" + bytes(28)
    return head + fixed([0.9642, 1.0, 0.8249]) + bytes(48) + struct.pack(">I", len(tags)) + table + body


# Columns of the matrices to PCS XYZ, adapted to D50: Apple's Display P3 profile, and sRGB's of IEC 61966-2-1.
P3_XYZ = [[0.51512, 0.24120, -0.00105], [0.29198, 0.69225, 0.04189], [0.15710, 0.06657, 0.78407]]
P3 = profile(P3_XYZ)

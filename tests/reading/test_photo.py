"""Real files of every format, made in memory; whatever is no usable photo is refused with a sentence."""

import io
import logging
import os
import struct
import subprocess
import sys
import threading
import zlib
from collections.abc import Iterator, Mapping
from pathlib import Path

import numpy as np
import pytest
import skimage.data
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from PIL import ExifTags, Image, ImageCms

from sqrt.errors import PhotoError
from sqrt.reading import Photo, load_photo, part
from sqrt.reading.photo import MIN_SIDE
from tests.damage import damaged

ASTRONAUT = skimage.data.astronaut()
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


def enlarged(width: int, height: int) -> Image.Image:
    return Image.fromarray(COFFEE).resize((width, height))


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


def photo_or_sentence(source, **options) -> Photo | None:
    """Load it, or see that the refusal is a sentence."""
    try:
        photo = load_photo(source, **options)
    except PhotoError as error:
        assert_sentence(error)
        return None
    assert is_a_photo(photo)
    return photo


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


# Formats


@pytest.mark.parametrize("kind", EVERY_FORMAT)
def test_every_format(kind):
    photo = load_photo(encoded(COFFEE, kind))
    assert is_a_photo(photo)
    assert (photo.format, photo.size_wh, photo.scale, photo.has_gps) == (kind, (600, 400), 1, False)
    assert difference(photo.pixels, COFFEE) < (9 if kind == "GIF" else 4)
    if kind in LOSSLESS:
        np.testing.assert_array_equal(load_photo(encoded(COFFEE, kind, **LOSSLESS[kind])).pixels, COFFEE)


def test_sources(tmp_path):
    data = encoded(COFFEE)
    path = tmp_path / "photo.with.no.known.suffix"
    path.write_bytes(data)
    for source in (data, bytearray(data), memoryview(data), memoryview(data + data)[: len(data)], path, str(path)):
        np.testing.assert_array_equal(load_photo(source).pixels, COFFEE)


@pytest.mark.parametrize("kind", ["GIF", "PNG", "WEBP", "TIFF", "MPO", "HEIF", "AVIF"])
def test_the_first_of_several_frames(kind):
    options = {"lossless": True} if kind == "WEBP" else {}
    data = encoded(SMALL, kind, save_all=True, append_images=[Image.new("RGB", SMALL.size, "blue")] * 2, **options)
    photo = load_photo(data)
    assert difference(photo.pixels, np.asarray(SMALL)) < 10
    assert photo.format == ("JPEG" if kind == "MPO" else kind)


def test_a_photo_with_a_film_behind_it():
    photo = load_photo(encoded(COFFEE, "JPEG") + np.random.default_rng(0).bytes(2**20))
    assert difference(photo.pixels, COFFEE) < 3


@pytest.mark.parametrize("data", [b"%!PS-Adobe-3.0 EPSF-3.0\n", b"P6 20 20 255\n" + bytes(1200)], ids=["EPS", "PPM"])
def test_other_formats_are_refused_by_content(data, tmp_path):
    path = tmp_path / "photo.jpg"
    path.write_bytes(data)
    assert "not a photo" in refusal(path).user_message


# Pixels: channels, depth, transparency


def grey(values: np.ndarray) -> np.ndarray:
    return np.repeat(values[..., np.newaxis], 3, axis=2)


@pytest.mark.parametrize("kind", ["PNG", "TIFF", "JPEG", "WEBP", "AVIF", "HEIF"])
def test_grey(kind):
    assert difference(load_photo(encoded(CAMERA, kind)).pixels, grey(CAMERA)) < 4


@pytest.mark.parametrize("kind", ["PNG", "TIFF"])
def test_16_bit_grey(kind):
    data = encoded(CAMERA.astype(np.uint16) * 257, kind)
    np.testing.assert_array_equal(load_photo(data).pixels, grey(CAMERA))


def test_16_bit_colour():
    rows = (COFFEE.astype(">u2") * 257).reshape(400, -1)
    body = zlib.compress(b"".join(b"\0" + row.tobytes() for row in rows))
    chunks = [(b"IHDR", struct.pack(">IIBBBBB", 600, 400, 16, 2, 0, 0, 0)), (b"IDAT", body), (b"IEND", b"")]
    data = b"\x89PNG\r\n\x1a\n" + b"".join(png_chunk(*chunk) for chunk in chunks)
    np.testing.assert_array_equal(load_photo(data).pixels, COFFEE)


def png_chunk(name: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))


@pytest.mark.parametrize("white", [1.0, 255.0, 65535.0])
def test_float_tiff(white):
    data = encoded((CAMERA / 255 * white).astype(np.float32), "TIFF")
    np.testing.assert_array_equal(load_photo(data).pixels, grey(CAMERA))


@pytest.mark.parametrize("value", [np.nan, np.inf, -1.0, 1e9])
def test_float_tiff_without_a_meaning(value):
    picture = (CAMERA / 255).astype(np.float32)
    picture[3, 4] = value
    assert "brightness" in refusal(encoded(picture, "TIFF")).user_message


def test_32_bit_tiff():
    np.testing.assert_array_equal(load_photo(encoded(CAMERA.astype(np.int32) * 257, "TIFF")).pixels, grey(CAMERA))


def test_black_and_white():
    image = Image.fromarray(CAMERA).convert("1")
    np.testing.assert_array_equal(load_photo(encoded(image)).pixels, np.asarray(image.convert("RGB")))


def test_lab():
    assert difference(load_photo(encoded(Image.fromarray(COFFEE).convert("LAB"), "TIFF")).pixels, COFFEE) < 4


def test_palette():
    image = Image.fromarray(COFFEE).quantize(64)
    for kind in ("PNG", "GIF", "BMP", "TIFF"):
        np.testing.assert_array_equal(load_photo(encoded(image, kind)).pixels, np.asarray(image.convert("RGB")))


@pytest.mark.parametrize("kind", ["JPEG", "TIFF"])
def test_cmyk(kind):
    """Pillow writes CMYK JPEGs as Adobe does: inverted."""
    photo = load_photo(encoded(Image.fromarray(COFFEE).convert("CMYK"), kind))
    assert difference(photo.pixels, COFFEE) < 4


ALPHA = np.tile(np.linspace(0, 255, 600).round().astype(np.uint8), (400, 1))
ON_WHITE = (COFFEE * (ALPHA / 255)[..., np.newaxis] + 255 - ALPHA[..., np.newaxis]).round()


@pytest.mark.parametrize("kind", ["PNG", "WEBP", "TIFF", "AVIF", "HEIF"])
def test_transparent_is_white(kind):
    # Lossy encoders may do as they please where nothing is seen.
    photo = load_photo(encoded(np.dstack([COFFEE, ALPHA]), kind, **LOSSLESS.get(kind, {})))
    assert difference(photo.pixels, ON_WHITE) < (1 if kind in LOSSLESS else 5)


def test_transparent_grey_and_palette_and_colour():
    luma = Image.fromarray(COFFEE).convert("L")
    expected = grey(np.asarray(luma)) * (ALPHA / 255)[..., np.newaxis] + 255 - ALPHA[..., np.newaxis]
    assert difference(load_photo(encoded(Image.merge("LA", [luma, Image.fromarray(ALPHA)]))).pixels, expected) < 1

    palette = Image.fromarray(COFFEE).quantize(4)
    seen = np.asarray(palette)[..., np.newaxis] != 0
    expected = np.where(seen, np.asarray(palette.convert("RGB")), 255)
    for transparency in (0, b"\0\xff\xff\xff"):
        pixels = load_photo(encoded(palette, transparency=transparency)).pixels
        np.testing.assert_array_equal(pixels, expected)

    flag = Image.new("RGB", (40, 20), (10, 20, 30))
    flag.paste((200, 0, 0), (0, 0, 20, 20))
    pixels = load_photo(encoded(flag, transparency=(10, 20, 30))).pixels
    assert pixels[0, 0].tolist() == [200, 0, 0]
    assert pixels[0, 39].tolist() == [255, 255, 255]


# Orientation

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


@pytest.mark.parametrize("orientation", TRANSFORMS)
def test_orientation(orientation):
    stored = np.ascontiguousarray(TRANSFORMS[orientation](COFFEE))
    for kind in ("PNG", "TIFF", "WEBP"):
        photo = load_photo(encoded(stored, kind, exif=exif(orientation), **LOSSLESS[kind]))
        np.testing.assert_array_equal(photo.pixels, COFFEE)
        assert photo.size_wh == (600, 400)
    for kind in ("JPEG", "AVIF", "HEIF"):
        photo = load_photo(encoded(stored, kind, exif=exif(orientation)))
        assert difference(photo.pixels, COFFEE) < 4
        assert photo.size_wh == (600, 400)
    compressed = encoded(stored, "TIFF", compression="tiff_lzw", tiffinfo={ExifTags.Base.Orientation: orientation})
    np.testing.assert_array_equal(load_photo(compressed).pixels, COFFEE)


@pytest.mark.parametrize("orientation", [0, 9, 255])
def test_an_orientation_that_does_not_exist_is_ignored(orientation):
    np.testing.assert_array_equal(load_photo(encoded(COFFEE, exif=exif(orientation))).pixels, COFFEE)


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "TIFF", "WEBP", "HEIF", "AVIF"])
def test_gps(kind):
    assert load_photo(encoded(SMALL, kind, exif=exif(6, gps=True))).has_gps
    assert not load_photo(encoded(SMALL, kind, exif=exif(6))).has_gps


# What a camera writes of its lens; COFFEE has 600x400 pixels.
LENS = {ExifTags.Base.FocalLengthIn35mmFilm: 26}
SIZE = {ExifTags.Base.ExifImageWidth: 600, ExifTags.Base.ExifImageHeight: 400}
TURNED_SIZE = {ExifTags.Base.ExifImageWidth: 400, ExifTags.Base.ExifImageHeight: 600}


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "TIFF", "WEBP", "HEIF", "AVIF"])
def test_the_lens(kind):
    assert load_photo(encoded(COFFEE, kind, exif=exif(6, lens={**LENS, **SIZE}))).focal_35mm == 26
    assert load_photo(encoded(COFFEE, kind, exif=exif(6))).focal_35mm is None


@pytest.mark.parametrize(
    ("more", "focal"),
    [
        ({}, 26),
        (SIZE, 26),
        (TURNED_SIZE, 26),
        ({ExifTags.Base.DigitalZoomRatio: 1.0}, 26),
        ({ExifTags.Base.DigitalZoomRatio: 0.0}, 26),
        ({ExifTags.Base.DigitalZoomRatio: 1.5}, None),
        ({**SIZE, ExifTags.Base.ExifImageWidth: 601}, None),
        ({ExifTags.Base.ExifImageWidth: 4000, ExifTags.Base.ExifImageHeight: 3000}, None),
        ({ExifTags.Base.FocalLengthIn35mmFilm: 0}, None),
        ({ExifTags.Base.FocalLengthIn35mmFilm: "wide"}, None),
        ({ExifTags.Base.ExifImageWidth: "wide"}, None),
    ],
)
def test_a_lens_counts_only_with_all_its_pixels(more, focal):
    photo = load_photo(encoded(COFFEE, "JPEG", exif=exif(3, gps=True, lens={**LENS, **more})), max_side=300)
    assert photo.focal_35mm == focal
    assert photo.has_gps, "what is wrong with the lens spoils nothing else"


def test_a_part_has_no_lens():
    photo = load_photo(encoded(COFFEE, "JPEG", exif=exif(lens=LENS)))
    assert photo.focal_35mm == 26
    assert part(photo, (100, 40, 200, 120)).focal_35mm is None
    assert load_photo(photo.pixels).focal_35mm is None


def test_metadata_behind_the_pixels_of_a_png():
    data = encoded(COFFEE)
    chunk = png_chunk(b"eXIf", exif(3, gps=True).removeprefix(b"Exif\0\0"))
    photo = load_photo(data[:-12] + chunk + data[-12:])
    assert photo.has_gps
    np.testing.assert_array_equal(photo.pixels, COFFEE[::-1, ::-1])


def test_broken_metadata_is_ignored(caplog):
    caplog.set_level(logging.INFO, "sqrt.reading")
    for kind in ("JPEG", "PNG"):
        assert difference(load_photo(encoded(COFFEE, kind, exif=b"Exif\0\0what is this")).pixels, COFFEE) < 4
    assert "metadata ignored" in caplog.text


# Size


@pytest.mark.parametrize(
    ("size_wh", "factor"),
    [
        *(((1600, 1200), 1), ((3199, 400), 1), ((3200, 1100), 2), ((801, 3203), 2), ((5599, 401), 2)),
        *(((5600, 401), 4), ((6400, 400), 4), ((11199, 701), 4), ((11200, 801), 8)),
    ],
)
@pytest.mark.parametrize("kind", ["JPEG", "BMP"])
def test_files_are_reduced_by_a_whole_factor(kind, size_wh, factor):
    image = enlarged(*size_wh)
    photo = load_photo(encoded(image, kind))
    assert photo.size_wh == size_wh
    assert photo.pixels.shape == (-(-size_wh[1] // factor), -(-size_wh[0] // factor), 3)
    assert photo.scale == pytest.approx(1 / factor, abs=1 / size_wh[0])
    assert difference(photo.pixels, np.asarray(image.reduce(factor))) < 2.5


DEEP = np.asarray(Image.fromarray(CAMERA).resize((3300, 700)))


@pytest.mark.parametrize(
    ("image", "expected"),
    [
        (Image.fromarray(DEEP.astype(np.uint16) * 257), DEEP),
        (Image.fromarray((DEEP / 255).astype(np.float32)), DEEP),
        (enlarged(3300, 700).quantize(64), enlarged(3300, 700).quantize(64).convert("RGB")),
        (Image.merge("LA", [Image.fromarray(DEEP), Image.new("L", (3300, 700), 255)]), DEEP),
    ],
    ids=["16 bit", "float", "palette", "alpha"],
)
@pytest.mark.parametrize("max_side", [4096, None])
def test_bands_leave_no_seam(image, expected, max_side):
    expected = Image.fromarray(np.asarray(expected)).reduce(1 if max_side is None else 2).convert("RGB")
    photo = load_photo(encoded(image, "TIFF"), max_side=max_side)
    np.testing.assert_array_equal(photo.pixels, np.asarray(expected))


@pytest.mark.parametrize("kind", ["JPEG", "PNG"])
def test_every_pixel_is_kept_where_that_is_asked(kind):
    image = enlarged(3300, 2200)
    photo = load_photo(encoded(image, kind), max_side=None)
    assert photo.pixels.shape == (2200, 3300, 3)
    assert load_photo(np.asarray(image), max_side=None).pixels.shape == (2200, 3300, 3)


@pytest.mark.parametrize("max_side", [600, 300])
def test_a_part_is_measured_in_pixels_of_the_input(max_side):
    photo = load_photo(COFFEE, max_side=max_side)
    piece = part(photo, (100, 40, 200, 120))
    assert piece.size_wh == (200, 120)
    assert piece.scale == photo.scale == max_side / 600
    top, bottom, left, right = (round(side * photo.scale) for side in (40, 160, 100, 300))
    np.testing.assert_array_equal(piece.pixels, photo.pixels[top:bottom, left:right])
    assert is_a_photo(piece)


@pytest.mark.parametrize("kind", ["JPEG", "BMP"])
@pytest.mark.parametrize("max_side", [4096, 1000, 333])
def test_no_result_is_larger_than_max_side(kind, max_side):
    image = enlarged(3300, 2200)
    photo = load_photo(encoded(image, kind), max_side=max_side)
    width = min(max_side, 1650)
    assert photo.size_wh == (3300, 2200)
    assert photo.pixels.shape == (round(width * 2 / 3), width, 3)
    assert difference(photo.pixels, np.asarray(image.resize((width, round(width * 2 / 3)), Image.Resampling.BOX))) < 3
    array = load_photo(np.asarray(image), max_side=max_side)
    width = min(max_side, 3300)
    assert array.pixels.shape == (round(width * 2 / 3), width, 3)
    assert array.size_wh == (3300, 2200)


@pytest.mark.parametrize("orientation", [3, 6])
def test_size_and_scale_of_a_turned_and_reduced_photo(orientation):
    upright = enlarged(3202, 2402)
    stored = np.ascontiguousarray(TRANSFORMS[orientation](np.asarray(upright)))
    photo = load_photo(encoded(stored, "JPEG", exif=exif(orientation)))
    assert photo.size_wh == (3202, 2402)
    assert photo.pixels.shape == (1201, 1601, 3)
    assert photo.scale == 0.5
    assert difference(photo.pixels, np.asarray(upright.reduce(2))) < 2.5


def test_95_megapixels_are_allowed_and_do_not_warn():
    """Pillow alone would warn from 89 on."""
    photo = load_photo(encoded(Image.new("L", (9750, 9750), 99), "JPEG"))
    assert photo.size_wh == (9750, 9750)
    assert (photo.pixels == 99).all()


# Colour profiles


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
SRGB_XYZ = [[0.43607, 0.22249, 0.01392], [0.38515, 0.71687, 0.09708], [0.14307, 0.06061, 0.71410]]
P3 = profile(P3_XYZ)
SRGB = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()


def p3_to_srgb(pixels: np.ndarray) -> np.ndarray:
    encoded_values = pixels / 255
    linear = np.where(encoded_values <= 0.04045, encoded_values / 12.92, ((encoded_values + 0.055) / 1.055) ** 2.4)
    linear = np.clip(linear @ np.array(P3_XYZ) @ np.linalg.inv(SRGB_XYZ), 0, 1)
    return 255 * np.where(linear <= 0.0031308, linear * 12.92, 1.055 * linear ** (1 / 2.4) - 0.055)


@pytest.mark.parametrize("kind", ["PNG", "TIFF", "WEBP", "JPEG", "AVIF", "HEIF"])
def test_display_p3_becomes_srgb(kind):
    expected = p3_to_srgb(COFFEE)
    assert difference(COFFEE, expected) > 5
    photo = load_photo(encoded(COFFEE, kind, icc_profile=P3, **LOSSLESS.get(kind, {})))
    assert difference(photo.pixels, expected) < (0.6 if kind in LOSSLESS else 4)
    if kind in LOSSLESS:
        assert np.abs(photo.pixels - expected).max() < 3


@pytest.mark.parametrize("icc", [SRGB, profile(SRGB_XYZ)], ids=["LittleCMS", "another"])
def test_srgb_under_any_name_changes_nothing(icc):
    np.testing.assert_array_equal(load_photo(encoded(COFFEE, icc_profile=icc)).pixels, COFFEE)


def test_profile_and_transparency():
    """White behind it is white in every profile."""
    photo = load_photo(encoded(np.dstack([COFFEE, ALPHA]), icc_profile=P3))
    assert difference(photo.pixels, p3_to_srgb(ON_WHITE)) < 1


@pytest.mark.parametrize("icc", [b"no profile", P3[:200], P3[:300] + bytes(40)], ids=["text", "short", "cut"])
def test_a_broken_profile_is_ignored(icc, caplog):
    caplog.set_level(logging.INFO, "sqrt.reading")
    np.testing.assert_array_equal(load_photo(encoded(COFFEE, icc_profile=icc)).pixels, COFFEE)
    assert "colour profile ignored" in caplog.text


@pytest.mark.parametrize("mode", ["L", "CMYK"])
def test_a_profile_of_another_kind_is_ignored(mode, caplog):
    caplog.set_level(logging.INFO, "sqrt.reading")
    image = Image.fromarray(COFFEE).convert(mode)
    photo = load_photo(encoded(image, "TIFF", icc_profile=P3))
    np.testing.assert_array_equal(photo.pixels, np.asarray(image.convert("RGB")))
    assert "colour profile ignored" in caplog.text


def test_grey_profile():
    """Linear grey: half the light is sRGB 188."""
    curve = b"curv" + bytes(8)
    head = struct.pack(">I4xI", 132 + 24 + 20 + 12, 0x02400000) + b"mntrGRAYXYZ " + bytes(12) + b"acsp" + bytes(28)
    white = b"".join(struct.pack(">i", round(value * 65536)) for value in (0.9642, 1.0, 0.8249))
    tags = b"wtpt" + struct.pack(">II", 156, 20) + b"kTRC" + struct.pack(">II", 176, 12)
    icc = head + white + bytes(48) + struct.pack(">I", 2) + tags + b"XYZ \0\0\0\0" + white + curve
    photo = load_photo(encoded(np.full((20, 30), 128, np.uint8), icc_profile=icc))
    assert np.abs(photo.pixels.astype(int) - 188).max() <= 1


# Arrays


def test_an_array_is_not_copied():
    array = COFFEE.copy()
    photo = load_photo(array)
    assert np.shares_memory(photo.pixels, array)
    assert is_a_photo(photo)
    assert array.flags.writeable
    assert (photo.format, photo.size_wh, photo.scale) == ("array", (600, 400), 1)


@pytest.mark.parametrize(
    "array",
    [
        COFFEE[:, ::-1][:, ::-1],
        np.asfortranarray(COFFEE),
        COFFEE.astype(np.uint16) * 257,
        COFFEE.astype(">u2") * 257,
        COFFEE / 255,
        (COFFEE / 255).astype(np.float32),
        np.dstack([COFFEE, np.full((400, 600), 255, np.uint8)]),
        np.dstack([COFFEE / 255, np.ones((400, 600))]),
    ],
    ids=["view", "Fortran", "uint16", "big-endian", "float64", "float32", "RGBA", "float RGBA"],
)
def test_arrays_of_other_forms(array):
    photo = load_photo(array)
    assert is_a_photo(photo)
    np.testing.assert_array_equal(photo.pixels, COFFEE)


def test_grey_and_transparent_arrays():
    for array in (CAMERA, CAMERA[..., np.newaxis], CAMERA / 255):
        np.testing.assert_array_equal(load_photo(array).pixels, grey(CAMERA))
    assert difference(load_photo(np.dstack([COFFEE, ALPHA])).pixels, ON_WHITE) < 1


@pytest.mark.parametrize(
    "array",
    [
        np.zeros((40, 40, 3), bool),
        np.zeros((40, 40, 3), np.int64),
        np.zeros((40, 40, 3), np.uint32),
        np.zeros((40, 40, 3), complex),
        np.zeros((40, 40, 3), object),
        np.zeros((40, 40, 3), "U4"),
        np.zeros((40, 40, 2), np.uint8),
        np.zeros((40, 40, 5), np.uint8),
        np.zeros((3, 40, 40), np.uint8),
        np.zeros((1, 40, 40, 3), np.uint8),
        np.zeros(4000, np.uint8),
        np.zeros((), np.uint8),
        np.zeros((0, 40, 3), np.uint8),
        np.zeros((40, 40, 0), np.uint8),
        np.full((40, 40, 3), np.nan),
        np.full((40, 40), np.inf),
        np.full((40, 40), -0.01),
        np.full((40, 40), 1.01),
        COFFEE.astype(float),
    ],
    ids=lambda array: f"{array.dtype}{array.shape}{array.ravel()[:1]}",
)
def test_arrays_that_are_no_photo(array):
    error = refusal(array)
    assert "expected" in str(error)


# What is refused


@pytest.mark.parametrize("size_wh", [(1, 1), (1, 500), (500, 1), (MIN_SIDE - 1, 200), (200, MIN_SIDE - 1)])
def test_too_small(size_wh):
    assert "too small" in refusal(encoded(Image.new("RGB", size_wh))).user_message
    assert "too small" in refusal(np.zeros((*size_wh[::-1], 3), np.uint8)).user_message


def test_too_narrow():
    assert "narrow" in refusal(encoded(Image.new("RGB", (20, 420)))).user_message
    assert load_photo(encoded(Image.new("RGB", (20, 400)))).size_wh == (20, 400)


@pytest.mark.parametrize(
    "source", [None, 3, 2.5, [1, 2], {"a": 1}, object(), io.BytesIO(b"x"), Image.new("RGB", (9, 9))]
)
def test_wrong_types(source):
    assert type(source).__name__ in str(refusal(source))


@pytest.mark.parametrize("data", [b"", bytearray(), memoryview(b"")])
def test_empty(data, tmp_path):
    assert "empty" in refusal(data).user_message
    (tmp_path / "nothing").write_bytes(data)
    assert "empty" in refusal(tmp_path / "nothing").user_message


def test_over_the_limit_of_bytes(tmp_path):
    path = tmp_path / "holiday"
    with open(path, "wb") as file:
        file.truncate(2**40)  # a sparse file: reading it would fail
    for source in (path, bytes(2**20 + 1), memoryview(bytes(2**20 + 4)).cast("I")):
        assert "at most 1 MB" in refusal(source, max_bytes=2**20).user_message


def test_paths_that_cannot_be_read(tmp_path):
    os.mkfifo(tmp_path / "holiday-pipe")
    (tmp_path / "holiday-loop").symlink_to(tmp_path / "holiday-loop")
    paths = [tmp_path, tmp_path / "holiday.jpg", tmp_path / "holiday-pipe", tmp_path / "holiday-loop"]
    for path in [*paths, "/dev/zero", "holiday\0.jpg", "holiday\udc00.jpg", "holiday" * 1000]:
        error = refusal(path)
        assert "could not be opened" in error.user_message
        for text in (str(error), repr(error), error.user_message):
            assert "holiday" not in text
            assert tmp_path.name not in text
        # A traceback in the log would show the system's own error, which names the file.
        assert error.__cause__ is None
        assert error.__suppress_context__ or error.__context__ is None


def test_no_file_is_named(tmp_path, caplog):
    caplog.set_level(logging.DEBUG, "sqrt")
    path = tmp_path / "holiday.jpg"
    for data in (b"text", encoded(COFFEE, "JPEG")[:5000]):
        path.write_bytes(data)
        error = refusal(path)
        assert "holiday" not in f"{error} {error.user_message} {error.__cause__}"
    path.write_bytes(encoded(COFFEE, icc_profile=b"bad", exif=b"Exif\0\0bad"))
    load_photo(path)
    assert "ignored" in caplog.text
    assert "holiday" not in caplog.text


@pytest.mark.parametrize("kind", [*EVERY_FORMAT, "progressive JPEG"])
@pytest.mark.parametrize("share", [0.3, 0.7, 0.95])
def test_truncated(kind, share):
    options = {"progressive": True} if " " in kind else {}
    data = encoded(COFFEE, kind.split()[-1], **options)
    error = refusal(data[: int(len(data) * share)])
    if kind in ("JPEG", "PNG", "progressive JPEG", "GIF", "BMP"):
        assert "damaged or incomplete" in error.user_message


def bombs() -> Iterator[tuple[str, bytes]]:
    """Headers that declare 900 and more megapixels; only a decoder that believes them needs the memory."""
    side = 30_000
    header = struct.pack(">IIBBBBB", side, side, 8, 2, 0, 0, 0)
    yield "PNG", b"\x89PNG\r\n\x1a\n" + png_chunk(b"IHDR", header) + png_chunk(b"IDAT", zlib.compress(bytes(99)))
    jpeg = encoded(SMALL, "JPEG")
    frame = jpeg.index(b"\xff\xc0")
    yield "JPEG", jpeg[: frame + 5] + struct.pack(">HH", side, side) + jpeg[frame + 9 :]
    gif = encoded(SMALL, "GIF")
    yield "GIF", gif[:6] + struct.pack("<HH", side, side) + gif[10:]
    bmp = encoded(SMALL, "BMP")
    yield "BMP", bmp[:18] + struct.pack("<ii", side, side) + bmp[26:]
    yield "WEBP", b"RIFF\x1a\0\0\0WEBPVP8X\x0a\0\0\0\0\0\0\0" + struct.pack("<I", side)[:3] * 2


@pytest.mark.parametrize("data", [pytest.param(data, id=kind) for kind, data in bombs()])
def test_bombs(data):
    error = refusal(data)
    assert "smaller" in error.user_message or "megapixels" in error.user_message


@pytest.mark.parametrize("kind", EVERY_FORMAT)
def test_over_the_limit_of_pixels(kind):
    error = refusal(encoded(COFFEE, kind), max_pixels=239_999)
    assert "megapixels" in error.user_message
    assert load_photo(encoded(COFFEE, kind), max_pixels=240_000).size_wh == (600, 400)


@pytest.mark.parametrize("kind", EVERY_FORMAT)
def test_over_the_limit_of_pixels_that_are_decoded_whole(kind):
    data = encoded(COFFEE, kind)
    if kind == "JPEG":
        assert load_photo(data, max_whole_pixels=1).size_wh == (600, 400)
        return
    limit = 480_000 if kind == "WEBP" else 240_000
    assert load_photo(data, max_whole_pixels=limit).size_wh == (600, 400)
    assert f"This {kind} photo" in refusal(data, max_whole_pixels=limit - 2).user_message


def test_a_jpeg_of_several_scans_is_decoded_whole():
    """Its thumbnail and its metadata hold scans that do not count."""
    data = encoded(COFFEE, "JPEG", exif=exif(1) + encoded(SMALL, "JPEG", progressive=True))
    assert load_photo(data, max_whole_pixels=1).size_wh == (600, 400)
    progressive = encoded(COFFEE, "JPEG", progressive=True)
    scan = data.rindex(b"\xff\xda")
    one_colour_at_a_time = data[: scan + 4] + b"\1" + data[scan + 5 :]
    for several in (progressive, one_colour_at_a_time, encoded(COFFEE, "MPO", progressive=True)):
        assert "progressive JPEG" in refusal(several, max_whole_pixels=1).user_message
    assert load_photo(encoded(COFFEE, "MPO"), max_whole_pixels=1).size_wh == (600, 400)
    assert load_photo(progressive, max_whole_pixels=240_000).size_wh == (600, 400)


def test_arrays_over_the_limit_of_pixels():
    assert "megapixels" in refusal(COFFEE, max_pixels=239_999).user_message


def test_a_jpeg_of_endless_scans():
    """Eleven bytes make libjpeg pass over the whole picture once more: 32 MB of them would take hours."""
    data = encoded(Image.new("L", (64, 64)), "JPEG", progressive=True)
    scan = data[data.rindex(b"\xff\xda") :][:10] + b"\0"
    assert load_photo(data[:-2] + scan * 50 + data[-2:]).size_wh == (64, 64)
    for shift in (b"", b"\0"):
        assert "scans" in str(refusal(data[:-2] + shift + scan * 3000 + data[-2:]))


def test_threads_do_not_disturb_each_other():
    files = [encoded(COFFEE, kind, icc_profile=P3, exif=exif(6)) for kind in ("JPEG", "PNG", "HEIF", "AVIF", "WEBP")]
    alone = [load_photo(data).pixels for data in files]
    together: dict[int, list[np.ndarray]] = {}

    def load_all(number: int) -> None:
        together[number] = [load_photo(data).pixels for data in files]

    threads = [threading.Thread(target=load_all, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    assert len(together) == 4
    for loaded in together.values():
        for one, other in zip(alone, loaded, strict=True):
            np.testing.assert_array_equal(one, other)


# Anything at all

FUZZ = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
META = {"exif": exif(6, gps=True, lens=LENS), "icc_profile": P3}
SEEDS = {
    **{kind: encoded(SMALL, kind, **META) for kind in ("JPEG", "PNG", "WEBP", "AVIF", "HEIF")},
    **{kind: encoded(SMALL, kind, save_all=True, append_images=[SMALL.rotate(9)]) for kind in ("GIF", "MPO")},
    "BMP": encoded(SMALL.quantize(16), "BMP"),
    "progressive": encoded(SMALL.convert("CMYK"), "JPEG", progressive=True),
    "APNG": encoded(SMALL, save_all=True, append_images=[SMALL.rotate(9)]),
    "palette PNG": encoded(SMALL.quantize(16), transparency=b"\0\x80\xff"),
    "animated WEBP": encoded(SMALL.convert("RGBA"), "WEBP", save_all=True, append_images=[SMALL.convert("RGBA")]),
    "TIFF": encoded(SMALL, "TIFF", **META),
    "float TIFF": encoded(SMALL.convert("F"), "TIFF"),
    "LZW TIFF": encoded(SMALL.convert("LA"), "TIFF", compression="tiff_lzw"),
    "JPEG TIFF": encoded(SMALL, "TIFF", compression="jpeg"),
}


def test_the_seeds_are_photos():
    for data in SEEDS.values():
        assert is_a_photo(load_photo(data))


@FUZZ
@given(data=st.binary(max_size=300), head=st.sampled_from([b"", *(data[:24] for data in SEEDS.values())]))
def test_any_bytes(data, head):
    photo_or_sentence(head + data)


@pytest.mark.parametrize("name", SEEDS)
@FUZZ
@given(data=st.data())
def test_damaged_files(name, data):
    file = SEEDS[name]
    # Three of four changes in the first 600 bytes, where the structure is.
    head = st.integers(0, min(600, len(file)) - 1)
    photo_or_sentence(damaged(data, file, head, head, head, st.integers(0, len(file) - 1)))


SHAPES = st.one_of(
    hnp.array_shapes(min_dims=0, max_dims=4, min_side=0, max_side=40),
    st.tuples(st.integers(14, 60), st.integers(14, 60), st.integers(1, 4)),
)
DTYPES = st.one_of(hnp.scalar_dtypes(), st.sampled_from([np.dtype(kind) for kind in ("u1", "u2", ">u2", "f4", "f8")]))


@FUZZ
@given(shape=SHAPES, dtype=DTYPES, data=st.data(), max_side=st.integers(16, 64))
def test_any_array(shape, dtype, data, max_side):
    array = np.zeros(shape, dtype)
    if array.size and dtype.kind in "uf":
        array.flat[data.draw(st.integers(0, array.size - 1))] = data.draw(hnp.from_dtype(dtype))
    photo = photo_or_sentence(array, max_side=max_side)
    if photo is not None:
        assert dtype.kind in "uf"
        assert max(photo.pixels.shape[:2]) <= max_side
        assert photo.size_wh == array.shape[1::-1]


@pytest.mark.parametrize("kind", ["AVIF", "HEIF"])
def test_a_decoder_is_loaded_for_the_file_that_asks_for_it(kind, tmp_path):
    (tmp_path / "plain").write_bytes(encoded(SMALL, "JPEG"))
    (tmp_path / "boxed").write_bytes(encoded(SMALL, kind))
    code = (
        "import sys; from sqrt.reading import load_photo; load_photo('plain')\n"
        "print(*{'pillow_heif', 'PIL.AvifImagePlugin'} & sys.modules.keys())\n"
        "print(load_photo('boxed').format)"
    )
    environment = {"PYTHONPATH": str(Path(__file__).parents[2])}
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, env=environment, capture_output=True, text=True, check=True
    )
    assert done.stdout.splitlines() == ["", kind]

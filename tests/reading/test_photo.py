"""Real files of every format, made in memory, and arrays: what is read of them."""

import logging
import struct
import zlib

import numpy as np
import pytest
import skimage.data
from PIL import ExifTags, Image

from sqrt.reading import load_photo, part
from tests.reading.pictures import (
    ALPHA,
    CAMERA,
    COFFEE,
    EVERY_FORMAT,
    LENS,
    LOSSLESS,
    ON_WHITE,
    SMALL,
    TRANSFORMS,
    difference,
    encoded,
    exif,
    is_a_photo,
    png_chunk,
    refusal,
)

ASTRONAUT = skimage.data.astronaut()


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


# What a file tells of its photo


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

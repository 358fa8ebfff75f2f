"""Colour profiles: whatever a file's colours are, the photo is sRGB."""

import logging
import struct

import numpy as np
import pytest
from PIL import Image, ImageCms

from sqrt.reading import load_photo
from tests.reading.pictures import ALPHA, COFFEE, LOSSLESS, ON_WHITE, P3, P3_XYZ, difference, encoded, profile

SRGB_XYZ = [[0.43607, 0.22249, 0.01392], [0.38515, 0.71687, 0.09708], [0.14307, 0.06061, 0.71410]]
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

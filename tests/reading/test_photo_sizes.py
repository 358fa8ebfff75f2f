"""How large a photo is once it is read: reduced on its way, whole, in parts."""

import numpy as np
import pytest
from PIL import Image

from sqrt.reading import load_photo, part
from tests.reading.pictures import CAMERA, COFFEE, TRANSFORMS, difference, encoded, exif, is_a_photo


def enlarged(width: int, height: int) -> Image.Image:
    return Image.fromarray(COFFEE).resize((width, height))


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

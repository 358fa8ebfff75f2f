"""Whatever pixels a file or an array holds, as 8-bit sRGB: depth, transparency, size and colour profile."""

import io
import logging
from itertools import chain
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageCms

from sqrt.errors import PhotoError
from sqrt.words import N_

_log = logging.getLogger(__name__)

Pixels: TypeAlias = NDArray[np.uint8]


def to_8_bit(array: NDArray[Any], full: float) -> Pixels:
    """Scale to 0..255; ``full`` is white in an array of floats."""
    if array.dtype == np.uint8:
        return array
    if array.dtype.kind == "u" and array.dtype.itemsize == 2:
        full = 65535.0
    elif array.dtype.kind != "f":
        message = N_("This picture is not in a form that can be read.")
        raise PhotoError(f"expected uint8, uint16 or floats, got shape {array.shape} {array.dtype}", message)
    low, high = array.min(), array.max()
    if not (low >= 0 and high <= full):  # not a number is neither
        message = N_("This picture has brightness values that cannot be read.")
        raise PhotoError(f"expected values in 0..{full:g}, got {low}..{high} in {array.dtype}", message)
    scaled: Pixels = np.rint(np.multiply(array, 255 / full, dtype=np.float32)).astype(np.uint8)
    return scaled


# Rows converted at a time; a multiple of all factors of reduction.
_BAND = 256


def flat(image: Image.Image, factor: int) -> Image.Image:
    """Return it as 8-bit L, RGB or CMYK with nothing transparent, reduced by a factor of 1, 2, 4 or 8.

    In bands, or the steps between would take several times the memory of the picture itself.
    """
    if image.mode in ("L", "RGB", "CMYK") and not image.has_transparency_data:
        return image.reduce(factor) if factor > 1 else image
    width, height = image.size
    boxes = [(0, top, width, min(top + _BAND, height)) for top in range(0, height, _BAND)]
    full = 255.0
    if _is_deep(image):
        # Nothing in the file says what white is; no photo keeps below a 255th of it.
        most = max(np.asarray(image.crop(box)).max() for box in boxes)
        full = next((full for full in (1.0, 255.0) if most <= full), 65535.0)
    bands = (opaque(_plain(image.crop(box), full)).reduce(factor) for box in boxes)
    first = next(bands)
    whole = Image.new(first.mode, (-(-width // factor), -(-height // factor)))
    for number, band in enumerate(chain((first,), bands)):
        whole.paste(band, (0, number * _BAND // factor))
    return whole


def _is_deep(image: Image.Image) -> bool:
    return image.mode.startswith(("I", "F"))


def _plain(image: Image.Image, full: float) -> Image.Image:
    """Bring grey of 16 or 32 bits or floats to 8; Pillow has done so to colours."""
    if not _is_deep(image):
        return image
    values = np.asarray(image)
    return Image.fromarray(to_8_bit(values.astype(np.float32) if values.dtype.kind == "i" else values, full))


def opaque(image: Image.Image) -> Image.Image:
    """Put what is transparent on white; the result is L, RGB or CMYK."""
    if image.has_transparency_data:
        mode = "L" if image.mode in ("1", "L", "LA", "La") else "RGB"
        image = image.convert(f"{mode}A")
        white = Image.new(mode, image.size, "white")
        white.paste(image, mask=image.getchannel("A"))
        return white
    if image.mode == "1":
        return image.convert("L")
    return image if image.mode in ("L", "RGB", "CMYK") else image.convert("RGB")


def bounded(image: Image.Image, max_side: float) -> Image.Image:
    """Reduce to a long side of at most `max_side` pixels; what is smaller stays."""
    ratio = max_side / max(image.size)
    if ratio >= 1:
        return image
    size_wh = (max(1, round(image.width * ratio)), max(1, round(image.height * ratio)))
    return image.resize(size_wh, Image.Resampling.BOX)


# All colours on a grid of 16 steps a channel: what a colour profile does to these it does to any.
_GRID = (np.indices((16, 16, 16), np.uint8) * np.uint8(17)).reshape(3, -1).T.reshape(64, 64, 3)


def to_srgb(image: Image.Image, profile: Any) -> Image.Image:
    """Convert L, RGB or CMYK to sRGB by the file's ICC profile; a broken or unfitting one is ignored."""
    if profile:
        try:
            source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
            transform = ImageCms.buildTransform(source, ImageCms.createProfile("sRGB"), image.mode, "RGB")
            # Most profiles are sRGB, under many names. A grid of colours tells, at a thousandth of the photo's cost.
            if image.mode != "RGB" or _changes(transform):
                return transform.apply(image)
        except (ImageCms.PyCMSError, OSError, ValueError, TypeError) as error:
            _log.info("colour profile ignored: %s", error)
    return image if image.mode == "RGB" else image.convert("RGB")


def _changes(transform: ImageCms.ImageCmsTransform) -> bool:
    after = np.asarray(transform.apply(Image.fromarray(_GRID)), np.int16)
    return bool(np.abs(after - _GRID).max() > 1)


_TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}


def upright(image: Image.Image, orientation: int) -> Image.Image:
    """Turn it as EXIF's Orientation of 1 to 8 tells; any other stands for 1."""
    return image.transpose(_TURNS[orientation]) if orientation in _TURNS else image

"""From bytes, a path or an array to an upright sRGB photo of bounded size: the only decoder.

Nothing here writes to disk, and neither a log line nor a message names a file.
"""

import io
import math
import os
import stat
import warnings
from contextlib import nullcontext
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image, UnidentifiedImageError
from PIL.BmpImagePlugin import BmpImageFile
from PIL.GifImagePlugin import GifImageFile
from PIL.JpegImagePlugin import JpegImageFile
from PIL.PngImagePlugin import PngImageFile
from PIL.TiffImagePlugin import TiffImageFile
from PIL.WebPImagePlugin import WebPImageFile

from sqrt.errors import PhotoError
from sqrt.reading.jpeg import MAX_SCANS, decoded_whole, scans_of
from sqrt.reading.libtiff import silence_libtiff
from sqrt.reading.metadata import DECODER_ERRORS, read_metadata
from sqrt.reading.pixels import Pixels, bounded, flat, opaque, to_8_bit, to_srgb, upright
from sqrt.reading.room import Room
from sqrt.words import N_, Text

EXTENSIONS = ("jpg", "jpeg", "png", "webp", "heic", "heif", "avif", "bmp", "tif", "tiff", "gif")
"""What photos are usually called; what a file is, only its content tells."""
WORKING_SIDES = {8: 1400, 4: 1400, 2: 1600}
"""Pixels. While it is decoded, a file is reduced by the first of these factors that leaves its long side this long.

Measured on 26 photos enlarged to 24 megapixels: at a quarter, 1428 px, the overall score is in the mean 0.1 from that
at a half; strong compression shows less (20 points at JPEG quality 20, and 0.9 overall). At the 1000 px that a quarter
leaves of 12 megapixels sharpness gains 4 points, and open eyes of small faces look shut.
"""
MIN_SIDE = 16
"""Pixels of the short side, below which there is nothing to rate."""
MAX_ASPECT = 20
"""Long side over short side, above which it is no photo."""

# Files are known by their content, and only as one of these. Importing a plugin registers it, so that Pillow need not
# load its fifty others to find it; those of AVIF and HEIF are imported when a file asks for them.
_PLUGINS = (JpegImageFile, PngImageFile, WebPImageFile, GifImageFile, BmpImageFile, TiffImageFile)
_FORMATS = tuple(str(plugin.format) for plugin in _PLUGINS)
silence_libtiff()

# Pillow's guard against bombs is one for the whole process; it warns at its limit and refuses at twice that. Ours is
# per call and asks first. Pillow's stays for sizes that only its decoders see, at the top of Settings.max_megapixels.
Image.MAX_IMAGE_PIXELS = 250_000_000
warnings.filterwarnings("ignore", category=Image.DecompressionBombWarning)

# Decoders that know no smaller scale take 2 to 12 bytes of memory a pixel. WebP's, made for films, takes 20: two
# canvases and two copies; its pixels count twice.
_ROOM = Room()
_WEIGHTS = {"WEBP": 2}

_NOT_A_PHOTO = N_("This file is not a photo that can be read; please use a JPEG, PNG, WebP or HEIC photo.")
_DAMAGED = N_("This photo is damaged or incomplete; please choose it again or use another one.")
_NOT_OPENED = N_("This photo could not be opened; please choose it again.")


@dataclass(frozen=True, eq=False)
class Photo:
    """An upright photo in memory.

    Attributes
    ----------
    pixels : numpy.ndarray
        HxWx3 uint8, sRGB, C-contiguous, read-only; possibly smaller than the input.
    size_wh : tuple of int
        Width and height of the upright input in pixels, before any reduction.
    has_gps : bool
        Whether the file says where it was taken (a latitude in its EXIF).
    focal_35mm : float or None
        Focal length in mm of the lens that gives a 36 x 24 mm frame the same picture, by its diagonal. None where the
        file does not tell, or tells that these are not all pixels of the lens: cropped, or zoomed digitally.
    taken_at : datetime.datetime or None
        When the shutter opened, by the camera's own clock (Exif 2.32, DateTimeOriginal and SubSecTimeOriginal): no
        zone, and to the second where the file tells no fraction. None where the file does not tell.
    format : str
        "JPEG", "PNG", "WEBP", "AVIF", "HEIF", "GIF", "BMP", "TIFF", or "array".
    """

    pixels: Pixels
    size_wh: tuple[int, int]
    has_gps: bool = False
    format: str = "array"
    focal_35mm: float | None = None
    taken_at: datetime | None = None

    @property
    def scale(self) -> float:
        """Width of ``pixels`` over width of the input, in (0, 1]."""
        width: int = self.pixels.shape[1]
        return width / self.size_wh[0]


def to_jpeg(pixels: Pixels, quality: int = 95, *, exif: bytes = b"", profile: bytes = b"") -> bytes:
    """Encode an HxWx3 sRGB picture, by default for keeping: colours at full resolution, no metadata."""
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, "JPEG", quality=quality, subsampling=0, exif=exif, icc_profile=profile)
    return file.getvalue()


def part(photo: Photo, box_xywh: tuple[int, int, int, int]) -> Photo:
    """Return the part of a photo in a box, in pixels of the upright input and within it; the pixels are copied.

    No lens gave a part: its `focal_35mm` is None.
    """
    x, y, w, h = box_xywh
    left, top, right, bottom = (round(side * photo.scale) for side in (x, y, x + w, y + h))
    pixels = photo.pixels[top : max(bottom, top + 1), left : max(right, left + 1)].copy()
    pixels.setflags(write=False)
    return Photo(pixels, (w, h), photo.has_gps, photo.format)


def load_photo(
    source: str | os.PathLike[str] | bytes | bytearray | memoryview | NDArray[Any],
    *,
    max_side: int | None = 4096,
    max_bytes: int = 32 * 2**20,
    max_pixels: int = 100_000_000,
    max_whole_pixels: int = 51_000_000,
) -> Photo:
    """Read a photo, turn it upright and bring it to 8-bit sRGB.

    Parameters
    ----------
    source : path, bytes-like or array
        A file (JPEG, PNG, WebP, AVIF, HEIC/HEIF, GIF, BMP or TIFF; the first frame of several), its content, or an RGB
        array: HxW, HxWx1, HxWx3 or HxWx4 (alpha last, not premultiplied) of uint8, uint16, or floats in [0, 1].
        Whatever is transparent becomes white. A uint8 HxWx3 array within ``max_side`` is not copied.
    max_side : int
        Pixels of the long side of the result at most. Files are first reduced as ``WORKING_SIDES`` say; arrays are
        taken pixel by pixel. None keeps every pixel.
    max_bytes : int
        Size of a file at most.
    max_pixels : int
        Width times height of the input at most, asked before anything is decoded.
    max_whole_pixels : int
        The same of a file that no decoder reduces on its way: of any but a JPEG of one scan; half of it for WebP. Those
        decoded at the same time, by whichever thread, have no more together: others wait.

    Raises
    ------
    PhotoError
        For everything that is not a usable photo; nothing else is raised.
    """
    limit = math.inf if max_side is None else max_side
    if isinstance(source, np.ndarray):
        return _from_array(np.asarray(source), limit, max_pixels)
    if isinstance(source, (str, os.PathLike)):
        data = read_file(source, max_bytes)
    elif isinstance(source, (bytes, bytearray, memoryview)):
        _check_bytes(memoryview(source).nbytes, max_bytes)
        data = bytes(source)
    else:
        raise PhotoError(f"expected a path, bytes or an array, got {type(source).__name__}", _NOT_A_PHOTO)
    try:
        return _from_bytes(data, limit, max_pixels, max_whole_pixels)
    except UnidentifiedImageError as error:
        raise PhotoError(f"{len(data)} bytes in none of the formats {', '.join(EXTENSIONS)}", _NOT_A_PHOTO) from error
    except (MemoryError, Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        message = N_("This photo is too large to be read; please use a smaller one.")
        raise PhotoError(f"no memory to decode: {error}", message) from error
    except DECODER_ERRORS as error:
        raise PhotoError(f"cannot decode: {type(error).__name__}: {error}", _DAMAGED) from error


def read_file(path: str | os.PathLike[str], max_bytes: int) -> bytes:
    """Return a photo's file; raises PhotoError for what is not a file, or larger."""
    # The system's errors carry the file's name, hence ``from None``. Opening a pipe or a device could block forever.
    try:
        status = os.stat(path)
        if not stat.S_ISREG(status.st_mode):
            raise PhotoError(f"expected a regular file, got mode {stat.filemode(status.st_mode)}", _NOT_OPENED)
        _check_bytes(status.st_size, max_bytes)
        with open(path, "rb") as file:
            data = file.read(max_bytes + 1)
    except OSError as error:
        raise PhotoError(f"cannot open: {error.strerror}", _NOT_OPENED) from None
    except (ValueError, TypeError) as error:  # a NUL or a lone surrogate in the path, a path of another type
        raise PhotoError(f"cannot open: {type(error).__name__}", _NOT_OPENED) from None
    _check_bytes(len(data), max_bytes)
    return data


def _check_bytes(size: int, limit: int) -> None:
    if size == 0:
        raise PhotoError("0 bytes", "This file is empty.")
    if size > limit:
        sizes = {"size": size / 2**20, "limit": limit / 2**20}
        message = Text("This file has {size:.1f} MB; please use one of at most {limit:.0f} MB.", **sizes)
        raise PhotoError(f"{size} bytes, limit {limit}", message)


def _check_size(size_wh: tuple[int, int], max_pixels: int) -> None:
    pixels, short, long = size_wh[0] * size_wh[1], min(size_wh), max(size_wh)
    what = "{} x {} px".format(*size_wh)
    if pixels > max_pixels:
        sizes = {"found": pixels / 1e6, "limit": max_pixels / 1e6}
        large = Text("This photo has {found:.0f} megapixels; please use one of at most {limit:.0f}.", **sizes)
        raise PhotoError(f"{what}, limit {max_pixels} px", large)
    if short < MIN_SIDE:
        raise PhotoError(f"{what}, expected sides of {MIN_SIDE} px or more", "This photo is too small to be rated.")
    if long > MAX_ASPECT * short:
        message = N_("This picture is too long and narrow to be a photo.")
        raise PhotoError(f"{what}, expected an aspect of at most {MAX_ASPECT}", message)


def _check_whole(size_wh: tuple[int, int], kind: str, limit: int) -> None:
    pixels = size_wh[0] * size_wh[1]
    if pixels > limit:
        message = Text(
            "This {kind} photo has {found:.0f} megapixels; please use one of at most {limit:.0f}, or save it as an "
            "ordinary JPEG.",
            kind=kind,
            found=pixels / 1e6,
            limit=limit / 1e6,
        )
        raise PhotoError("{} x {} px, limit {} px of {}".format(*size_wh, limit, kind), message)


def _from_array(array: NDArray[Any], max_side: float, max_pixels: int) -> Photo:
    planes = array[..., np.newaxis] if array.ndim == 2 else array
    if planes.ndim != 3 or planes.shape[2] not in (1, 3, 4):
        message = N_("This picture is not in a form that can be read.")
        raise PhotoError(f"expected HxW, HxWx1, HxWx3 or HxWx4, got shape {array.shape} {array.dtype}", message)
    size_wh = (planes.shape[1], planes.shape[0])
    _check_size(size_wh, max_pixels)
    pixels = to_8_bit(planes, full=1.0)
    if planes.shape[2] != 3 or max(size_wh) > max_side:
        image = Image.fromarray(pixels[..., 0] if planes.shape[2] == 1 else pixels)
        pixels = np.asarray(bounded(opaque(image), max_side).convert("RGB"))
    pixels = np.ascontiguousarray(pixels).view()
    pixels.setflags(write=False)
    return Photo(pixels, size_wh)


def _formats(data: bytes) -> tuple[str, ...]:
    # These begin so (ISO/IEC 14496-12), and nothing else that is read does.
    return _boxed() if data[4:8] == b"ftyp" else _FORMATS


@cache
def _boxed() -> tuple[str, ...]:
    # Their decoders are large and take their time to load, and most photos are of other formats.
    import pillow_heif
    from PIL.AvifImagePlugin import AvifImageFile

    pillow_heif.register_heif_opener(thumbnails=False, depth_images=False, aux_images=False)
    return str(AvifImageFile.format), "HEIF"  # in this order: some files are marked as either


def _from_bytes(data: bytes, max_side: float, max_pixels: int, max_whole_pixels: int) -> Photo:
    with Image.open(io.BytesIO(data), formats=_formats(data)) as image:
        size_wh = image.size
        _check_size(size_wh, max_pixels)
        # In one piece: between pieces Pillow asks for Python's lock again, which two threads at work pay for.
        image.decodermaxblock = len(data)
        kind = "JPEG" if isinstance(image, JpegImageFile) else str(image.format)  # MPO: a JPEG with more behind it
        if kind == "JPEG" and (scans := scans_of(data)) > MAX_SCANS:
            raise PhotoError(f"JPEG of {scans} scans, limit {MAX_SCANS}", _DAMAGED)
        factor = 1 if math.isinf(max_side) else _factor(max(size_wh), max_side)
        whole, weight = decoded_whole(image, data), _WEIGHTS.get(kind, 1)
        if whole:
            _check_whole(size_wh, whole, max_whole_pixels // weight)
        reduced = image.draft(None, (size_wh[0] // factor, size_wh[1] // factor)) is not None
        large = whole or math.isinf(max_side)
        with _ROOM.taken(weight * size_wh[0] * size_wh[1], max_whole_pixels) if large else nullcontext():
            image.load()
            if not reduced and image.size != size_wh:  # HEIF: the header may be wrong
                size_wh = image.size
                _check_size(size_wh, max_pixels)
            found = read_metadata(image, size_wh)
            # Colour management is the slowest step by far: it comes after every reduction.
            pixels = flat(image, 1 if reduced else factor)
        pixels = to_srgb(bounded(pixels, max_side), image.info.get("icc_profile"))
    pixels = upright(pixels, found.orientation)
    if found.orientation >= 5:
        size_wh = size_wh[::-1]
    return Photo(np.asarray(pixels), size_wh, found.has_gps, kind, found.focal_35mm, found.taken_at)


def _factor(long_side: int, max_side: float) -> int:
    return next((by for by, least in WORKING_SIDES.items() if long_side >= by * min(least, max_side)), 1)

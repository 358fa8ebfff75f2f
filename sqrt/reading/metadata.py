"""What a picture's file tells beside the pixels: how it was held, where and when it was taken, through which lens."""

import logging
import re
import struct
from collections.abc import Mapping
from datetime import datetime
from typing import Any, NamedTuple

from PIL import ExifTags, Image

_log = logging.getLogger(__name__)

# What decoders and readers of metadata raise on damaged files: found by fuzzing, or expected by Pillow of its plugins.
# UserWarning: Pillow warns of odd metadata, and a process may have made warnings errors.
DECODER_ERRORS = (
    OSError,
    SyntaxError,
    ValueError,
    TypeError,
    EOFError,
    LookupError,
    ArithmeticError,
    RuntimeError,
    AssertionError,
    struct.error,
    UserWarning,
)

_SIZE_TAGS = ExifTags.Base.ExifImageWidth, ExifTags.Base.ExifImageHeight


class Metadata(NamedTuple):
    """EXIF orientation still to be applied (1 if none: HEIF and TIFF come upright); the others as in `Photo`."""

    orientation: int = 1
    has_gps: bool = False
    focal_35mm: float | None = None
    taken_at: datetime | None = None


def read_metadata(image: Image.Image, size_wh: tuple[int, int]) -> Metadata:
    """Return what the EXIF of an opened image says that is `size_wh` as it is stored.

    Broken metadata does not spoil a photo. PNG may carry them behind the pixels: ask once those are decoded.
    """
    found = Metadata()
    try:
        exif = image.getexif()
        orientation = exif.get(ExifTags.Base.Orientation, 1)
        found = found._replace(orientation=orientation if orientation in range(1, 9) else 1)
        found = found._replace(has_gps=ExifTags.GPS.GPSLatitude in exif.get_ifd(ExifTags.IFD.GPSInfo))
        details = exif.get_ifd(ExifTags.IFD.Exif)
        found = found._replace(taken_at=_taken_at(details))
        found = found._replace(focal_35mm=_focal_35mm(details, size_wh))
    except DECODER_ERRORS as error:
        _log.info("metadata ignored: %s", type(error).__name__)
    return found


def _focal_35mm(exif: Mapping[int, Any], size_wh: tuple[int, int]) -> float | None:
    """Return the 35 mm equivalent focal length, see `Photo`; 0 is unknown, and a zoom of 0 is none (Exif 2.32)."""
    focal, zoom = (
        float(exif.get(tag, 0)) for tag in (ExifTags.Base.FocalLengthIn35mmFilm, ExifTags.Base.DigitalZoomRatio)
    )
    size = [exif.get(tag, side) for tag, side in zip(_SIZE_TAGS, size_wh, strict=True)]
    whole = zoom in (0, 1) and sorted(map(float, size)) == sorted(size_wh)
    return focal if whole and 1 <= focal <= 2000 else None


def _taken_at(exif: Mapping[int, Any]) -> datetime | None:
    """Return when the shutter opened, see `Photo`."""
    try:
        second = datetime.strptime(str(exif.get(ExifTags.Base.DateTimeOriginal, "")), "%Y:%m:%d %H:%M:%S")
    except ValueError:  # missing, or spaces and zeros, where the camera has no clock
        return None
    digits = re.fullmatch(r"[0-9]+", str(exif.get(ExifTags.Base.SubsecTimeOriginal, "")).strip())
    # As many digits as the camera likes: those of a decimal fraction.
    return second.replace(microsecond=int(digits[0][:6].ljust(6, "0"))) if digits else second

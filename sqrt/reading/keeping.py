"""What a photo's file tells beside its pixels, for another file of the same photo; and the profile of its colours."""

import io
import struct

from PIL import ExifTags, Image, ImageCms

from sqrt.reading.metadata import DECODER_ERRORS

_MAX_BYTES = 0xFFFF - 16  # of a segment of a JPEG
# What is wrong in a file of other pixels: how it was held is done, and maker's notes point to where they were.
_OVER = (ExifTags.Base.Orientation, ExifTags.Base.MakerNote, ExifTags.Base.JpegIFOffset)
_SIZE = ExifTags.Base.ExifImageWidth, ExifTags.Base.ExifImageHeight
# What a lens sees of the world is not what is left of it.
_OF_THE_WHOLE = (ExifTags.Base.FocalLengthIn35mmFilm,)


def _srgb() -> bytes:
    profile = bytearray(ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes())
    profile[24:36] = struct.pack(">6H", 2000, 1, 1, 0, 0, 0)  # when it was made: the same photo gets the same bytes
    return bytes(profile)


SRGB = _srgb()
"""An ICC profile."""


def kept_exif(data: bytes, size_wh: tuple[int, int], *, whole: bool, location: bool) -> bytes:
    """Return the EXIF of a photo's file for an upright JPEG made of it; empty where there is none that can be read.

    Parameters
    ----------
    data : bytes
        The photo's file.
    size_wh : tuple of int
        Of the JPEG, in pixels.
    whole : bool
        Whether it shows all of the photo; the lens of a part is not told.
    location : bool
        Whether to keep where it was taken.
    """
    try:
        with Image.open(io.BytesIO(data)) as image:
            if image.format == "PNG":
                image.load()  # it may stand behind the pixels
            exif = image.getexif()
            if not len(exif):
                return b""
            details = exif.get_ifd(ExifTags.IFD.Exif)
            for tag in (*_OVER, *(() if whole else _OF_THE_WHOLE)):
                exif.pop(tag, None)
                details.pop(tag, None)
            for tag, side in zip(_SIZE, size_wh, strict=True):
                if tag in details:
                    details[tag] = side
            exif[ExifTags.IFD.Exif] = details
            if not location:
                exif.pop(ExifTags.IFD.GPSInfo, None)
            said = exif.tobytes()
    except DECODER_ERRORS:
        return b""
    return said if len(said) <= _MAX_BYTES else b""

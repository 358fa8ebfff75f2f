"""The photos that an archive's rows name, read when they are to be seen, small, and written nowhere."""

from sqrt.archiving.places import content, trouble
from sqrt.errors import PhotoError
from sqrt.reading import load_photo, to_jpeg
from sqrt.settings import Settings
from sqrt.words import N_

SIDE = 480
"""Pixels of the long side at most: sharp on a phone's screen."""
_GONE = N_("This photo is gone, or cannot be read.")


def thumbnail(address: str, settings: Settings) -> bytes:
    """Read the photo at an address of an archive, within the settings' limits, as a small JPEG.

    Raises PhotoError where it is gone, or no photo any more.
    """
    most = settings.max_file_mb * 2**20
    try:
        photo = load_photo(
            content(address, None, most),
            max_side=SIDE,
            max_bytes=most,
            max_pixels=settings.max_megapixels * 1_000_000,
            max_whole_pixels=settings.max_whole_megapixels * 1_000_000,
        )
    except trouble() as error:
        raise PhotoError(f"cannot read: {type(error).__name__}", _GONE) from None  # the error names the file
    except PhotoError as error:
        raise PhotoError(str(error), _GONE) from None
    return to_jpeg(photo.pixels, quality=80)

"""A photo's file made better: all its pixels, and what it tells beside them."""

import os
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sqrt.improving.edits import Repair
from sqrt.improving.fix import MIN_GAIN, Fix, Step, suggest_fix
from sqrt.rating import Rater, Rating, Source
from sqrt.reading import Photo, Pixels, to_jpeg
from sqrt.reading.keeping import SRGB, kept_exif
from sqrt.reading.location import without_location
from sqrt.reading.photo import read_file
from sqrt.reading.room import Room

_ROOM = Room()


@dataclass(frozen=True, eq=False)
class Fixed:
    """A photo made better.

    Attributes
    ----------
    jpeg : bytes
        A file with all pixels; of the unchanged photo where nothing helps: its own, if that is a JPEG.
    steps : list of Step
        What was done; empty where nothing helps.
    before, after : Rating
        Of the photo and of `jpeg`.
    """

    jpeg: bytes
    steps: list[Step]
    before: Rating
    after: Rating

    @property
    def gain(self) -> float:
        """Points of the overall score."""
        return self.after.overall - self.before.overall


def fix(
    image: Source,
    rater: Rater,
    repairs: Iterable[Repair] = Repair,
    *,
    location: bool = True,
    wait_s: float | None = None,
) -> Fixed:
    """Make a photo better by those of `repairs` that help, see `suggest_fix`; raises PhotoError.

    Of more pixels than the settings' MAX_WHOLE_MEGAPIXELS, or for a document, a photo stays as it is. `location` as in
    `edited`, `wait_s` as in `Rater.examine`.
    """
    file = _read(image, rater)
    photo, rating = rater.examine(file, wait_s)
    width, height = photo.size_wh
    workable = width * height <= rater.settings.max_whole_megapixels * 1_000_000
    if workable and (found := suggest_fix(photo, rating, rater, repairs)):
        jpeg = edited(file, found, rater, location=location)
        after = rater.rate(jpeg)
        if after.overall >= rating.overall + MIN_GAIN:
            return Fixed(jpeg, found.steps, rating, after)
    return Fixed(_unchanged(file, photo, rater, location=location), [], rating, rating)


def edited(image: Source, found: Fix, rater: Rater, *, location: bool = True) -> bytes:
    """Return what was found as a JPEG of quality 95 made of all pixels of the image that it was found in.

    In sRGB with its profile, upright, with the EXIF of the image's file; without where it was taken unless `location`.
    Takes the memory of the whole decoded image three times; all that is made at the same time has no more pixels than
    MAX_WHOLE_MEGAPIXELS, others wait.
    """
    file = _read(image, rater)
    width, height = found.original_wh
    with _ROOM.taken(width * height, rater.settings.max_whole_megapixels * 1_000_000):
        pixels = found.edits.applied(rater.read(file, whole=True).pixels, found.outline)
        return _with_metadata(file, pixels, location=location, whole=pixels.shape[1::-1] == (width, height))


_File = bytes | NDArray[Any]


def _read(image: Source, rater: Rater) -> _File:
    if isinstance(image, (str, os.PathLike)):
        return read_file(image, rater.settings.max_file_mb * 2**20)
    return image if isinstance(image, np.ndarray) else bytes(image)


def _unchanged(file: _File, photo: Photo, rater: Rater, *, location: bool) -> bytes:
    if photo.format == "JPEG" and not isinstance(file, np.ndarray):
        return file if location else without_location(file)
    return _with_metadata(file, rater.read(file, whole=True).pixels, location=location, whole=True)


def _with_metadata(file: _File, pixels: Pixels, *, location: bool, whole: bool) -> bytes:
    exif = b""
    if not isinstance(file, np.ndarray):
        exif = kept_exif(file, (pixels.shape[1], pixels.shape[0]), whole=whole, location=location)
    return to_jpeg(pixels, exif=exif, profile=SRGB)

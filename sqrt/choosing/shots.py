"""What is kept of each of many photos, so that they can be compared: never the photo itself."""

from dataclasses import dataclass
from datetime import datetime

from sqrt.choosing.closeup import aligned
from sqrt.choosing.groups import Fingerprint, fingerprint
from sqrt.choosing.light import Light, light_of
from sqrt.choosing.outlines import Outlines, outlines_of
from sqrt.faces.crop import reduced
from sqrt.rating import Rating
from sqrt.reading import Photo, to_jpeg

PREVIEW_SIDE = 640
"""Pixels of the long side of a preview."""
_QUALITY = 85
_AROUND, _AROUND_SIDE = 5.0, 128  # inter-eye distances, pixels


@dataclass(frozen=True, eq=False)
class Shot:
    """One of several photos.

    Attributes
    ----------
    name : str
    rating : Rating
    preview : bytes
        The whole picture, a JPEG of at most `PREVIEW_SIDE`.
    close_up : bytes or None
        The main face, a square JPEG with the eyes where all close-ups have them, as sharp as the photo has it, up to
        `CLOSE_UP_SIDE`. None where no eyes were found.
    fingerprint : Fingerprint
    around : Fingerprint or None
        Of the main face and what is around it, upright; None where no eyes were found.
    outlines : Outlines or None
        Of what is around the only face; None where there is none or another one.
    taken_at : datetime.datetime or None
        See `sqrt.Photo`.
    light : Light
    """

    name: str
    rating: Rating
    preview: bytes
    close_up: bytes | None
    fingerprint: Fingerprint
    around: Fingerprint | None
    outlines: Outlines | None
    taken_at: datetime | None
    light: Light


def shot_of(name: str, photo: Photo, rating: Rating) -> Shot:
    """Return what is kept of a rated photo: some 100 kB, however large it is."""
    preview, face = reduced(photo.pixels, PREVIEW_SIDE), aligned(photo, rating)
    around = aligned(photo, rating, _AROUND_SIDE, _AROUND)
    return Shot(
        name,
        rating,
        preview=to_jpeg(preview, _QUALITY),
        close_up=None if face is None else to_jpeg(face, _QUALITY),
        fingerprint=fingerprint(preview),
        around=None if around is None else fingerprint(around),
        outlines=outlines_of(photo, rating),
        taken_at=photo.taken_at,
        light=light_of(photo, rating),
    )

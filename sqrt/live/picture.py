"""From what a browser sends of its camera to a photo: a decoded frame of WebRTC, or a JPEG."""

from typing import TypeAlias

import av
from av import VideoFrame

from sqrt.errors import PhotoError
from sqrt.rating import Rater, Rating
from sqrt.reading import Photo, load_photo
from sqrt.reading.frame import upright
from sqrt.words import N_

Picture: TypeAlias = VideoFrame | bytes

SNAPSHOT_BYTES = 2**20
SNAPSHOT_PIXELS = 4_000_000
"""Of a JPEG that is sent to be rated at most: twice the largest LIVE_FRAME_SIZE."""

_NOT_READ = N_("This picture of the camera cannot be read.")


def read_picture(picture: Picture) -> Photo:
    """Return a picture as a photo, at its own size; raises PhotoError.

    A frame must be no other thread's: PyAV hangs or crashes when two convert the same one.
    """
    if isinstance(picture, VideoFrame):
        try:
            return load_photo(upright(picture))
        except (av.FFmpegError, ValueError) as error:
            raise PhotoError(f"frame cannot be converted: {error}", _NOT_READ) from error
    photo = load_photo(picture, max_bytes=SNAPSHOT_BYTES, max_pixels=SNAPSHOT_PIXELS, max_whole_pixels=SNAPSHOT_PIXELS)
    return as_jpeg(photo)


def examined(rater: Rater, picture: Picture) -> tuple[Photo, Rating]:
    """Return a picture as a photo, and its rating; raises PhotoError."""
    photo = read_picture(picture)
    return photo, rater.rate_photo(photo)


def as_jpeg(photo: Photo) -> Photo:
    """Return a photo that was read from a JPEG; raises PhotoError for any other."""
    if photo.format != "JPEG":
        raise PhotoError(f"expected a JPEG, got {photo.format}", _NOT_READ)
    return photo

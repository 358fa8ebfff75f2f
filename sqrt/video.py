"""From the bytes of a clip to upright frames: the only decoder of video files.

Nothing here writes to disk, and no other file or address is opened, whatever a clip asks for.
"""

import io
import math
from collections.abc import Generator
from typing import NamedTuple, TypeAlias

import av
import numpy as np
from av import VideoFrame
from av.container import InputContainer
from numpy.typing import NDArray

from sqrt.errors import ClipError

_Pixels: TypeAlias = NDArray[np.uint8]

# The first bytes of the two families of files that phones and browsers record. Playlists and the like, which would make
# FFmpeg open what they name, are none of them.
_MATROSKA = b"\x1a\x45\xdf\xa3"
_MOV_BOXES = (b"ftyp", b"moov", b"mdat", b"wide", b"free", b"skip")
_MAX_FRAME_RATE = 250
"""Slow motion has 240 frames a second; a clip of millions of tiny frames would be decoded for hours."""

_NOT_A_CLIP = "This file is not a clip that can be read; please use an MP4, MOV or WebM clip."
_DAMAGED = "This clip is damaged or incomplete; please choose it again or use another one."


class Sample(NamedTuple):
    """A frame of a clip: its time since the first one, the share of the clip done, and HxWx3 RGB, upright."""

    at_s: float
    done: float
    pixels: _Pixels


def upright(frame: VideoFrame) -> _Pixels:
    """Return HxWx3 RGB, turned as the camera's metadata asks (degrees counter-clockwise).

    By the frame's own colour matrix and range. The tones of HDR clips (HLG, PQ) are taken as they are.
    """
    pixels = frame.to_ndarray(format="rgb24", threads=1)
    return np.ascontiguousarray(np.rot90(pixels, round(frame.rotation / 90)))


def samples(data: bytes, *, rate_hz: float, max_s: float, max_bytes: int, max_pixels: int) -> Generator[Sample]:
    """Yield `rate_hz` frames for each second of a clip, as far as it has so many.

    MP4, MOV and WebM, known by their content. Raises ClipError for what is no such clip, is over one of the limits, or
    turns out to be longer than its header says; what came until then was good.
    """
    if len(data) > max_bytes:
        message = f"This clip has {len(data) / 2**20:.0f} MB; please use one of at most {max_bytes / 2**20:.0f} MB."
        raise ClipError(f"{len(data)} bytes, limit {max_bytes}", message)
    try:
        with av.open(
            io.BytesIO(data), "r", format=_format(data), io_open=_refuse, metadata_errors="replace"
        ) as container:
            yield from _frames(container, rate_hz, max_s, max_pixels)
    except (av.FFmpegError, ValueError, OverflowError) as error:
        raise ClipError(f"{type(error).__name__}: {error}", _DAMAGED) from error


def _format(data: bytes) -> str:
    if data.startswith(_MATROSKA):
        return "matroska"
    if data[4:8] in _MOV_BOXES:
        return "mov"
    raise ClipError(f"{len(data)} bytes, neither MP4 nor MOV nor WebM", _NOT_A_CLIP)


def _refuse(*_: object) -> None:
    raise OSError("a clip may not name other files")


def _frames(container: InputContainer, rate_hz: float, max_s: float, max_pixels: int) -> Generator[Sample]:
    stream = next((one for one in container.streams.video if one.codec_context), None)
    if stream is None:
        raise ClipError("no video stream", "There is no picture in this clip.")
    length_s = container.duration / av.time_base if container.duration else math.nan
    if length_s > max_s + 1:
        _too_long(f"{length_s:.0f} seconds", max_s)
    _check_size(stream.width, stream.height, max_pixels)
    stream.thread_type = "AUTO"
    # Frames that no other is made from need not be decoded, unless there are few.
    if rate_hz * 4 < (stream.average_rate or 0):
        stream.codec_context.skip_frame = "NONREF"
    first_s, due_s, count = math.nan, 0.0, 0
    for frame in container.decode(stream):
        count += 1
        if frame.time is None:
            continue
        if math.isnan(first_s):
            first_s = frame.time
        at_s = frame.time - first_s
        if at_s > max_s + 1 or count > _MAX_FRAME_RATE * max_s:
            _too_long("more", max_s)
        if at_s >= due_s:
            _check_size(frame.width, frame.height, max_pixels)
            due_s = max(due_s + 1 / rate_hz, at_s)
            yield Sample(at_s, min(1.0, at_s / length_s) if length_s else 0.0, upright(frame))
    if count == 0:
        raise ClipError("no frame", _DAMAGED)


def _too_long(length: str, max_s: float) -> None:
    message = f"This clip has {length}; please use one of at most {max_s:.0f} seconds."
    raise ClipError(f"{length}, limit {max_s} s", message)


def _check_size(width: int, height: int, max_pixels: int) -> None:
    if width * height > max_pixels:
        message = f"The frames of this clip have {width * height / 1e6:.0f} megapixels; please use at most "
        raise ClipError(f"{width}x{height} px, limit {max_pixels}", f"{message}{max_pixels / 1e6:.0f}.")

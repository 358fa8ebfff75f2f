"""From the bytes of a film to its frames.

All in memory: nothing here writes to disk, and no film makes FFmpeg open a file or an address.
"""

import io
import re
from collections.abc import Callable, Generator, Iterator

import av
from av.container import InputContainer
from av.stream import Discard, Disposition
from av.video.frame import VideoFrame
from av.video.stream import VideoStream

from sqrt.errors import ClipError, PhotoError
from sqrt.reading.frame import upright
from sqrt.reading.photo import Photo, load_photo
from sqrt.words import N_, Text

MAX_PIXELS = 4096 * 2304
"""Of a frame: 4K. A decoder may hold sixteen frames at once."""

# What a header may say above the limit: clips of a minute have a frame more.
_GRACE_S = 1.0
_MAX_FRAME_RATE = 240
_THREADS = 2
_HD_HEIGHT = 720
_BT709, _NO_MATRIX = 1, 2

# A film is known by its content, and only as one of these two: a playlist, which names other files, is neither.
_MATROSKA = b"\x1a\x45\xdf\xa3"
_QUICKTIME = (b"ftyp", b"moov", b"mdat", b"wide", b"free", b"skip")
# Where the film in a moving photo begins: behind a JPEG's or HEIC's own data.
_FILM_BEHIND = re.compile(rb"\0\0\0[\x08-\xff]ftyp(?!hei|hev|mif|msf|avi)")
_STILL = re.compile(rb"\xff\xd8\xff|.{4}ftyp(hei|hev|mif|msf|avi)", re.DOTALL)
# How many samples a table (ISO/IEC 14496-12) claims; uncompressed sound has the most, 48,000 a second.
_COUNTS = re.compile(rb"(?:stsz|stz2).{8}(.{4})|trun.{4}(.{4})", re.DOTALL)
_EDITS = re.compile(rb"elst.{4}(.{4})", re.DOTALL)
_MAX_SAMPLE_RATE = 48_000
_DECODERS = ("h264", "hevc", "vp8", "vp9", "av1", "libdav1d", "mpeg4", "h263", "mjpeg", "prores")

# What PyAV raises on damaged files; ValueError, where it does not know a format of pixels.
_DECODER_ERRORS = (av.FFmpegError, ValueError)

_NOT_A_CLIP = N_("This file is not a clip that can be read; please use an MP4, MOV or WebM clip.")
_DAMAGED = N_("This clip is damaged or incomplete; please choose it again or use another one.")


def frames(
    data: bytes,
    *,
    rate_hz: float,
    max_s: float,
    max_bytes: int,
    max_pixels: int = MAX_PIXELS,
    wanted: Callable[[float], bool] = lambda at_s: True,
) -> Generator[tuple[float, float, Photo], None, None]:
    """Yield frames of a clip, upright and in sRGB.

    Parameters
    ----------
    data : bytes
        An MP4, MOV or WebM file (H.264, HEVC, VP8, VP9, AV1, MPEG-4, Motion JPEG or ProRes), or a photo (JPEG, HEIC)
        with such a film behind it.
    rate_hz : float
        Frames yielded of each second: the first that is shown at or after each beat. Damaged frames are left out.
    max_s : float
        A clip that says it is longer is refused; of one that does not say, as browsers record them, the rest is left.
    max_bytes : int
        Size of the file at most.
    max_pixels : int
        Width times height of a frame at most.
    wanted : callable, optional
        From a frame's seconds since the first to whether it is yielded; the others are decoded only.

    Yields
    ------
    tuple
        Seconds since the first frame, share of the clip that is done (0 to 1; of the bytes where the length is not
        known), and the frame at full size.

    Raises
    ------
    ClipError
        For everything that is not a usable clip; nothing else is raised.
    """
    _check_bytes(len(data), max_bytes)
    kind, start = _kind(data)
    if kind == "mov":
        _check_tables(data, start, max_s)
    file = io.BytesIO(data[start:])
    limits = {"max_pixels": str(max_pixels), "protocol_whitelist": "", "codec_whitelist": ",".join(_DECODERS)}
    last = -1
    try:
        with av.open(file, "r", format=kind, options=limits, metadata_errors="replace") as film:
            track = _track(film, max_pixels)
            duration_s = _duration_s(film, track, max_s)
            for at_s, frame in _decoded(film, track, max_s):
                beat = int(at_s * rate_hz + 0.01)  # a beat's own frame may be a little early, by rounding
                if beat <= last:
                    continue
                last = beat
                if wanted(at_s):
                    share = at_s / duration_s if duration_s else file.tell() / file.getbuffer().nbytes
                    yield at_s, min(share, 1.0), load_photo(upright(frame))
    except PhotoError as error:  # a frame of a few pixels
        raise ClipError(str(error), "The picture of this clip is too small or too narrow to be rated.") from error
    except _DECODER_ERRORS as error:
        raise ClipError(f"cannot decode: {type(error).__name__}: {error}", _DAMAGED) from error
    if last < 0:
        raise ClipError("no frame could be decoded", _DAMAGED)


def _check_bytes(size: int, limit: int) -> None:
    if size == 0:
        raise ClipError("0 bytes", "This file is empty.")
    if size > limit:
        sizes = {"size": size / 2**20, "limit": limit / 2**20}
        message = Text("This clip has {size:.1f} MB; please use one of at most {limit:.0f} MB.", **sizes)
        raise ClipError(f"{size} bytes, limit {limit}", message)


def _kind(data: bytes) -> tuple[str, int]:
    """Return the name of FFmpeg's demuxer, and where in the file the film begins."""
    if data.startswith(_MATROSKA):
        return "matroska", 0
    if _STILL.match(data):
        if behind := _FILM_BEHIND.search(data, 8):
            return "mov", behind.start()
        raise ClipError("a photo, no film behind it", "This is a photo without a clip; please rate it as a photo.")
    if data[4:8] in _QUICKTIME:
        return "mov", 0
    raise ClipError(f"{len(data)} bytes, neither QuickTime nor Matroska", _NOT_A_CLIP)


def _check_tables(data: bytes, start: int, max_s: float) -> None:
    """Refuse tables that claim samples without end: for two kilobytes FFmpeg would take gigabytes of memory."""
    claimed, edits = 0, 1
    while len(data) - start >= 8:
        size, kind = int.from_bytes(data[start : start + 4]), data[start + 4 : start + 8]
        if size == 1:
            size = int.from_bytes(data[start + 8 : start + 16])
        end = start + size if size >= 8 else len(data)
        if kind != b"mdat":  # there, any bytes may stand
            if data.find(b"cmov", start, end) >= 0:
                raise ClipError("tables are compressed", _NOT_A_CLIP)
            claimed += sum(int.from_bytes(one or other) for one, other in _COUNTS.findall(data, start, end))
            edits = max([edits, *map(int.from_bytes, _EDITS.findall(data, start, end))])
        start = end
    if claimed > max_s * _MAX_SAMPLE_RATE:
        raise ClipError(f"tables claim {claimed} samples, limit {max_s * _MAX_SAMPLE_RATE:.0f}", _DAMAGED)
    # Each edit may show all samples again, and each time FFmpeg lists them anew. A camera's clip has one or two.
    if claimed * edits > 2 * max_s * _MAX_SAMPLE_RATE:
        raise ClipError(f"{edits} edits of {claimed} samples", _DAMAGED)


def _track(film: InputContainer, max_pixels: int) -> VideoStream:
    """Return the first moving picture; of the others nothing is read."""
    tracks = [track for track in film.streams.video if not track.disposition & Disposition.attached_pic]
    if not tracks:
        raise ClipError("no video stream", "This file has no moving picture; please use a clip made by a camera.")
    track = tracks[0]
    for other in film.streams:
        if other is not track:
            other.discard = Discard.all
    decoder = track.codec_context
    if decoder is None or decoder.name not in _DECODERS:
        name = "unknown" if decoder is None else decoder.name
        message = N_("This clip is in a form that cannot be read; please save it as an MP4 with H.264.")
        raise ClipError(f"video codec {name}", message)
    pixels = decoder.width * decoder.height
    if pixels > max_pixels:
        message = Text(
            "The picture of this clip has {found:.0f} megapixels; please use one of at most {limit:.0f}, which is 4K.",
            found=pixels / 1e6,
            limit=max_pixels / 1e6,
        )
        raise ClipError(f"{decoder.width} x {decoder.height} px, limit {max_pixels} px", message)
    decoder.options = {"max_pixels": str(max_pixels)}  # the picture may grow on the way
    decoder.thread_type, decoder.thread_count = "AUTO", _THREADS
    return track


def _duration_s(film: InputContainer, track: VideoStream, max_s: float) -> float | None:
    """Return the length that the file states, if it does."""
    if track.duration is not None and track.time_base is not None:
        duration_s = float(track.duration * track.time_base)
    elif film.duration is not None:
        duration_s = film.duration / av.time_base
    else:
        return None
    if duration_s > max_s + _GRACE_S:
        lengths = {"found": duration_s, "limit": max_s}
        message = Text("This clip lasts {found:.0f} seconds; please use one of at most {limit:.0f}.", **lengths)
        raise ClipError(f"{duration_s:.1f} s, limit {max_s} s", message)
    return duration_s if duration_s > 0 else None


def _decoded(film: InputContainer, track: VideoStream, max_s: float) -> Iterator[tuple[float, VideoFrame]]:
    """Yield the sound frames of the first `max_s` seconds, each with its time since the first."""
    start_s, sound = None, True
    for number, packet in enumerate(film.demux(track)):
        if number > _MAX_FRAME_RATE * (max_s + _GRACE_S):
            raise ClipError(f"more than {number} frames in {max_s} s", _DAMAGED)
        try:
            decoded = packet.decode()
        except av.FFmpegError:
            decoded, sound = [], False
        for frame in decoded:
            # What is built on a damaged frame shows the damage too, up to the next that stands alone.
            sound = (sound or frame.key_frame) and not frame.is_corrupt
            if not sound or frame.time is None:
                continue
            if start_s is None:
                start_s = frame.time
            if frame.time - start_s > max_s:
                return
            # As players take it. VP8 has BT.601 alone.
            if frame.colorspace == _NO_MATRIX and frame.height >= _HD_HEIGHT and track.codec_context.name != "vp8":
                frame.colorspace = _BT709
            yield frame.time - start_s, frame

"""Films made in memory by real encoders, for tests."""

import io
import struct
from fractions import Fraction

import av
import cv2
import numpy as np
import skimage.data
from av import AudioFrame, VideoFrame

COFFEE = skimage.data.coffee()  # 600x400: not square
SMALL = cv2.resize(COFFEE, (96, 64), interpolation=cv2.INTER_AREA)

CODECS = [("mp4", "libx264"), ("mov", "libx265"), ("webm", "libvpx-vp9"), ("webm", "libvpx"), ("mp4", "mpeg4")]
FAST = {
    "libx264": {"preset": "veryfast", "crf": "16", "g": "10"},
    "libx265": {"preset": "ultrafast", "crf": "16", "x265-params": "log-level=none"},
    "libvpx-vp9": {"deadline": "realtime", "cpu-used": "8", "crf": "16", "b": "0"},
    "libvpx": {"deadline": "realtime", "cpu-used": "8", "crf": "8", "b": "20M"},
}


class Pipe(io.RawIOBase):
    """What a browser records into: nothing that was written can be changed, so that the film has no length."""

    def __init__(self):
        super().__init__()
        self.data = bytearray()

    def writable(self):
        return True

    def write(self, data):
        self.data += data
        return len(data)


def film(pictures, kind="mp4", codec="libx264", *, rate=10, rotation=0, times=None, pipe=False, sound=False, **options):
    """Encode RGB pictures; `times` in milliseconds where they are not evenly `rate` a second."""
    file = Pipe() if pipe else io.BytesIO()
    with av.open(file, "w", format=kind, options=options) as out:
        track = out.add_stream(codec, rate=rate, options=FAST.get(codec, {}))
        track.pix_fmt = "yuvj420p" if codec == "mjpeg" else "yuv420p"
        track.set_display_rotation(rotation)
        if times is not None:
            track.codec_context.time_base = Fraction(1, 1000)
        speech = out.add_stream("libopus" if kind == "webm" else "aac", rate=48000) if sound else None
        for index, picture in enumerate(pictures):
            if index == 0:
                track.height, track.width = picture.shape[:2]
            frame = VideoFrame.from_ndarray(np.ascontiguousarray(picture), format="rgb24")
            if times is not None:
                frame.pts, frame.time_base = times[index], track.codec_context.time_base
            out.mux(track.encode(frame))
        out.mux(track.encode(None))
        if speech is not None:
            out.mux(speech.encode(silence()))
            out.mux(speech.encode(None))
    return bytes(file.data) if pipe else file.getvalue()


def silence():
    frame = AudioFrame.from_ndarray(np.zeros((2, 9600), np.float32), format="fltp", layout="stereo")
    frame.sample_rate = 48000
    return frame


def greys(count, size_wh=(96, 64)):
    """Pictures that tell their number: ten levels of grey each."""
    return [np.full((*size_wh[::-1], 3), 20 + 10 * index, np.uint8) for index in range(count)]


_PARENTS = (b"moov", b"trak", b"mdia", b"minf", b"stbl", b"edts")


def edited(clip, edits, samples):
    """Let the tables of an MP4 claim samples of one byte each, and edits that each show the film from its beginning."""
    out, at = b"", 0
    while at < len(clip):
        size, kind = struct.unpack(">I4s", clip[at : at + 8])
        body = clip[at + 8 : at + size]
        match kind:
            case b"stsz":
                body = body[:4] + struct.pack(">II", 1, samples)
            case b"stts":
                body = body[:4] + struct.pack(">III", 1, samples, 1)
            case b"stsc":
                body = body[:4] + struct.pack(">IIII", 1, 1, samples, 1)
            case b"elst":
                body = body[:4] + struct.pack(">I", edits) + edits * body[8:20]
            case _ if kind in _PARENTS:
                body = edited(body, edits, samples)
        out += struct.pack(">I4s", len(body) + 8, kind) + body
        at += size
    return out

"""Clips made by real encoders: read upright, within limits, and the moments kept are none of the flawed ones."""

import io
import struct
from contextlib import suppress

import av
import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sqrt.clip import APART_S, BEST, rate_clip
from sqrt.errors import ClipError
from sqrt.rating import Rater
from sqrt.settings import Settings
from sqrt.video import samples

LIMITS = {"max_s": 60, "max_bytes": 50_000_000, "max_pixels": 20_000_000}
RATE = 10
"""Frames a second of the clips made here."""


def clip(frames, codec="libx264", container="mp4", rate=RATE, live=False, **options) -> bytes:
    """Encode frames of RGB pixels."""
    file = io.BytesIO()
    # What a browser records as it comes has no length in its header.
    with av.open(file, "w", format=container, container_options={"live": "1"} if live else {}) as out:
        stream = out.add_stream(codec, rate=rate, options={name: str(value) for name, value in options.items()})
        stream.height, stream.width = frames[0].shape[:2]
        stream.pix_fmt = "yuv420p"
        for pixels in frames:
            out.mux(stream.encode(av.VideoFrame.from_ndarray(np.ascontiguousarray(pixels), format="rgb24")))
        out.mux(stream.encode())
    return file.getvalue()


def read(data: bytes, rate_hz: float = 2, **limits):
    return [*samples(data, rate_hz=rate_hz, **{**LIMITS, **limits})]


def shut(pixels, face) -> np.ndarray:
    """Close the eyes: pull the skin above each down over it."""
    out = pixels.copy()
    for eye in (face.eyes[0], face.eyes[1]):
        x, y = (round(side) for side in eye)
        wide, high = round(face.box[2] * 0.16), round(face.box[3] * 0.07)
        lid = pixels[y - 3 * high : y - high, x - wide : x + wide]
        out[y - high : y + high, x - wide : x + wide] = cv2.resize(lid, (2 * wide, 2 * high))
    return out


def turned(pixels, face) -> np.ndarray:
    """Hide half of the face, as a head turned far away does."""
    x, y, w, h = (round(side) for side in face.box)
    out = pixels.copy()
    half = cv2.resize(pixels[y : y + h, x : x + w // 2], (w // 4, h))
    out[y : y + h, x : x + w] = cv2.GaussianBlur(pixels[y : y + h, x : x + w], (0, 0), w / 4)
    out[y : y + h, x : x + w // 4] = half
    return out


@pytest.fixture(scope="module")
def rate(model_path):
    return Rater(Settings.model_construct(face_model_path=model_path)).rate_photo


@pytest.fixture(scope="module")
def moving(astronaut):
    """The portrait, as a hand that is not quite steady films it."""

    def frame(number: int, pixels=astronaut):
        across, down = 10 * np.sin(number / 9), 8 * np.cos(number / 7)
        matrix = np.float32([[1, 0, across], [0, 1, down]])
        return cv2.warpAffine(pixels, matrix, pixels.shape[1::-1], borderMode=cv2.BORDER_REFLECT)

    return frame


class TestSamples:
    @pytest.mark.parametrize(
        ("codec", "container"),
        [("libx264", "mp4"), ("libx265", "mov"), ("libvpx-vp9", "webm"), ("libx264", "matroska")],
    )
    def test_what_phones_and_browsers_record_is_read(self, moving, codec, container):
        frames = [moving(number) for number in range(30)]
        quiet = {"x265-params": "log-level=none"} if codec == "libx265" else {}
        found = read(clip(frames, codec, container, **quiet))
        assert [sample.at_s for sample in found] == pytest.approx([0, 0.5, 1, 1.5, 2, 2.5], abs=0.11)
        assert all(0 <= sample.done <= 1 for sample in found)
        for sample in found:
            error = np.abs(sample.pixels.astype(int) - frames[round(sample.at_s * RATE)]).mean()
            assert error < 8

    def test_unreferenced_frames_are_skipped_in_a_fast_clip_and_the_times_stay_right(self, moving):
        frames = [moving(number) for number in range(90)]
        found = read(clip(frames, rate=30))
        assert [sample.at_s for sample in found] == pytest.approx([0, 0.5, 1, 1.5, 2, 2.5], abs=0.15)
        for sample in found:
            assert np.abs(sample.pixels.astype(int) - frames[round(sample.at_s * 30)]).mean() < 8

    @pytest.mark.parametrize(("matrix", "turns"), [((0, 1, -1, 0), 3), ((-1, 0, 0, -1), 2), ((0, -1, 1, 0), 1)])
    def test_rotation_is_honoured(self, astronaut, matrix, turns):
        flat = astronaut[:400]  # wider than high
        data = bytearray(clip([flat] * 3))
        start = data.index(b"tkhd") + 4 + 40  # ISO/IEC 14496-12: the track's matrix, 16.16 fixed point
        a, b, c, d = (value * 65536 for value in matrix)
        data[start : start + 36] = struct.pack(">9i", a, b, 0, c, d, 0, 0, 0, 1 << 30)
        [first, *_] = read(bytes(data))
        expected = np.rot90(flat, turns)
        assert first.pixels.shape == expected.shape
        assert np.abs(first.pixels.astype(int) - expected).mean() < 8

    @pytest.mark.parametrize(("matrix", "full"), [(1, 1), (1, 2), (5, 1)])
    def test_colours_follow_the_clips_own_matrix_and_range(self, matrix, full):
        pixels = np.full((64, 64, 3), (180, 60, 40), np.uint8)
        file = io.BytesIO()
        with av.open(file, "w", format="mp4") as out:
            stream = out.add_stream("libx264", rate=5, options={"crf": "2"})
            stream.width = stream.height = 64
            stream.pix_fmt = "yuv420p"
            stream.codec_context.colorspace, stream.codec_context.color_range = matrix, full
            frame = av.VideoFrame.from_ndarray(pixels, format="rgb24")
            frame = frame.reformat(format="yuv420p", dst_colorspace=matrix, dst_color_range=full)
            out.mux(stream.encode(frame))
            out.mux(stream.encode())
        [sample] = read(file.getvalue())
        assert np.abs(sample.pixels.astype(int) - pixels).max() <= 5

    def test_a_clip_without_a_length_in_its_header_is_read(self, moving):
        data = clip([moving(number) for number in range(20)], "libvpx-vp9", "webm", live=True)
        found = read(data)
        assert len(found) == 4

    def test_the_limits_are_told(self, moving):
        data = clip([moving(number) for number in range(50)], rate=1)
        for limits, said in (
            ({"max_s": 10}, "at most 10 seconds"),
            ({"max_bytes": 1000}, "at most 0 MB"),
            ({"max_pixels": 1000}, "megapixels"),
        ):
            with pytest.raises(ClipError) as refused:
                read(data, **limits)
            assert said in refused.value.user_message

    def test_one_that_is_longer_than_it_says_ends_at_the_limit(self, moving):
        data = clip([moving(number) for number in range(20)], "libvpx-vp9", "webm", rate=1, live=True)
        frames = samples(data, rate_hz=1, **{**LIMITS, "max_s": 5})
        assert [next(frames).at_s for _ in range(6)] == [0, 1, 2, 3, 4, 5]
        with pytest.raises(ClipError, match="limit 5"):
            list(frames)

    @pytest.mark.parametrize(
        "data",
        [
            b"",
            b"hello",
            b"#EXTM3U\n#EXTINF:1,\nfile:///etc/hostname\n",
            b"ffconcat version 1.0\nfile /etc/hostname\n",
            b"v=0\r\no=- 0 0 IN IP4 127.0.0.1\r\nm=video 5004 RTP/AVP 96\r\n",
            b"\x1a\x45\xdf\xa3" + bytes(100),
            b"\0\0\0\x18ftypisom" + bytes(100),
        ],
    )
    def test_what_is_no_clip_is_refused(self, data):
        with pytest.raises(ClipError) as refused:
            read(data)
        assert refused.value.user_message.endswith(".")

    def test_sound_alone_is_no_clip(self):
        file = io.BytesIO()
        with av.open(file, "w", format="mp4") as out:
            stream = out.add_stream("aac", rate=44100, layout="mono")
            frame = av.AudioFrame.from_ndarray(np.zeros((1, 1024), np.float32), format="fltp", layout="mono")
            frame.sample_rate = 44100
            out.mux(stream.encode(frame))
            out.mux(stream.encode())
        with pytest.raises(ClipError, match="no video"):
            read(file.getvalue())


@pytest.fixture(scope="module")
def small_clips(astronaut) -> list[bytes]:
    frames = [cv2.resize(np.roll(astronaut, number, 1), (96, 96)) for number in range(8)]
    return [clip(frames), clip(frames, "libvpx-vp9", "webm")]


@given(data=st.data())
@settings(max_examples=150, deadline=None)
def test_damage_ends_in_nothing_but_a_clip_error(small_clips, data):
    damaged = bytearray(data.draw(st.sampled_from(small_clips)))
    for _ in range(data.draw(st.integers(0, 12))):
        damaged[data.draw(st.integers(0, len(damaged) - 1))] = data.draw(st.integers(0, 255))
    damaged = damaged[: data.draw(st.integers(0, len(damaged)))]
    with suppress(ClipError):
        read(bytes(damaged), rate_hz=10)


def best_times(frames, rate) -> list[float]:
    [*_, last] = rate_clip(clip(frames), rate, rate_hz=5, **LIMITS)
    assert len(last.best) <= BEST
    assert [m.rating.overall for m in last.best] == sorted((m.rating.overall for m in last.best), reverse=True)
    return [moment.at_s for moment in last.best]


@pytest.mark.parametrize("flaw", ["turn", "blur", "blink", "dark"])
def test_no_flawed_moment_is_kept(moving, rate, face, astronaut, flaw):
    flawed = {
        "turn": turned(astronaut, face),
        "blur": cv2.GaussianBlur(astronaut, (0, 0), 6),
        "blink": shut(astronaut, face),
        "dark": astronaut // 6,
    }[flaw]
    frames = [moving(number, flawed if number // 15 % 2 else astronaut) for number in range(75)]
    times = best_times(frames, rate)
    assert times
    assert all(int(time * RATE + 0.5) // 15 % 2 == 0 for time in times)


def test_the_moments_are_apart_and_differ(moving, rate, astronaut):
    frames = [moving(number) for number in range(40)] + [moving(number, np.fliplr(astronaut)) for number in range(40)]
    times = best_times(frames, rate)
    assert len(times) >= 2
    assert min(abs(one - other) for one in times for other in times if one is not other) >= APART_S
    assert min(times) < 4 <= max(times)


def test_a_clip_of_one_picture_has_one_moment(rate, astronaut):
    assert len(best_times([astronaut] * 40, rate)) == 1


def test_moments_are_kept_at_full_size(moving, rate, astronaut):
    large = cv2.resize(astronaut, (1280, 1280))
    [*_, last] = rate_clip(clip([large] * 3), rate, rate_hz=2, **LIMITS)
    picture = cv2.imdecode(np.frombuffer(last.best[0].jpeg, np.uint8), cv2.IMREAD_COLOR)
    assert picture.shape == large.shape


def test_closing_it_stops_the_decoding(moving, rate):
    steps = rate_clip(clip([moving(number) for number in range(30)]), rate, rate_hz=5, **LIMITS)
    first = next(steps)
    steps.close()
    assert first.best
    assert [*steps] == []


def test_what_came_before_the_end_of_a_damaged_clip_is_kept(moving, rate):
    data = clip([moving(number) for number in range(60)], "libx264", "matroska", g=5)
    seen = []
    with suppress(ClipError):
        seen.extend(rate_clip(data[: len(data) // 2], rate, rate_hz=2, **LIMITS))
    assert seen
    assert seen[-1].best

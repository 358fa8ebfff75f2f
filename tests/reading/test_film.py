"""Real films: read upright and in time; whatever is no usable clip is refused with a sentence."""

import io
from itertools import pairwise

import av
import numpy as np
import pytest
from av import VideoFrame
from av.stream import Disposition
from hypothesis import HealthCheck, given
from hypothesis import settings as fuzzing
from hypothesis import strategies as st
from PIL import Image

from sqrt.errors import ClipError
from sqrt.reading.film import frames
from tests.damage import damaged
from tests.films import CODECS, COFFEE, FAST, SMALL, edited, film, greys, silence


def plain_film(colour, size_wh, matrix):
    """Encode a few frames of one colour by the given matrix, and do not say by which."""
    file = io.BytesIO()
    with av.open(file, "w", format="mp4") as out:
        track = out.add_stream("libx264", rate=10, options=FAST["libx264"])
        (track.width, track.height), track.pix_fmt = size_wh, "yuv420p"
        pixels = np.full((*size_wh[::-1], 3), colour, np.uint8)
        for _ in range(3):
            frame = VideoFrame.from_ndarray(pixels, format="rgb24").reformat(format="yuv420p", dst_colorspace=matrix)
            frame.colorspace, frame.color_range = 2, 0
            out.mux(track.encode(frame))
        out.mux(track.encode(None))
    return file.getvalue()


def sampled(data, *, rate_hz=2.0, max_s=60.0, max_bytes=2**26, **options):
    return list(frames(data, rate_hz=rate_hz, max_s=max_s, max_bytes=max_bytes, **options))


def refusal(data, **options):
    with pytest.raises(ClipError) as caught:
        sampled(data, **options)
    assert_sentence(caught.value)
    return caught.value.user_message


def assert_sentence(error):
    assert error.user_message[0].isupper()
    assert error.user_message.endswith(".")
    for jargon in ("Errno", "codec", "byte ", "stream", "px", "None", "Error"):
        assert jargon not in error.user_message


# Decoding


@pytest.mark.parametrize(("kind", "codec"), CODECS)
def test_every_kind(kind, codec):
    found = sampled(film([COFFEE] * 15, kind, codec, sound=True))
    times, shares, photos = zip(*found, strict=True)
    assert times == pytest.approx([0, 0.5, 1.0])
    assert all(0 <= one < other <= 1 for one, other in pairwise(shares))
    for photo in photos:
        assert photo.size_wh == (600, 400)
        assert np.abs(photo.pixels.astype(int) - COFFEE).mean() < 6


@pytest.mark.parametrize(("rate_hz", "expected"), [(0.5, [0, 2]), (2, [0, 0.5, 1, 1.5, 2]), (10, np.arange(24) / 10)])
def test_as_many_frames_of_a_second_as_asked_for(rate_hz, expected):
    found = sampled(film([SMALL] * 24), rate_hz=rate_hz)
    assert [at_s for at_s, _, _ in found] == pytest.approx(expected)


def test_each_picture_belongs_to_its_time():
    for at_s, _, photo in sampled(film(greys(20))):
        assert photo.pixels.mean() == pytest.approx(20 + 100 * at_s, abs=3)


def test_uneven_times_that_start_late():
    times = [5000, 5040, 5300, 5700, 5720, 6900, 7000, 7400]
    found = sampled(film(greys(8), times=times))
    assert [at_s for at_s, _, _ in found] == pytest.approx([0, 0.7, 1.9, 2.0])
    assert [photo.pixels.mean() for _, _, photo in found] == pytest.approx([20, 50, 70, 80], abs=3)


@pytest.mark.parametrize("rotation", [90, 180, -90])
@pytest.mark.parametrize("kind", ["mp4", "mov"])
def test_turned_as_the_metadata_ask(kind, rotation):
    data = film([np.rot90(COFFEE, -rotation // 90)] * 3, kind, rotation=rotation)
    [(_, _, photo)] = sampled(data)
    assert photo.size_wh == (600, 400)
    assert np.abs(photo.pixels.astype(int) - COFFEE).mean() < 6


@pytest.mark.parametrize(("size_wh", "matrix"), [((960, 720), "itu709"), ((640, 480), "itu601")])
def test_colours_that_name_no_matrix_are_taken_as_players_do(size_wh, matrix):
    colour = (200, 80, 60)
    [(_, _, photo)] = sampled(plain_film(colour, size_wh, matrix))
    assert photo.pixels.mean((0, 1)) == pytest.approx(colour, abs=4)


def test_a_photo_with_a_film_behind_it():
    jpeg, heic = io.BytesIO(), io.BytesIO()
    Image.fromarray(COFFEE).save(jpeg, "JPEG")
    Image.fromarray(COFFEE).save(heic, "HEIF")
    clip = film([SMALL] * 10)
    for photo in (jpeg.getvalue(), heic.getvalue()):
        assert [at_s for at_s, _, _ in sampled(photo + clip)] == [0, 0.5]
        assert "photo" in refusal(photo)


def test_the_cover_of_a_song_is_no_clip():
    file = io.BytesIO()
    with av.open(file, "w", format="mp4") as song:
        sound, cover = song.add_stream("aac", rate=48000), song.add_stream("mjpeg")
        cover.height, cover.width = SMALL.shape[:2]
        cover.pix_fmt, cover.disposition = "yuvj420p", Disposition.attached_pic
        song.mux(cover.encode(VideoFrame.from_ndarray(SMALL, format="rgb24")))
        song.mux(sound.encode(silence()))
        song.mux(sound.encode(None))
    assert "no moving picture" in refusal(file.getvalue())


def test_half_a_film_shows_what_it_has():
    data = film([COFFEE] * 60, movflags="frag_keyframe+empty_moov")
    assert 0 < len(sampled(data[: len(data) // 2])) < 12


def test_what_is_damaged_is_left_out():
    data = bytearray(film([np.roll(COFFEE, 9 * index, axis=1) for index in range(40)]))
    middle = len(data) // 2
    data[middle : middle + 2000] = b"\x55" * 2000
    found = sampled(bytes(data), rate_hz=10)
    assert 20 <= len(found) < 40
    for at_s, _, photo in found:
        assert np.abs(photo.pixels.astype(int) - np.roll(COFFEE, round(90 * at_s), axis=1)).mean() < 6


# Limits


def test_a_long_clip_is_refused():
    data = film([SMALL] * 45)
    assert len(sampled(data, max_s=4)) == 9  # half a second more than allowed is not held against it
    assert refusal(data, max_s=3) == "This clip lasts 4 seconds; please use one of at most 3."


def test_a_clip_that_tells_no_length_is_rated_up_to_the_limit():
    data = film([SMALL] * 50, "webm", "libvpx", pipe=True)
    times, shares, _ = zip(*sampled(data, max_s=3), strict=True)
    assert times[-1] == 3
    assert all(0 < one <= other <= 1 for one, other in pairwise(shares))


def test_a_large_file_is_refused():
    assert refusal(bytes(3 * 2**20), max_bytes=2**20) == "This clip has 3.0 MB; please use one of at most 1 MB."
    assert refusal(b"") == "This file is empty."


def test_a_huge_picture_is_refused():
    assert "which is 4K" in refusal(film([COFFEE] * 2), max_pixels=600 * 300)


def test_a_picture_that_grows_huge_on_the_way_is_left_out():
    file = io.BytesIO()
    with av.open(file, "w", format="webm") as out:
        for start, pictures in ((0, [SMALL] * 10), (1000, [COFFEE] * 10)):
            with av.open(io.BytesIO(film(pictures, "webm", "libvpx-vp9"))) as part:
                track = out.streams.video[0] if start else out.add_stream_from_template(part.streams.video[0])
                for packet in part.demux():
                    if packet.dts is not None:
                        packet.pts, packet.dts, packet.stream = packet.pts + start, packet.dts + start, track
                        out.mux(packet)
    sizes = [photo.size_wh for _, _, photo in sampled(file.getvalue())]
    assert sizes == [(96, 64)] * 2 + [(600, 400)] * 2
    sizes = [photo.size_wh for _, _, photo in sampled(file.getvalue(), max_pixels=600 * 300)]
    assert sizes == [(96, 64)] * 2


def test_a_tiny_picture_is_refused():
    assert "too small" in refusal(film([SMALL[:8, :64]] * 2, "mp4", "mpeg4"))


def test_more_frames_than_a_camera_takes_are_refused():
    data = film([SMALL] * 700, "mp4", "mpeg4", rate=1000)
    with pytest.raises(ClipError, match="more than"):
        sampled(data, max_s=1)


# What is no clip


@pytest.mark.parametrize(
    "text",
    [
        "#EXTM3U\n#EXT-X-TARGETDURATION:5\n#EXTINF:5,\nfile://{path}\n#EXT-X-ENDLIST\n",
        "ffconcat version 1.0\nfile '{path}'\n",
        "v=0\no=- 0 0 IN IP4 127.0.0.1\ns=x\nc=IN IP4 127.0.0.1\nm=video 5004 RTP/AVP 96\n",
        '<?xml version="1.0"?><MPD><BaseURL>file://{path}</BaseURL></MPD>',
        "RIFF----AVI LIST",
    ],
    ids=["HLS", "concat", "SDP", "DASH", "AVI"],
)
def test_a_list_of_other_files_opens_none(text, tmp_path):
    clip = tmp_path / "clip.mp4"
    clip.write_bytes(film([SMALL] * 5))
    assert "not a clip" in refusal(text.format(path=clip).encode())
    # The same behind the first bytes of a film: the demuxer is set, not guessed.
    for head in (b"\0\0\0\x18ftyp", b"\x1a\x45\xdf\xa3"):
        refusal(head + text.format(path=clip).encode())


@pytest.mark.parametrize("count", [10**7, 2**32 - 1])
def test_tables_that_claim_samples_without_end_are_refused(count):
    data = bytearray(film(greys(6)))
    table = data.index(b"stsz") + 8
    data[table : table + 8] = (1).to_bytes(4) + count.to_bytes(4)
    with pytest.raises(ClipError, match="samples"):
        sampled(bytes(data))


@pytest.mark.parametrize(("edits", "samples"), [(10**6, 20), (10**4, 10**4)])
def test_edits_that_show_the_same_samples_without_end_are_refused(edits, samples):
    with pytest.raises(ClipError, match=f"{edits} edits"):
        sampled(edited(film([SMALL] * 20), edits, samples))


def test_an_exotic_decoder_is_not_used():
    assert "H.264" in refusal(film([SMALL] * 3, "matroska", "ffv1"))


# The best moments


FUZZ = fuzzing(deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
SEEDS = {
    "mp4": film(greys(6)),
    "mov": film(greys(6), "mov", "libx265", sound=True),
    "webm": film(greys(6), "webm", "libvpx-vp9", sound=True),
    "recorded": film(greys(6), "webm", "libvpx", pipe=True),
    "fragments": film(greys(6), movflags="frag_keyframe+empty_moov"),
}


def frames_or_sentence(data):
    try:
        found = sampled(data, rate_hz=10)
    except ClipError as error:
        assert_sentence(error)
        return
    assert found
    for at_s, share, photo in found:
        assert 0 <= at_s <= 61
        assert 0 <= share <= 1
        assert photo.pixels.dtype == np.uint8


@FUZZ
@given(data=st.binary(max_size=300), head=st.sampled_from([b"", *(data[:40] for data in SEEDS.values())]))
def test_any_bytes(data, head):
    frames_or_sentence(head + data)


@pytest.mark.parametrize("name", SEEDS)
@FUZZ
@given(data=st.data())
def test_damaged_files(name, data):
    file, last = SEEDS[name], len(SEEDS[name]) - 1
    # Two of three changes where the structure is: at the beginning, or an MP4's at its end.
    head, tail = st.integers(0, min(600, last)), st.integers(max(last - 900, 0), last)
    frames_or_sentence(damaged(data, file, head, tail, st.integers(0, last)))

"""Whatever a browser sends of its camera becomes a photo, or one sentence."""

import io
import logging

import av
import numpy as np
import pytest
from av import VideoFrame
from PIL import Image

from sqrt.errors import PhotoError
from sqrt.live.picture import SNAPSHOT_BYTES, SNAPSHOT_PIXELS, read_picture
from sqrt.reading import to_jpeg


def filmed(pixels, rotation_deg):
    """Return the frame that comes out of a film whose metadata ask for a turn, in degrees counter-clockwise."""
    file = io.BytesIO()
    with av.open(file, "w", format="mp4") as film:
        track = film.add_stream("mpeg4", rate=15)
        track.height, track.width = pixels.shape[:2]
        track.pix_fmt, track.bit_rate = "yuv420p", 8_000_000
        track.set_display_rotation(rotation_deg)
        film.mux(track.encode(VideoFrame.from_ndarray(pixels, format="rgb24")))
        film.mux(track.encode(None))
    file.seek(0)
    with av.open(file) as film:
        return next(film.decode(video=0))


def gray_frame(width, height):
    return VideoFrame.from_ndarray(np.full((height, width), 90, np.uint8), format="gray")


def saved(kind, size_wh, **options):
    file = io.BytesIO()
    Image.new("L", size_wh, 90).save(file, kind, **options)
    return file.getvalue()


RATED = {
    "odd": lambda: VideoFrame(641, 333, "yuv420p"),
    "gray": lambda: gray_frame(64, 48),
    "nv12": lambda: VideoFrame(64, 48, "nv12"),
    "smallest": lambda: VideoFrame(16, 320, "yuv420p"),
    "jpeg": lambda: saved("JPEG", (640, 480)),
    "full hd": lambda: saved("JPEG", (1080, 1920)),
}
REFUSED = {
    "1x1": lambda: VideoFrame(1, 1, "yuv420p"),
    "line": lambda: VideoFrame(2, 400, "yuv420p"),
    "0x0": lambda: VideoFrame(0, 0, "yuv420p"),
    "empty": lambda: b"",
    "text": lambda: b"not a picture",
    "cut": lambda: saved("JPEG", (640, 480))[:300],
    "png": lambda: saved("PNG", (640, 480)),
    "bomb": lambda: saved("JPEG", (20_000, 20_000), quality=5),
    "large": lambda: saved("JPEG", (SNAPSHOT_PIXELS // 1000 + 1, 1000)),
    "bytes": lambda: saved("JPEG", (640, 480)) + bytes(SNAPSHOT_BYTES),
}


@pytest.mark.parametrize("name", RATED)
def test_it_becomes_a_photo(name):
    picture = RATED[name]()
    photo = read_picture(picture)
    if isinstance(picture, VideoFrame):
        assert photo.size_wh == (picture.width, picture.height)


@pytest.mark.parametrize("name", REFUSED)
def test_it_is_refused_in_a_sentence(name):
    with pytest.raises(PhotoError) as refused:
        read_picture(REFUSED[name]())
    assert refused.value.user_message.endswith(".")


def test_a_frame_has_its_own_pixels(portrait, astronaut):
    photo = read_picture(portrait)
    np.testing.assert_array_equal(photo.pixels, portrait.to_ndarray(format="rgb24"))
    assert np.abs(photo.pixels.astype(int) - astronaut).mean() < 3
    assert np.abs(read_picture(to_jpeg(astronaut)).pixels.astype(int) - astronaut).mean() < 3


@pytest.mark.parametrize("rotation_deg", [90, -90, 180])
def test_a_frame_is_turned_as_its_metadata_ask(rotation_deg, astronaut):
    upright = astronaut[:384]
    frame = filmed(np.ascontiguousarray(np.rot90(upright, -rotation_deg // 90)), rotation_deg)
    assert frame.rotation % 360 == rotation_deg % 360
    photo = read_picture(frame)
    assert photo.size_wh == (512, 384)
    assert np.abs(photo.pixels.astype(int) - upright).mean() < 10


def test_no_picture_breaks_a_stream(rater, portrait, open_stream, pool, clock, caplog):
    stream = open_stream(rater)
    with caplog.at_level(logging.ERROR):
        for make in [*RATED.values(), *REFUSED.values(), lambda: portrait]:
            picture = make()
            if isinstance(picture, VideoFrame):
                stream.recv(picture)
            else:
                clock.now += 2.0  # after the last frame of the other way
                assert stream.show(picture)
            assert pool.work()
            clock.now += 2.0
    assert caplog.records == []
    seen = stream.snapshot()
    assert (seen.frames, seen.ratings) == (len(RATED) + len(REFUSED) + 1, len(RATED) + 1)
    assert seen.problem is None
    assert seen.best is not None

"""Whatever is no usable photo is refused with a sentence; what is damaged, too large, or made to harm."""

import io
import logging
import os
import struct
import subprocess
import sys
import threading
import zlib
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from PIL import Image

from sqrt.errors import PhotoError
from sqrt.reading import Photo, load_photo
from sqrt.reading.photo import MIN_SIDE
from tests.damage import damaged
from tests.reading.pictures import (
    COFFEE,
    EVERY_FORMAT,
    LENS,
    P3,
    SMALL,
    assert_sentence,
    encoded,
    exif,
    is_a_photo,
    png_chunk,
    refusal,
)


def photo_or_sentence(source, **options) -> Photo | None:
    """Load it, or see that the refusal is a sentence."""
    try:
        photo = load_photo(source, **options)
    except PhotoError as error:
        assert_sentence(error)
        return None
    assert is_a_photo(photo)
    return photo


@pytest.mark.parametrize(
    "array",
    [
        np.zeros((40, 40, 3), bool),
        np.zeros((40, 40, 3), np.int64),
        np.zeros((40, 40, 3), np.uint32),
        np.zeros((40, 40, 3), complex),
        np.zeros((40, 40, 3), object),
        np.zeros((40, 40, 3), "U4"),
        np.zeros((40, 40, 2), np.uint8),
        np.zeros((40, 40, 5), np.uint8),
        np.zeros((3, 40, 40), np.uint8),
        np.zeros((1, 40, 40, 3), np.uint8),
        np.zeros(4000, np.uint8),
        np.zeros((), np.uint8),
        np.zeros((0, 40, 3), np.uint8),
        np.zeros((40, 40, 0), np.uint8),
        np.full((40, 40, 3), np.nan),
        np.full((40, 40), np.inf),
        np.full((40, 40), -0.01),
        np.full((40, 40), 1.01),
        COFFEE.astype(float),
    ],
    ids=lambda array: f"{array.dtype}{array.shape}{array.ravel()[:1]}",
)
def test_arrays_that_are_no_photo(array):
    error = refusal(array)
    assert "expected" in str(error)


@pytest.mark.parametrize("size_wh", [(1, 1), (1, 500), (500, 1), (MIN_SIDE - 1, 200), (200, MIN_SIDE - 1)])
def test_too_small(size_wh):
    assert "too small" in refusal(encoded(Image.new("RGB", size_wh))).user_message
    assert "too small" in refusal(np.zeros((*size_wh[::-1], 3), np.uint8)).user_message


def test_too_narrow():
    assert "narrow" in refusal(encoded(Image.new("RGB", (20, 420)))).user_message
    assert load_photo(encoded(Image.new("RGB", (20, 400)))).size_wh == (20, 400)


@pytest.mark.parametrize(
    "source", [None, 3, 2.5, [1, 2], {"a": 1}, object(), io.BytesIO(b"x"), Image.new("RGB", (9, 9))]
)
def test_wrong_types(source):
    assert type(source).__name__ in str(refusal(source))


@pytest.mark.parametrize("data", [b"", bytearray(), memoryview(b"")])
def test_empty(data, tmp_path):
    assert "empty" in refusal(data).user_message
    (tmp_path / "nothing").write_bytes(data)
    assert "empty" in refusal(tmp_path / "nothing").user_message


def test_over_the_limit_of_bytes(tmp_path):
    path = tmp_path / "holiday"
    with open(path, "wb") as file:
        file.truncate(2**40)  # a sparse file: reading it would fail
    for source in (path, bytes(2**20 + 1), memoryview(bytes(2**20 + 4)).cast("I")):
        assert "at most 1 MB" in refusal(source, max_bytes=2**20).user_message


def test_paths_that_cannot_be_read(tmp_path):
    os.mkfifo(tmp_path / "holiday-pipe")
    (tmp_path / "holiday-loop").symlink_to(tmp_path / "holiday-loop")
    paths = [tmp_path, tmp_path / "holiday.jpg", tmp_path / "holiday-pipe", tmp_path / "holiday-loop"]
    for path in [*paths, "/dev/zero", "holiday\0.jpg", "holiday\udc00.jpg", "holiday" * 1000]:
        error = refusal(path)
        assert "could not be opened" in error.user_message
        for text in (str(error), repr(error), error.user_message):
            assert "holiday" not in text
            assert tmp_path.name not in text
        # A traceback in the log would show the system's own error, which names the file.
        assert error.__cause__ is None
        assert error.__suppress_context__ or error.__context__ is None


def test_no_file_is_named(tmp_path, caplog):
    caplog.set_level(logging.DEBUG, "sqrt")
    path = tmp_path / "holiday.jpg"
    for data in (b"text", encoded(COFFEE, "JPEG")[:5000]):
        path.write_bytes(data)
        error = refusal(path)
        assert "holiday" not in f"{error} {error.user_message} {error.__cause__}"
    path.write_bytes(encoded(COFFEE, icc_profile=b"bad", exif=b"Exif\0\0bad"))
    load_photo(path)
    assert "ignored" in caplog.text
    assert "holiday" not in caplog.text


@pytest.mark.parametrize("kind", [*EVERY_FORMAT, "progressive JPEG"])
@pytest.mark.parametrize("share", [0.3, 0.7, 0.95])
def test_truncated(kind, share):
    options = {"progressive": True} if " " in kind else {}
    data = encoded(COFFEE, kind.split()[-1], **options)
    error = refusal(data[: int(len(data) * share)])
    if kind in ("JPEG", "PNG", "progressive JPEG", "GIF", "BMP"):
        assert "damaged or incomplete" in error.user_message


def bombs() -> Iterator[tuple[str, bytes]]:
    """Headers that declare 900 and more megapixels; only a decoder that believes them needs the memory."""
    side = 30_000
    header = struct.pack(">IIBBBBB", side, side, 8, 2, 0, 0, 0)
    yield "PNG", b"\x89PNG\r\n\x1a\n" + png_chunk(b"IHDR", header) + png_chunk(b"IDAT", zlib.compress(bytes(99)))
    jpeg = encoded(SMALL, "JPEG")
    frame = jpeg.index(b"\xff\xc0")
    yield "JPEG", jpeg[: frame + 5] + struct.pack(">HH", side, side) + jpeg[frame + 9 :]
    gif = encoded(SMALL, "GIF")
    yield "GIF", gif[:6] + struct.pack("<HH", side, side) + gif[10:]
    bmp = encoded(SMALL, "BMP")
    yield "BMP", bmp[:18] + struct.pack("<ii", side, side) + bmp[26:]
    yield "WEBP", b"RIFF\x1a\0\0\0WEBPVP8X\x0a\0\0\0\0\0\0\0" + struct.pack("<I", side)[:3] * 2


@pytest.mark.parametrize("data", [pytest.param(data, id=kind) for kind, data in bombs()])
def test_bombs(data):
    error = refusal(data)
    assert "smaller" in error.user_message or "megapixels" in error.user_message


@pytest.mark.parametrize("kind", EVERY_FORMAT)
def test_over_the_limit_of_pixels(kind):
    error = refusal(encoded(COFFEE, kind), max_pixels=239_999)
    assert "megapixels" in error.user_message
    assert load_photo(encoded(COFFEE, kind), max_pixels=240_000).size_wh == (600, 400)


@pytest.mark.parametrize("kind", EVERY_FORMAT)
def test_over_the_limit_of_pixels_that_are_decoded_whole(kind):
    data = encoded(COFFEE, kind)
    if kind == "JPEG":
        assert load_photo(data, max_whole_pixels=1).size_wh == (600, 400)
        return
    limit = 480_000 if kind == "WEBP" else 240_000
    assert load_photo(data, max_whole_pixels=limit).size_wh == (600, 400)
    assert f"This {kind} photo" in refusal(data, max_whole_pixels=limit - 2).user_message


def test_a_jpeg_of_several_scans_is_decoded_whole():
    """Its thumbnail and its metadata hold scans that do not count."""
    data = encoded(COFFEE, "JPEG", exif=exif(1) + encoded(SMALL, "JPEG", progressive=True))
    assert load_photo(data, max_whole_pixels=1).size_wh == (600, 400)
    progressive = encoded(COFFEE, "JPEG", progressive=True)
    scan = data.rindex(b"\xff\xda")
    one_colour_at_a_time = data[: scan + 4] + b"\1" + data[scan + 5 :]
    for several in (progressive, one_colour_at_a_time, encoded(COFFEE, "MPO", progressive=True)):
        assert "progressive JPEG" in refusal(several, max_whole_pixels=1).user_message
    assert load_photo(encoded(COFFEE, "MPO"), max_whole_pixels=1).size_wh == (600, 400)
    assert load_photo(progressive, max_whole_pixels=240_000).size_wh == (600, 400)


def test_arrays_over_the_limit_of_pixels():
    assert "megapixels" in refusal(COFFEE, max_pixels=239_999).user_message


def test_a_jpeg_of_endless_scans():
    """Eleven bytes make libjpeg pass over the whole picture once more: 32 MB of them would take hours."""
    data = encoded(Image.new("L", (64, 64)), "JPEG", progressive=True)
    scan = data[data.rindex(b"\xff\xda") :][:10] + b"\0"
    assert load_photo(data[:-2] + scan * 50 + data[-2:]).size_wh == (64, 64)
    for shift in (b"", b"\0"):
        assert "scans" in str(refusal(data[:-2] + shift + scan * 3000 + data[-2:]))


def test_threads_do_not_disturb_each_other():
    files = [encoded(COFFEE, kind, icc_profile=P3, exif=exif(6)) for kind in ("JPEG", "PNG", "HEIF", "AVIF", "WEBP")]
    alone = [load_photo(data).pixels for data in files]
    together: dict[int, list[np.ndarray]] = {}

    def load_all(number: int) -> None:
        together[number] = [load_photo(data).pixels for data in files]

    threads = [threading.Thread(target=load_all, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    assert len(together) == 4
    for loaded in together.values():
        for one, other in zip(alone, loaded, strict=True):
            np.testing.assert_array_equal(one, other)


# Anything at all

FUZZ = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
META = {"exif": exif(6, gps=True, lens=LENS), "icc_profile": P3}
SEEDS = {
    **{kind: encoded(SMALL, kind, **META) for kind in ("JPEG", "PNG", "WEBP", "AVIF", "HEIF")},
    **{kind: encoded(SMALL, kind, save_all=True, append_images=[SMALL.rotate(9)]) for kind in ("GIF", "MPO")},
    "BMP": encoded(SMALL.quantize(16), "BMP"),
    "progressive": encoded(SMALL.convert("CMYK"), "JPEG", progressive=True),
    "APNG": encoded(SMALL, save_all=True, append_images=[SMALL.rotate(9)]),
    "palette PNG": encoded(SMALL.quantize(16), transparency=b"\0\x80\xff"),
    "animated WEBP": encoded(SMALL.convert("RGBA"), "WEBP", save_all=True, append_images=[SMALL.convert("RGBA")]),
    "TIFF": encoded(SMALL, "TIFF", **META),
    "float TIFF": encoded(SMALL.convert("F"), "TIFF"),
    "LZW TIFF": encoded(SMALL.convert("LA"), "TIFF", compression="tiff_lzw"),
    "JPEG TIFF": encoded(SMALL, "TIFF", compression="jpeg"),
}


def test_the_seeds_are_photos():
    for data in SEEDS.values():
        assert is_a_photo(load_photo(data))


@FUZZ
@given(data=st.binary(max_size=300), head=st.sampled_from([b"", *(data[:24] for data in SEEDS.values())]))
def test_any_bytes(data, head):
    photo_or_sentence(head + data)


@pytest.mark.parametrize("name", SEEDS)
@FUZZ
@given(data=st.data())
def test_damaged_files(name, data):
    file = SEEDS[name]
    # Three of four changes in the first 600 bytes, where the structure is.
    head = st.integers(0, min(600, len(file)) - 1)
    photo_or_sentence(damaged(data, file, head, head, head, st.integers(0, len(file) - 1)))


SHAPES = st.one_of(
    hnp.array_shapes(min_dims=0, max_dims=4, min_side=0, max_side=40),
    st.tuples(st.integers(14, 60), st.integers(14, 60), st.integers(1, 4)),
)


DTYPES = st.one_of(hnp.scalar_dtypes(), st.sampled_from([np.dtype(kind) for kind in ("u1", "u2", ">u2", "f4", "f8")]))


@FUZZ
@given(shape=SHAPES, dtype=DTYPES, data=st.data(), max_side=st.integers(16, 64))
def test_any_array(shape, dtype, data, max_side):
    array = np.zeros(shape, dtype)
    if array.size and dtype.kind in "uf":
        array.flat[data.draw(st.integers(0, array.size - 1))] = data.draw(hnp.from_dtype(dtype))
    photo = photo_or_sentence(array, max_side=max_side)
    if photo is not None:
        assert dtype.kind in "uf"
        assert max(photo.pixels.shape[:2]) <= max_side
        assert photo.size_wh == array.shape[1::-1]


@pytest.mark.parametrize("kind", ["AVIF", "HEIF"])
def test_a_decoder_is_loaded_for_the_file_that_asks_for_it(kind, tmp_path):
    (tmp_path / "plain").write_bytes(encoded(SMALL, "JPEG"))
    (tmp_path / "boxed").write_bytes(encoded(SMALL, kind))
    code = (
        "import sys; from sqrt.reading import load_photo; load_photo('plain')\n"
        "print(*{'pillow_heif', 'PIL.AvifImagePlugin'} & sys.modules.keys())\n"
        "print(load_photo('boxed').format)"
    )
    environment = {"PYTHONPATH": str(Path(__file__).parents[2])}
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, env=environment, capture_output=True, text=True, check=True
    )
    assert done.stdout.splitlines() == ["", kind]

"""The ZIP of keepers, as programs that unpack it find it."""

import io
import subprocess
import tracemalloc
import zipfile
from pathlib import PurePosixPath, PureWindowsPath

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from sqrt.choosing.keepers import CHUNK_BYTES, LEFT_OUT, Keeper, zipped
from sqrt.choosing.sidecar import is_ours
from sqrt.errors import LocationError
from sqrt.rating import Rating
from sqrt.reading import load_photo
from tests.programs import executable

RATING = Rating(80, {}, {}, {}, [], [], (4000, 3000), "landmarks")
EXIF = Image.Exif()
EXIF[0x8825] = {1: "N", 2: (47.0, 22.0, 0.0), 3: "E", 4: (8.0, 33.0, 0.0)}


def opened(keepers, **options) -> zipfile.ZipFile:
    return zipfile.ZipFile(io.BytesIO(b"".join(zipped(keepers, **options))))


def names(*given: str) -> list[str]:
    return opened([Keeper(name, b"data", RATING) for name in given]).namelist()


@pytest.fixture
def photo(astronaut) -> bytes:
    file = io.BytesIO()
    Image.fromarray(astronaut).save(file, "JPEG", exif=EXIF)
    return file.getvalue()


def test_the_same_bytes_under_their_own_names(photo):
    files = {"IMG_1.JPG": photo, "été 2024.heic": b"as it is" * 50_000, "empty.jpg": b""}
    archive = opened([Keeper(name, data, RATING) for name, data in files.items()])
    assert archive.testzip() is None
    assert {name: archive.read(name) for name in archive.namelist()} == files
    for entry in archive.infolist():
        assert entry.compress_type == zipfile.ZIP_STORED
        assert entry.flag_bits & 0x08 == 0  # what it says of an entry stands in front


def test_no_keepers_is_an_empty_zip():
    assert opened([]).namelist() == []


def test_without_location(photo):
    keepers = [Keeper("here.jpg", photo, RATING), Keeper("odd.xyz", b"no photo", RATING)]
    archive = opened(keepers, location=False)
    assert archive.namelist() == ["here.jpg", LEFT_OUT]
    nowhere = archive.read("here.jpg")
    assert (load_photo(photo).has_gps, load_photo(nowhere).has_gps) == (True, False)
    assert len(nowhere) == len(photo)
    assert archive.read(LEFT_OUT).decode().startswith("odd.xyz: ")


def test_what_is_left_out_is_told_in_the_language(german):
    german({LocationError.user_message: "Der Ort lässt sich nicht sicher entfernen."})
    archive = opened([Keeper("odd.xyz", b"no photo", RATING)], location=False, language="de")
    assert archive.read(LEFT_OUT).decode() == "odd.xyz: Der Ort lässt sich nicht sicher entfernen.\n"


def test_sidecars_beside_the_photos():
    archive = opened([Keeper("a.JPG", b"1", RATING), Keeper("a.JPG", b"2", RATING)], sidecars=True)
    assert archive.namelist() == ["a.JPG", "a.JPG.xmp", "a (2).JPG", "a (2).JPG.xmp"]
    text = archive.read("a (2).JPG.xmp").decode()
    assert is_ours(text)
    assert 'xmp:Rating="4"' in text


def test_names_that_are_taken():
    assert names("a.jpg", "a.jpg", "A.JPG", "a (2).jpg") == ["a.jpg", "a (2).jpg", "A (3).JPG", "a (2) (2).jpg"]
    assert names("a", "a.xmp") == ["a", "a (2).xmp"]


@pytest.mark.parametrize(
    ("name", "safe"),
    [
        ("../../etc/passwd", "passwd"),
        ("C:\\photos\\a.jpg", "a.jpg"),
        ("..", "photo"),
        ("", "photo"),
        ("/", "photo"),
        (".hidden.jpg", "hidden.jpg"),
        ("con.jpg", "photo con.jpg"),
        ("a\0b\n.jpg", "a_b_.jpg"),
        ("a\udcff.jpg", "a_.jpg"),
        ("\u202egpj.exe", "_gpj.exe"),
        ("a<b>.jpg . ", "a_b_.jpg"),
        ("e\u0301.jpg", "\u00e9.jpg"),
        ("写真 📷.jpg", "写真 📷.jpg"),
    ],
)
def test_a_name_leads_nowhere(name, safe):
    assert names(name) == [safe]


@given(st.lists(st.text(), max_size=5))
def test_any_names(given):
    found = names(*given)
    assert len({name.casefold() for name in found}) == len(given)
    for name in found:
        assert PurePosixPath(name).name == PureWindowsPath(name).name == name
        assert len(name.encode()) <= 230
        assert name.isprintable()


def test_long_names_keep_their_suffix():
    (name,) = names("é" * 300 + ".jpeg")
    assert name.endswith("é.jpeg")


def test_no_copy_is_held():
    data = bytes(30 * 2**20)
    keepers = [Keeper(f"{number}.jpg", data, RATING) for number in range(10)]
    tracemalloc.start()
    try:
        sizes = [len(piece) for piece in zipped(keepers)]
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert sum(sizes) > 300 * 2**20
    assert max(sizes) <= CHUNK_BYTES
    assert peak < 2**20


def test_one_photo_is_asked_for_after_the_other():
    asked = []

    def keepers():
        for number in range(3):
            asked.append(number)
            yield Keeper(f"{number}.jpg", bytes(2 * CHUNK_BYTES), RATING)

    pieces = zipped(keepers())
    next(pieces)
    assert asked == [0]
    pieces.close()  # who leaves in between


def test_other_programs_unpack_it(tmp_path):
    unzip = executable("unzip")
    path = tmp_path / "keepers.zip"
    path.write_bytes(b"".join(zipped([Keeper("é.jpg", b"data", RATING)], sidecars=True)))
    subprocess.run([unzip, "-q", str(path)], cwd=tmp_path, check=True, capture_output=True)
    assert (tmp_path / "é.jpg").read_bytes() == b"data"

"""Where a photo was taken leaves its file, and nothing else does."""

import contextlib
import io
import re
import struct
import zlib

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, PngImagePlugin

from sqrt.errors import LocationError
from sqrt.reading import load_photo
from sqrt.reading.location import without_location
from tests.damage import damaged
from tests.exiftool import exiftool, tags
from tests.films import film

KINDS = ["jpg", "png", "webp", "tif", "heic", "avif"]
FORMATS = {"jpg": "JPEG", "tif": "TIFF", "heic": "HEIF"}
THERE = [
    "-GPSLatitude=47.3",
    "-GPSLatitudeRef=N",
    "-GPSLongitude=8.5",
    "-GPSLongitudeRef=E",
    "-GPSDateStamp=2024:01:01",
    "-XMP-exif:GPSLatitude=47.3",
    "-XMP-exif:GPSLongitude=8.5",
    "-XMP-photoshop:City=Zurich",
    "-XMP-iptcCore:Location=Bellevue",
    "-XMP-iptcExt:LocationCreatedCity=Zurich",
    "-IPTC:City=Zurich",
]
ELSE = [
    "-XMP-dc:Title=Hello",
    "-XMP-xmp:CreatorTool=SQRT",
    "-IPTC:ObjectName=Hello",
    "-Orientation#=6",
    "-DateTimeOriginal=2024:05:06 07:08:09",
    "-Make=Acme",
    "-XMP-exif:FNumber=2",
]
# The data of HEIF are pixels, compared below, and metadata, each of which is compared by itself.
TOLD = re.compile(r"GPS|City|Location|CurrentIPTCDigest|MediaData$")
EXIF = Image.Exif()
EXIF[0x8825] = {1: "N", 2: (47.0, 22.0, 0.0), 3: "E", 4: (8.0, 33.0, 0.0)}
EXIF[0x010F] = "Acme"


def encoded(pixels, kind: str, **options) -> bytes:
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, FORMATS.get(kind, kind.upper()), **options)
    return file.getvalue()


def tagged(path, data: bytes, *arguments: str) -> bytes:
    path.write_bytes(data)
    exiftool("-overwrite_original", "-m", *arguments, path)
    return path.read_bytes()


def tags_of(path, data: bytes) -> dict:
    path.write_bytes(data)
    return tags(path)


@pytest.fixture
def portrait(astronaut):
    profile = {"icc_profile": b"\0" * 200}
    return lambda kind: encoded(astronaut, kind, **({} if kind in ("heic", "avif") else profile))


@pytest.mark.parametrize("kind", KINDS)
def test_the_location_goes_and_nothing_else(kind, portrait, tmp_path):
    path = tmp_path / f"photo.{kind}"
    here = tagged(path, portrait(kind), *THERE, *ELSE)
    nowhere = without_location(here)
    before, after = tags_of(path, here), tags_of(path, nowhere)
    assert sum(bool(TOLD.search(name)) for name in before) > 8
    told = {name: text for name, text in after.items() if TOLD.search(name)}
    left = {name: str(text).strip() for name, text in told.items() if not name.endswith(("Digest", "MediaData"))}
    assert left in ({}, {"IPTC:City": ""})
    assert {name: text for name, text in after.items() if name not in told} == {
        name: text for name, text in before.items() if not TOLD.search(name)
    }
    assert (load_photo(here).has_gps, load_photo(nowhere).has_gps) == (True, False)
    assert load_photo(nowhere).taken_at == load_photo(here).taken_at is not None
    assert np.array_equal(load_photo(here, max_side=None).pixels, load_photo(nowhere, max_side=None).pixels)
    assert (len(nowhere) == len(here)) or kind == "png"
    assert without_location(nowhere) == nowhere


@pytest.mark.parametrize("kind", [*KINDS, "gif", "bmp"])
def test_a_file_that_tells_no_place_stays_as_it_is(kind, astronaut, tmp_path):
    bare = encoded(astronaut, kind)
    assert without_location(bare) == bare
    if kind != "bmp":
        full = tagged(tmp_path / f"photo.{kind}", bare, *[one for one in ELSE if kind != "gif" or "XMP" in one])
        assert full != bare
        assert without_location(full) == full


def test_a_gif_tells_by_xmp_alone(astronaut, tmp_path):
    path = tmp_path / "photo.gif"
    here = tagged(path, encoded(astronaut, "gif"), *[one for one in THERE if "XMP" in one])
    assert any(TOLD.search(name) for name in tags(path))
    assert not any(TOLD.search(name) for name in tags_of(path, without_location(here)))


@pytest.mark.parametrize("order", [b"II", b"MM"])
def test_the_entries_after_it_move_up(order, astronaut, tmp_path):
    path = tmp_path / "photo.jpg"
    byte_order = f"-ExifByteOrder={order.decode()}"
    here = tagged(path, encoded(astronaut, "jpg"), byte_order, *THERE, "-IFD0:XPTitle=last")
    assert b"Exif\0\0" + order in here
    found = tags_of(path, without_location(here))
    assert found["IFD0:XPTitle"] == "last"
    assert "GPS:GPSLatitude" not in found


def test_xmp_in_several_segments(astronaut, tmp_path):
    path = tmp_path / "photo.jpg"
    here = tagged(path, encoded(astronaut, "jpg"), *THERE, *ELSE, f"-XMP-dc:Description={'long ' * 20_000}")
    assert here.count(b"http://ns.adobe.com/xmp/extension/") > 1
    nowhere = without_location(here)
    found = tags_of(path, nowhere)
    assert len(found["XMP-dc:Description"]) == 100_000
    assert not [name for name in found if "GPS" in name or ("XMP" in name and TOLD.search(name))]
    assert b"Zurich" not in nowhere


def test_a_property_that_two_segments_share(astronaut, tmp_path):
    path = tmp_path / "photo.jpg"
    here = tagged(
        path, encoded(astronaut, "jpg"), f"-XMP-dc:Description={'long ' * 20_000}", "-XMP-xmp:Label=" + 9 * "~"
    )
    property_ = b"<exif:GPSLatitude>47,18.0N</exif:GPSLatitude>"
    # The end of one segment's text and the beginning of the next one's.
    (*_, second) = (found.start() for found in re.finditer(rb"\xff\xe1..http://ns.adobe.com/xmp/ext", here, re.DOTALL))
    start = second + 4 + 35 + 32 + 8
    half = len(property_) // 2
    here = (
        here[: second - half]
        + property_[:half]
        + here[second:start]
        + property_[half:]
        + here[start + len(property_) - half :]
    )
    nowhere = without_location(here)
    assert len(nowhere) == len(here)
    assert b"47,18" not in nowhere
    assert b"GPS" not in nowhere
    assert b"xmpNote:HasExtendedXMP" in nowhere
    assert "XMP-dc:Description" in tags_of(path, nowhere)


def test_a_second_picture_behind_the_first(astronaut):
    file = io.BytesIO()
    first, second = Image.fromarray(astronaut), Image.fromarray(astronaut[::-1])
    first.save(file, "MPO", save_all=True, append_images=[second], exif=EXIF)
    one = encoded(astronaut, "jpg", exif=EXIF)
    for here in (file.getvalue(), one + one):
        assert here.count(b"Exif\0\0") >= 1
        nowhere = without_location(here)
        for start in (found.start() + 6 for found in re.finditer(rb"Exif\0\0", nowhere)):
            exif = Image.Exif()
            exif.load(nowhere[start : start + 2000])
            assert exif[0x010F] == "Acme"
            assert 0x8825 not in exif


def test_a_moving_photo(astronaut, tmp_path):
    path = tmp_path / "film.mp4"
    path.write_bytes(film([astronaut[:256, :256]] * 3))
    exiftool(
        "-overwrite_original", "-Keys:GPSCoordinates=47.3, 8.5, 400", "-UserData:GPSCoordinates=47.3, 8.5, 400", path
    )
    behind = path.read_bytes()
    assert "GPS" in " ".join(tags(path))
    nowhere = without_location(encoded(astronaut, "jpg", exif=EXIF) + behind)
    found = tags_of(path, nowhere[-len(behind) :])
    assert not [name for name, told in found.items() if "GPS" in name and str(told).strip(" ,")]
    assert found["Track1:ImageWidth"] == 256
    assert not load_photo(nowhere).has_gps


def test_texts_of_a_png(astronaut, tmp_path):
    told = PngImagePlugin.PngInfo()
    rdf = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
    xmp = f'<x xmlns:r="{rdf}"><r:Description exif:GPSLatitude="47,18.0N" a:b="c"/></x>'
    told.add_itxt("XML:com.adobe.xmp", xmp, zip=True)
    told.add_text("exif:GPSLatitude", "47/1, 18/1, 0/1")
    block = b"Exif\0\0" + EXIF.tobytes().removeprefix(b"Exif\0\0")
    told.add_text(
        "Raw profile type exif", f"\nexif\n{len(block):8}\n{block.hex()[:72]}\n{block.hex()[72:]}\n", zip=True
    )
    told.add_text("Comment", "an exif:Thing", zip=True)
    here = encoded(astronaut, "png", pnginfo=told)
    nowhere = without_location(here)
    path = tmp_path / "photo.png"
    assert any("GPS" in name for name in tags_of(path, here))
    found = tags_of(path, nowhere)
    assert not any("GPS" in name for name in found)
    assert found["IFD0:Make"] == "Acme"
    with Image.open(io.BytesIO(nowhere)) as image:
        image.load()
        assert image.info["Comment"] == "an exif:Thing"
        assert 'a:b="c"' in image.info["XML:com.adobe.xmp"]
        assert image.info["Raw profile type exif"].count("\n") == 5
        assert np.array_equal(np.asarray(image), astronaut)


def test_a_prefix_of_ones_own_and_other_ways_to_write_it(astronaut):
    xmp = b"""<x:xmpmeta><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"
    xmlns:e="http://ns.adobe.com/exif/1.0/"><rdf:Description e:GPSLongitude = '8,30.0E' drone-dji:GpsLatitude="+47.3"
    photoshop:City="Z&#252;rich" keep="this"/><e:GPSLatitude /><e:GPSAltitude a="b">3</e:GPSAltitude><k>this</k>
    <Iptc4xmpExt:LocationShown><rdf:Bag><rdf:li Iptc4xmpExt:City="Z"/></rdf:Bag></Iptc4xmpExt:LocationShown
    ></rdf:RDF></x:xmpmeta>"""
    nowhere = without_location(encoded(astronaut, "webp", xmp=xmp))
    with Image.open(io.BytesIO(nowhere)) as image:
        left = image.info["xmp"]
    assert len(left) == len(xmp)
    gone = re.compile(rb"""\S*:(?:GPS|Gps|City|Location)[^/>=]*=?\s*(?:"[^"]*"|'[^']*')?""")
    assert not gone.search(left)
    assert left.count(b"this") == 2
    assert b"xmlns:e=" in left


def segment(tiff: bytes) -> bytes:
    block = b"Exif\0\0" + tiff
    return b"\xff\xd8\xff\xe1" + (len(block) + 2).to_bytes(2) + block + b"\xff\xd9"


def directory(*entries: tuple[int, int, int, int], after: int = 0) -> bytes:
    packed = b"".join(struct.pack("<HHII", *entry) for entry in entries)
    return struct.pack("<H", len(entries)) + packed + struct.pack("<I", after)


HEAD = b"II*\0\x08\0\0\0"


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"not a photo",
        b"\0\0\0\x0cjP  \r\n\x87\n",
        b"II+\0\x08\0\0\0" + bytes(100),
        segment(HEAD + directory((0x8825, 4, 1, 9999))),
        segment(HEAD + directory((0x8825, 4, 1, 8))),
        segment(HEAD + directory((0x8825, 4, 1, 26)) + directory((2, 5, 3, 9000))),
        segment(HEAD + directory((0x8825, 4, 1, 26)) + directory((2, 5, 3, 0))),
        segment(HEAD + directory((0x8825, 4, 1, 26)) + directory((2, 77, 3, 8))),
        segment(HEAD + directory((0x8825, 4, 1, 26)) + b"\xff\xff"),
        b"\xff\xd8 <exif:GPSLatitude>47,18.0N</exif:GPSLatitude> outside of any XMP",
        b"\xff\xd8" + '<rdf:RDF exif:GPSLatitude="47,18.0N">'.encode("utf-16"),
        b"\xff\xd8 http://www.w3.org/1999/02/22-rdf-syntax-ns# <exif:GPSLatitude>47",
        b"\x89PNG\r\n\x1a\n" + b"\0\0\1\0eXIfMM\0*",
        b"\x89PNG\r\n\x1a\n" + b"\0\0\0\5zTXtabc\0\0" + bytes(4),
        b"RIFF\x99\0\0\0WEBPEXIF\x99\0\0\0" + HEAD + directory((0x8825, 4, 1, 99)),
    ],
)
def test_what_is_not_sure_is_refused(data):
    with pytest.raises(LocationError) as refusal:
        without_location(data)
    assert refusal.value.user_message.endswith(".")


def test_a_picture_that_a_gps_tag_points_at_is_not_wiped(astronaut, tmp_path):
    here = tagged(tmp_path / "photo.tif", encoded(astronaut, "tif"), *THERE)
    with Image.open(io.BytesIO(here)) as image:
        strips = image.tag_v2[273]
        latitude = struct.pack("<HHI", 2, 5, 3)
    place = here.index(latitude) + 8
    with pytest.raises(LocationError):
        without_location(here[:place] + struct.pack("<I", strips[0]) + here[place + 4 :])


def test_a_bomb_in_a_text_is_refused():
    text = b"XML:com.adobe.xmp\0\1\0\0\0" + zlib.compress(bytes(9 * 2**20))
    chunk = len(text).to_bytes(4) + b"iTXt" + text + zlib.crc32(b"iTXt" + text).to_bytes(4)
    with pytest.raises(LocationError):
        without_location(b"\x89PNG\r\n\x1a\n" + chunk)


# Each of these would take hours by the square of its length.
@pytest.mark.parametrize(
    "part",
    [b"<a:GPSx>", b" a:GPSx='", b" a:GPSx=", b"a:", b"<a:GPS ", b"\0\0\0\x10ftyp", b"\xff\xe1\xff\xffExif\0\0II*\0"],
)
def test_much_of_what_does_not_end(part):
    begin = b"\xff\xd8http://www.w3.org/1999/02/22-rdf-syntax-ns#"
    with contextlib.suppress(LocationError):
        without_location(begin + part * (2**21 // len(part)))


@pytest.fixture(scope="module", params=KINDS)
def seed(request, astronaut, tmp_path_factory) -> bytes:
    path = tmp_path_factory.mktemp("seeds") / f"photo.{request.param}"
    return tagged(path, encoded(astronaut[:64, :64], request.param), *THERE, *ELSE)


@settings(max_examples=200)
@given(data=st.data())
def test_damaged_files_give_bytes_or_are_refused(seed, data):
    file = damaged(data, seed, st.integers(0, len(seed) - 1), st.integers(0, min(len(seed), 1500) - 1))
    try:
        nowhere = without_location(file)
    except LocationError:
        return
    assert b"GPSLat" not in nowhere


@given(st.binary())
def test_any_bytes(data):
    for begin in (b"", b"\x89PNG\r\n\x1a\n", b"\xff\xd8", b"II*\0", b"RIFF\0\0\0\0WEBP", b"\0\0\0\x08ftyp"):
        with contextlib.suppress(LocationError):
            without_location(begin + data)

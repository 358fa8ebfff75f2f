"""Sidecars, as other software reads them."""

import xml.etree.ElementTree as ET

import pytest

from sqrt.choosing.sidecar import Pick, is_ours, sidecar, sidecar_name
from sqrt.rating import Rating
from tests.exiftool import exiftool, tags


def rated(overall: float) -> Rating:
    return Rating(overall, {}, {}, {}, [], [], (4000, 3000), "landmarks")


@pytest.mark.parametrize(
    ("overall", "pick", "stars", "label"),
    [
        (100, Pick.ACCEPTED, 5, "Green"),
        (88, Pick.PENDING, 5, "Yellow"),
        (87.4, Pick.ACCEPTED, 4, "Green"),
        (70, Pick.ACCEPTED, 3, "Green"),
        (50, Pick.PENDING, 2, "Yellow"),
        (0, Pick.ACCEPTED, 1, "Green"),
        (100, Pick.REJECTED, -1, "Red"),
    ],
)
def test_exiftool_reads_it(overall, pick, stars, label, tmp_path):
    path = tmp_path / sidecar_name("IMG_1.JPG")
    path.write_text(sidecar(rated(overall), pick), encoding="utf-8")
    found = tags(path)
    assert found["XMP-xmp:Rating"] == stars
    assert found["XMP-xmp:Label"] == label
    assert found["XMP-digiKam:PickLabel"] in (pick.value, str(pick.value), pick.name.capitalize())
    ET.fromstring(path.read_bytes())


def test_it_is_told_from_what_others_wrote(tmp_path):
    path = tmp_path / "IMG_1.JPG.xmp"
    path.write_text(sidecar(rated(80), Pick.ACCEPTED), encoding="utf-8")
    assert is_ours(path.read_text(encoding="utf-8"))
    exiftool("-overwrite_original", "-XMP-dc:Title=mine", path)
    assert not is_ours(path.read_text(encoding="utf-8"))

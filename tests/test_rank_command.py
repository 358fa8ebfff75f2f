"""``python -m sqrt rank``: what a person at a terminal gets, and that no photo is touched."""

import csv
import io
import json

import cv2
import numpy as np
import pytest
from PIL import Image

from sqrt.__main__ import main
from tests.exiftool import tags

GPS = {0x8825: {1: "N", 2: (52.0, 31.0, 0.0), 3: "E", 4: (13.0, 24.0, 0.0)}}


pytestmark = pytest.mark.usefixtures("bare_settings")


@pytest.fixture
def folder(astronaut, tmp_path):
    """A sharp shot with its location, a blurred one of the same scene, another scene, and no photo."""
    folder = tmp_path / "shots"
    folder.mkdir()
    exif = Image.Exif()
    exif[0x8825] = GPS[0x8825]
    Image.fromarray(astronaut).save(folder / "sharp.jpg", quality=95, exif=exif)
    Image.fromarray(cv2.GaussianBlur(astronaut, None, 3)).save(folder / "blurred.jpg", quality=95)
    Image.fromarray(np.ascontiguousarray(astronaut[:, ::-1])).save(folder / "other.jpg", quality=95)
    (folder / "broken.jpg").write_bytes(b"not a photo")
    return folder


def contents(folder):
    return {path.name: (path.read_bytes(), path.stat().st_mtime_ns) for path in folder.glob("*.jpg")}


def test_groups_come_in_order_with_reasons_and_the_broken_is_told(folder, capsys):
    before = contents(folder)
    assert main(["rank", "--group", str(folder)]) == 1
    out, err = capsys.readouterr()
    assert out.startswith("Group 1: ")
    assert "Group 2: " in out
    lines = [line for line in out.splitlines() if ".jpg" in line]
    places = {
        name: number for number, line in enumerate(lines) for name in ("sharp", "blurred") if f"{name}.jpg" in line
    }
    assert places["sharp"] < places["blurred"]
    assert "keep" in lines[places["sharp"]]
    assert "less sharp" in lines[places["blurred"]]
    assert "broken.jpg" in err
    assert contents(folder) == before


def test_json_and_csv_say_the_same(folder, capsys, tmp_path):
    (folder / "broken.jpg").unlink()
    assert main(["rank", "--format", "json", str(folder)]) == 0
    found = json.loads(capsys.readouterr().out)
    assert main(["rank", "-o", str(tmp_path / "list.csv"), str(folder)]) == 0
    table = [*csv.DictReader(io.StringIO((tmp_path / "list.csv").read_text(encoding="utf-8-sig")))]
    assert [row["file"] for row in table] == [row["file"] for row in found]
    assert [row["kept"] == "True" for row in table] == [row["kept"] for row in found]
    assert sum(row["kept"] for row in found) == len({row["group"] for row in found}) == 2


def test_keepers_are_copied_without_location_and_sidecars_are_read(folder, tmp_path):
    (folder / "broken.jpg").unlink()
    before, best = contents(folder), tmp_path / "best"
    assert main(["rank", "--xmp", "--copy-to", str(best), "--without-location", str(folder)]) == 0
    assert {path.name for path in best.iterdir()} == {
        f"{name}.jpg{end}" for name in ("sharp", "other") for end in ("", ".xmp")
    }
    assert contents(folder) == before
    assert tags(folder / "sharp.jpg")["GPS:GPSLatitude"]
    assert not [tag for tag in tags(best / "sharp.jpg") if "GPS" in tag]
    with Image.open(best / "sharp.jpg") as copy, Image.open(folder / "sharp.jpg") as original:
        np.testing.assert_array_equal(np.asarray(copy), np.asarray(original))
    labels = {name: tags(folder / f"{name}.jpg.xmp") for name in ("sharp", "blurred")}
    assert labels["sharp"]["XMP-xmp:Rating"] > labels["blurred"]["XMP-xmp:Rating"] >= 1
    assert labels["sharp"]["XMP-xmp:Label"] == "Green"


def test_links_are_the_same_files_and_nothing_is_overwritten(folder, tmp_path, capsys):
    (folder / "broken.jpg").unlink()
    best = tmp_path / "best"
    best.mkdir()
    (best / "other.jpg").write_text("of another")
    (folder / "sharp.jpg.xmp").write_text("<of another program/>")
    assert main(["rank", "--xmp", "--link-to", str(best), str(folder)]) == 1
    err = capsys.readouterr().err
    assert "other.jpg is another file" in err
    assert "sharp.jpg.xmp is of other software" in err
    assert (best / "sharp.jpg").samefile(folder / "sharp.jpg")
    assert (best / "other.jpg").read_text() == "of another"
    assert (folder / "sharp.jpg.xmp").read_text() == "<of another program/>"


@pytest.mark.parametrize("wrong", [["--keep", "0"], ["--copy-to", "a", "--link-to", "b"], []])
def test_wrong_usage_is_2(wrong):
    with pytest.raises(SystemExit) as error:
        main(["rank", *wrong])
    assert error.value.code == 2


def test_only_copies_can_be_without_location(folder, capsys):
    assert main(["rank", "--without-location", str(folder)]) == 2
    assert "--copy-to" in capsys.readouterr().err

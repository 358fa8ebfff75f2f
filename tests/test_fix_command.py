"""``python -m sqrt fix``: what a person at a terminal gets, and that the photo is not touched."""

import numpy as np
import pytest
from PIL import Image

from sqrt.__main__ import main
from sqrt.reading import load_photo
from tests.exiftool import tags

pytestmark = pytest.mark.usefixtures("bare_settings")


@pytest.fixture
def dark(astronaut, tmp_path):
    exif = Image.Exif()
    exif[0x8825] = {1: "N", 2: (52.0, 31.0, 0.0), 3: "E", 4: (13.0, 24.0, 0.0)}
    path = tmp_path / "dark.jpg"
    Image.fromarray((astronaut * 0.3).astype(np.uint8)).save(path, quality=95, exif=exif)
    return path


def test_it_says_what_it_did_and_leaves_the_photo_alone(dark, tmp_path, capsys):
    before, better = dark.read_bytes(), tmp_path / "better.jpg"
    assert main(["fix", str(dark), "-o", str(better)]) == 0
    out, err = capsys.readouterr()
    assert "of 100: exposure +" in out
    assert not err
    assert dark.read_bytes() == before
    one, other = (load_photo(path) for path in (dark, better))
    assert one.size_wh == other.size_wh
    assert other.pixels.mean() > 1.5 * one.pixels.mean()
    assert any("GPSLatitude" in name for name in tags(better))


def test_what_needs_nothing_is_said_to_and_written_as_it_is(astronaut, tmp_path, capsys):
    photo = tmp_path / "photo.jpg"
    Image.fromarray(astronaut).save(photo, quality=95)
    assert main(["fix", str(photo), "-o", str(tmp_path / "same.jpg")]) == 0
    assert "nothing that can be changed" in capsys.readouterr().out
    assert (tmp_path / "same.jpg").read_bytes() == photo.read_bytes()


def test_only_what_is_named_is_tried_and_the_place_goes_if_asked(dark, tmp_path, capsys):
    better = tmp_path / "better.jpeg"
    options = ["-o", str(better), "--only", "level, crop", "--without-location"]
    assert main(["fix", str(dark), *options]) == 0
    assert "nothing that can be changed" in capsys.readouterr().out
    assert not any("GPSLatitude" in name for name in tags(better))


@pytest.mark.parametrize(
    ("photo", "output", "options", "status", "said"),
    [
        ("dark.jpg", "dark.jpg", [], 2, "take the place of the photo"),
        ("dark.jpg", "better.png", [], 2, "is a JPEG"),
        ("dark.jpg", "nowhere/better.jpg", [], 2, "cannot be written"),
        ("missing.jpg", "better.jpg", [], 1, "could not be opened"),
        ("notes.jpg", "better.jpg", [], 1, "not a photo"),
    ],
)
def test_what_cannot_be_done_is_said_in_a_sentence(photo, output, options, status, said, dark, tmp_path, capsys):
    (tmp_path / "notes.jpg").write_bytes(b"notes")
    before = dark.read_bytes()
    assert main(["fix", str(tmp_path / photo), "-o", str(tmp_path / output), *options]) == status
    assert said in capsys.readouterr().err
    assert dark.read_bytes() == before


def test_an_unknown_step_is_wrong_usage(dark, capsys):
    with pytest.raises(SystemExit, match="2"):
        main(["fix", str(dark), "-o", "x.jpg", "--only", "smoothing"])
    assert "'smoothing' is none of denoise, backlight" in capsys.readouterr().err

"""What makes a photo better: it does so by rating the result, and what needs nothing stays as it is."""

import io

import cv2
import numpy as np
import pytest
import skimage.data
from PIL import ExifTags, Image, ImageCms

import sqrt
from benchmarks.flaws import FLAWS
from sqrt.improving import Repair, fix, suggest_fix
from sqrt.improving.fix import MAX_LOSS, MIN_GAIN
from sqrt.improving.tones import brighter, gains_against, table
from sqrt.rating import WELL, Rater
from sqrt.reading import to_jpeg
from sqrt.settings import Settings
from tests.exiftool import tags


@pytest.fixture(scope="module")
def rater(model_path) -> Rater:
    return Rater(Settings.model_construct(face_engine="landmarks", face_model_path=model_path))


@pytest.fixture(scope="module")
def portrait(astronaut):
    return cv2.resize(astronaut, (1600, 1600), interpolation=cv2.INTER_CUBIC)


@pytest.fixture(scope="module")
def face(rater, portrait):
    return rater.rate(portrait).faces[0]


@pytest.fixture(scope="module")
def leaning(astronaut):
    """A portrait with room around it, turned by 20 degrees."""
    room = cv2.resize(cv2.GaussianBlur(astronaut, (0, 0), 60), (1000, 900))
    room[250:762, 244:756] = astronaut
    matrix = cv2.getRotationMatrix2D((500, 450), -20, 1)
    return cv2.warpAffine(room, matrix, (1000, 900), flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REFLECT)


def flawed(flaw, portrait, face, severity=2):
    return FLAWS[flaw].inject(portrait, face, severity, np.random.default_rng(7))


def found_in(rater, pixels, repairs=Repair):
    photo, rating = rater.examine(pixels)
    return rating, suggest_fix(photo, rating, rater, repairs)


@pytest.mark.parametrize(
    ("flaw", "repair"),
    [
        ("underexposure", Repair.EXPOSURE),
        ("backlight", Repair.BACKLIGHT),
        ("colour_cast_warm", Repair.WHITE_BALANCE),
        ("colour_cast_cool", Repair.WHITE_BALANCE),
        ("haze", Repair.CONTRAST),
        ("noise", Repair.DENOISE),
    ],
)
def test_each_flaw_is_mended_by_its_own_step(flaw, repair, rater, portrait, face):
    pixels = flawed(flaw, portrait, face)
    rating, found = found_in(rater, pixels)
    assert repair in [step.name for step in found.steps]
    own = FLAWS[flaw].targets[0]
    assert found.rating.scores[own] > rating.scores[own] + 5
    whole = rater.rate(found.edits.applied(pixels, rating.outline))
    assert whole.overall == pytest.approx(found.rating.overall, abs=1.5)
    assert found.gain == pytest.approx(found.rating.overall - rating.overall)


def test_who_is_far_away_comes_nearer(rater, portrait, face):
    rating, found = found_in(rater, flawed("too_far", portrait, face, 3))
    assert [step.name for step in found.steps] == [Repair.CROP]
    assert found.rating.scores["face_size"] > rating.scores["face_size"] + 50


def test_a_leaning_picture_is_levelled(rater, leaning):
    rating, found = found_in(rater, leaning)
    assert Repair.LEVEL in [step.name for step in found.steps]
    assert found.rating.scores["head_pose"] > rating.scores["head_pose"] + 15


@pytest.mark.parametrize("flaw", ["underexposure", "overexposure", "backlight", "colour_cast_warm", "noise", "roll"])
@pytest.mark.parametrize("severity", [1, 3])
def test_no_step_is_for_nothing_and_none_costs_another_metric(flaw, severity, rater, portrait, face):
    rating, found = found_in(rater, flawed(flaw, portrait, face, severity))
    if found is None:
        return
    assert all(step.gain >= MIN_GAIN for step in found.steps)
    revealed = {"background"} if Repair.EXPOSURE in [step.name for step in found.steps] else set()
    allowed = MAX_LOSS * len(found.steps)
    for key in rating.scores.keys() & found.rating.scores.keys() - revealed:
        assert found.rating.scores[key] >= min(rating.scores[key] - allowed, WELL), key


@pytest.mark.parametrize("picture", ["astronaut", "chelsea", "coffee"])
def test_what_needs_nothing_stays_as_it_is(picture, rater):
    data = to_jpeg(getattr(skimage.data, picture)())
    fixed = fix(data, rater)
    assert (fixed.jpeg, fixed.steps, fixed.gain) == (data, [], 0)


def test_what_was_made_better_needs_nothing_more(rater, portrait, face):
    once = fix(flawed("underexposure", portrait, face), rater)
    again = fix(once.jpeg, rater)
    assert again.gain <= 2
    assert sum(step.gain for step in again.steps) <= 2


def test_only_what_is_asked_for_is_done(rater, portrait, face):
    pixels = flawed("underexposure", flawed("colour_cast_cool", portrait, face, 3), face, 1)
    _, both = found_in(rater, pixels)
    _, one = found_in(rater, pixels, [Repair.WHITE_BALANCE])
    assert {step.name for step in both.steps} > {step.name for step in one.steps} == {Repair.WHITE_BALANCE}
    assert found_in(rater, pixels, [])[1] is None


def test_the_same_photo_twice_gives_the_same_bytes(rater, portrait, face):
    data = to_jpeg(flawed("backlight", portrait, face))
    assert fix(data, rater).jpeg == fix(data, rater).jpeg


def test_the_public_name(portrait, face, model_path):
    fixed = sqrt.fix(flawed("underexposure", portrait, face), Settings(face_model_path=model_path))
    assert isinstance(fixed, sqrt.Fixed)
    assert fixed.gain == pytest.approx(sum(gain for _, gain in fixed.steps), abs=1.5)
    with pytest.raises(sqrt.PhotoError):
        sqrt.fix(b"no photo")


# --- Pictures of all kinds -----------------------------------------------------------------------------------------


def group(astronaut):
    person = cv2.resize(astronaut, (600, 600), interpolation=cv2.INTER_CUBIC)
    canvas = cv2.resize(cv2.GaussianBlur(astronaut, (0, 0), 40), (1600, 900))
    canvas[200:800, 100:700], canvas[200:800, 900:1500] = person, person[:, ::-1]
    return canvas


PICTURES = {
    "grayscale": lambda astronaut: cv2.cvtColor(astronaut, cv2.COLOR_RGB2GRAY),
    "panorama": lambda astronaut: np.hstack([astronaut] * 8),
    "small": lambda astronaut: cv2.resize(astronaut, (300, 300), interpolation=cv2.INTER_AREA),
    "tiny": lambda astronaut: cv2.resize(astronaut, (16, 16), interpolation=cv2.INTER_AREA),
    "group": group,
    "no face": lambda _: skimage.data.coffee(),
    "black": lambda astronaut: np.zeros_like(astronaut),
    "white": lambda astronaut: np.full_like(astronaut, 255),
}


@pytest.mark.parametrize("engine", ["landmarks", "cascade"])
@pytest.mark.parametrize("picture", PICTURES)
@pytest.mark.parametrize("light", [1.0, 0.3])
def test_any_picture_is_made_better_or_left_alone(picture, light, engine, astronaut, model_path):
    rater = Rater(Settings.model_construct(face_engine=engine, face_model_path=model_path))
    pixels = (PICTURES[picture](astronaut) * light).astype(np.uint8)
    fixed = fix(pixels, rater)
    assert fixed.gain >= (MIN_GAIN if fixed.steps else 0)
    assert len(fixed.after.faces) >= len(fixed.before.faces)


def test_more_pixels_than_are_decoded_whole_stay_as_they_are(rater, portrait, face):
    settings = rater.settings.model_copy(update={"max_whole_megapixels": 2})
    data = to_jpeg(flawed("underexposure", portrait, face))
    fixed = fix(data, Rater(settings))
    assert (fixed.jpeg, fixed.steps) == (data, [])


# --- The file ------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def told(portrait, face) -> bytes:
    """A dark photo that lies on its side, and tells of it, of its lens, its time and its place."""
    exif = Image.Exif()
    exif[ExifTags.Base.Orientation] = 6
    exif[ExifTags.Base.Make] = "A camera"
    exif[ExifTags.IFD.Exif] = {
        ExifTags.Base.DateTimeOriginal: "2025:06:01 12:00:00",
        ExifTags.Base.FocalLengthIn35mmFilm: 27,
        ExifTags.Base.ExifImageWidth: 1600,
        ExifTags.Base.ExifImageHeight: 1600,
        ExifTags.Base.MakerNote: b"offsets that would be wrong",
    }
    exif[ExifTags.IFD.GPSInfo] = {1: "N", 2: (52.0, 31.0, 0.0), 3: "E", 4: (13.0, 24.0, 0.0)}
    file = io.BytesIO()
    dark = flawed("underexposure", portrait, face)
    Image.fromarray(np.rot90(dark)).save(file, "JPEG", quality=95, exif=exif)
    return file.getvalue()


@pytest.mark.parametrize("location", [True, False])
@pytest.mark.parametrize("kind", ["JPEG", "PNG", "HEIF"])
def test_the_file_is_upright_and_tells_what_it_told(kind, location, told, rater, tmp_path):
    with Image.open(io.BytesIO(told)) as image:
        turned = image.transpose(Image.Transpose.ROTATE_270) if kind == "HEIF" else image
        exif = image.getexif()
        if kind == "HEIF":
            exif[ExifTags.Base.Orientation] = 1
        file = io.BytesIO()
        turned.save(file, kind, exif=exif.tobytes(), quality=95)
    fixed = fix(told if kind == "JPEG" else file.getvalue(), rater, location=location)
    assert [step.name for step in fixed.steps] == [Repair.EXPOSURE]
    path = tmp_path / "better.jpg"
    path.write_bytes(fixed.jpeg)
    said = tags(path)
    assert said["ExifIFD:DateTimeOriginal"] == "2025:06:01 12:00:00"
    assert said["IFD0:Make"] == "A camera"
    assert said["ExifIFD:FocalLengthIn35mmFormat"] == "27 mm"
    assert "IFD0:Orientation" not in said
    assert not any("MakerNote" in name for name in said)
    assert any("GPSLatitude" in name for name in said) == location
    assert "ExifTool:Warning" not in said
    with Image.open(path) as image:
        assert image.size == (1600, 1600)
        profile = ImageCms.ImageCmsProfile(io.BytesIO(image.info["icc_profile"]))
        assert "sRGB" in ImageCms.getProfileDescription(profile)
    assert rater.rate(fixed.jpeg).overall == fixed.after.overall > fixed.before.overall + 5


def test_a_part_does_not_tell_the_lens(told, rater, portrait, face):
    with Image.open(io.BytesIO(told)) as image:
        exif = image.getexif()
    exif[ExifTags.Base.Orientation] = 1
    fixed = fix(to_jpeg(flawed("too_far", portrait, face, 3), exif=exif.tobytes()), rater)
    assert Repair.CROP in [step.name for step in fixed.steps]
    with Image.open(io.BytesIO(fixed.jpeg)) as image:
        details = image.getexif().get_ifd(ExifTags.IFD.Exif)
        assert ExifTags.Base.FocalLengthIn35mmFilm not in details
        assert details[ExifTags.Base.ExifImageWidth] == image.width < 1600


def test_what_is_refused_of_its_metadata_spoils_nothing(rater, portrait, face):
    dark = to_jpeg(flawed("underexposure", portrait, face), exif=b"Exif\0\0broken")
    assert fix(dark, rater).steps


# --- Light, colour, frame ------------------------------------------------------------------------------------------


def test_nothing_changes_without_a_strength():
    levels = np.arange(256, dtype=np.uint8)
    np.testing.assert_array_equal(table((1, 1, 1), 0, 0, 1), np.repeat(levels, 3).reshape(1, 256, 3))


@pytest.mark.parametrize("stops", [-1.5, -0.5, 0.5, 2, 3])
def test_tones_keep_their_order_and_white_stays_white(stops):
    found = table((1, 1, 1), stops, 0, 1)[0].astype(int)
    assert (np.diff(found, axis=0) >= 0).all()
    assert (found[0] == 0).all()
    assert (found[255] == 255).all()
    assert ((found - np.arange(256)[:, None]) * stops >= 0).all()


def test_stops_add_up_and_dark_tones_get_them_in_full():
    light = np.linspace(0, 1, 101, dtype=np.float32)
    np.testing.assert_allclose(brighter(brighter(light, 0.75), 1.25), brighter(light, 2), atol=1e-5)
    assert brighter(np.float32([1e-3]), 2)[0] == pytest.approx(4e-3, rel=0.01)


@pytest.mark.parametrize("cast", [(10, 20), (-8, -15), (0, 0)])
def test_gains_make_the_cast_gray_and_keep_its_light(cast):
    gains = gains_against(cast, 1.0)
    coloured = cv2.cvtColor(np.float32([[(60, *cast)]]), cv2.COLOR_Lab2LRGB)[0, 0] * gains
    _, a, b = cv2.cvtColor(coloured[None, None].astype(np.float32), cv2.COLOR_LRGB2Lab)[0, 0]
    assert (a, b) == pytest.approx((0, 0), abs=0.5)
    assert np.array(gains) @ (0.2126, 0.7152, 0.0722) == pytest.approx(1)


def test_a_turn_stays_in_the_picture(rater, leaning):
    _, found = found_in(rater, leaning, [Repair.LEVEL])
    turn = found.edits.level
    height, width = leaning.shape[:2]
    across, down = turn.width * width / 2, turn.height * height / 2
    corners = np.array([[-across, -down], [across, -down], [across, down], [-across, down]])
    cos, sin = np.cos(np.deg2rad(turn.angle_deg)), np.sin(np.deg2rad(turn.angle_deg))
    placed = corners @ [[cos, -sin], [sin, cos]] + (turn.x * width, turn.y * height)
    assert (placed >= -1e-6).all()
    assert (placed <= (width + 1e-6, height + 1e-6)).all()
    before, after = (one.faces[0].pose.roll_deg for one in (rater.rate(leaning), found.rating))
    assert abs(after) < abs(before) - 5


def test_lines_that_are_upright_tell_that_only_the_head_leans(rater, leaning):
    """The same leaning head before a wall of upright stripes is left alone."""
    person = cv2.resize(rater.rate(leaning).outline, (1000, 900)) > 77
    stripes = np.where((np.arange(1000) // 40 % 2)[None, :, None], 90, 160).astype(np.uint8)
    before_stripes = np.where(person[..., None], leaning, np.broadcast_to(stripes, leaning.shape))
    assert rater.rate(before_stripes).scores["head_pose"] < 80
    _, found = found_in(rater, before_stripes, [Repair.LEVEL])
    assert found is None

"""From a photo to its rating, with real engines: what must hold whatever the thresholds are."""

import io
import json
import threading
from concurrent.futures import ThreadPoolExecutor

import cv2
import numpy as np
import pytest
import skimage.data
from PIL import Image

import sqrt
from sqrt.errors import BusyError, ModelFileError
from sqrt.faces.landmarks import LandmarkEngine
from sqrt.metrics import GROUPS, METRICS
from sqrt.rating import Rater, band, group_scores, overall_of
from sqrt.rating.advice import NO_FACE
from sqrt.rating.overall import NO_FACE_CAP
from sqrt.settings import Settings

NEEDS_LANDMARKS = {"backlight", "head_pose", "eyes_open", "eye_contact", "expression"}


@pytest.fixture(scope="session")
def rater(model_path) -> Rater:
    return Rater(Settings(face_engine="landmarks", face_model_path=model_path))


@pytest.fixture(scope="session")
def cascade_rater() -> Rater:
    return Rater(Settings(face_engine="cascade"))


@pytest.fixture(scope="session")
def rating(rater, astronaut):
    return rater.rate(astronaut)


def encoded(pixels, kind="PNG", **options):
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, kind, **options)
    return file.getvalue()


def overall_but_resolution(rating):
    return overall_of({key: score for key, score in rating.scores.items() if key != "resolution"})


def everything(rating):
    """All of a rating, comparable exactly."""
    faces = [(face.box, face.eyes, face.pose, face.landmarks.tobytes(), face.blendshapes) for face in rating.faces]
    return rating.overall, rating.scores, rating.natives, rating.absent, rating.advice, faces, rating.size_wh


PICTURES = {
    "portrait": skimage.data.astronaut,
    "cat": skimage.data.chelsea,
    "coffee": skimage.data.coffee,
    "gray frame": lambda: np.full((300, 400, 3), 128, np.uint8),
    "black frame": lambda: np.zeros((400, 300, 3), np.uint8),
    "white frame": lambda: np.full((400, 300, 3), 255, np.uint8),
    "noise": lambda: np.random.default_rng(0).integers(0, 256, (256, 256, 3), np.uint8),
    "smallest": lambda: np.full((16, 16, 3), 90, np.uint8),
    "strip": lambda: skimage.data.astronaut()[240:272],
    "eyes only": lambda: np.ascontiguousarray(skimage.data.astronaut()[90:120, 180:270]),
}


# --- Any picture ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", PICTURES)
@pytest.mark.parametrize("engine", ["landmarks", "cascade"])
def test_any_picture_is_rated_within_the_scale(name, engine, rater, cascade_rater):
    pixels = PICTURES[name]()
    rating = (rater if engine == "landmarks" else cascade_rater).rate(pixels)
    assert rating.engine == engine
    assert rating.size_wh == (pixels.shape[1], pixels.shape[0])
    assert 0 <= rating.overall <= 100
    assert all(0 <= score <= 100 for score in rating.scores.values())
    assert all(np.isfinite(native) for native in rating.natives.values())
    # Each metric is either scored or absent with a reason.
    assert rating.scores.keys() == rating.natives.keys()
    assert not rating.scores.keys() & rating.absent.keys()
    assert rating.scores.keys() | rating.absent.keys() == METRICS.keys()
    assert all(reason.endswith(".") for reason in rating.absent.values())


@pytest.mark.parametrize("name", ["cat", "coffee", "gray frame", "black frame", "white frame", "noise", "smallest"])
@pytest.mark.parametrize("engine", ["landmarks", "cascade"])
def test_without_a_face_little_is_left(name, engine, rater, cascade_rater):
    rating = (rater if engine == "landmarks" else cascade_rater).rate(PICTURES[name]())
    assert rating.faces == []
    assert rating.overall <= NO_FACE_CAP == 35
    assert rating.advice[0].text == NO_FACE
    assert rating.absent.keys() >= {key for key in METRICS if METRICS[key].group == "face"}
    assert rating.absent["face_size"] == "No face was found."


def test_a_portrait_beats_pictures_of_no_face(rater, rating):
    assert rating.overall > 70
    assert rating.absent.keys() == {"distance"}, "an array does not tell the lens"
    assert all(rater.rate(PICTURES[name]()).overall < rating.overall - 30 for name in ("cat", "coffee", "noise"))


def test_overall_and_scores_follow_from_the_natives(rating):
    for key, native in rating.natives.items():
        assert rating.scores[key] == METRICS[key].quality(native)
    assert rating.overall == overall_of(rating.scores)


def test_the_cascade_says_what_it_cannot_tell(cascade_rater, astronaut):
    rating = cascade_rater.rate(astronaut)
    assert len(rating.faces) == 1
    needs_landmarks = {key: reason for key, reason in rating.absent.items() if key != "distance"}
    why = "The simpler way of finding faces, in use here, cannot see this."
    assert needs_landmarks == dict.fromkeys(NEEDS_LANDMARKS, why)
    assert rating.overall > 70


def test_both_engines_agree_on_what_both_can_tell(cascade_rater, rating, astronaut):
    other = cascade_rater.rate(astronaut)
    # Boxes differ a little from engine to engine, and what is measured in them with it.
    for key in other.scores:
        assert other.scores[key] == pytest.approx(rating.scores[key], abs=15), key
    assert other.overall == pytest.approx(rating.overall, abs=5)


# --- The same photo in another form --------------------------------------------------------------------------------


def test_bytes_path_and_array_give_the_same(rater, rating, astronaut, tmp_path):
    png = encoded(astronaut)
    path = tmp_path / "photo.png"
    path.write_bytes(png)
    for source in (png, bytearray(png), memoryview(png), path, str(path), astronaut.copy()):
        assert everything(rater.rate(source)) == everything(rating)


def test_rating_leaves_the_array_alone(rater, astronaut):
    pixels = astronaut.copy()
    rater.rate(pixels)
    np.testing.assert_array_equal(pixels, astronaut)


@pytest.mark.parametrize(
    "form",
    [
        lambda pixels: np.ascontiguousarray(pixels[:, ::-1]),
        lambda pixels: encoded(pixels, "JPEG", quality=95),
        lambda pixels: encoded(pixels, "WEBP", quality=95),
        lambda pixels: cv2.resize(pixels, None, fx=2, fy=2, interpolation=cv2.INTER_CUBIC),
        lambda pixels: cv2.resize(pixels, None, fx=0.8, fy=0.8, interpolation=cv2.INTER_AREA),
    ],
    ids=["mirror", "JPEG 95", "WebP 95", "double size", "four fifths"],
)
def test_the_form_hardly_matters(form, rater, rating, astronaut):
    other = rater.rate(form(astronaut))
    assert overall_but_resolution(other) == pytest.approx(overall_but_resolution(rating), abs=3)


def test_half_size_hardly_matters_while_the_face_has_pixels(rater, astronaut):
    large = cv2.resize(astronaut, None, fx=4, fy=4, interpolation=cv2.INTER_CUBIC)
    overalls = [
        overall_but_resolution(rater.rate(cv2.resize(large, (side, side), interpolation=cv2.INTER_AREA)))
        for side in (2048, 1024, 512)
    ]
    assert np.ptp(overalls) < 3
    # 21 px between the eyes: detail is really gone, but only that.
    half = rater.rate(cv2.resize(astronaut, (256, 256), interpolation=cv2.INTER_AREA))
    assert overall_but_resolution(half) == pytest.approx(overalls[-1], abs=5)


@pytest.mark.parametrize("grain", [2, 10])
def test_24_megapixels_at_a_quarter_are_rated_as_at_a_half(grain, rater, astronaut, monkeypatch):
    large = cv2.resize(astronaut[:384], (5712, 4284), interpolation=cv2.INTER_CUBIC)
    speckles = np.random.default_rng(0).standard_normal((714, 714, 3), np.float32)
    data = encoded(cv2.add(large, grain * np.tile(speckles, (6, 8, 1)), dtype=cv2.CV_8U), "JPEG", quality=90)
    quarter = rater.rate(data)
    monkeypatch.setattr("sqrt.reading.photo.WORKING_SIDES", {2: 1600})
    half = rater.rate(data)
    assert quarter.overall == pytest.approx(half.overall, abs=1)
    assert quarter.scores == pytest.approx(half.scores, abs=3)


def test_faces_are_in_pixels_of_the_upright_input(rater, astronaut):
    part = np.ascontiguousarray(astronaut[:, 60:400])
    large = cv2.resize(part, None, fx=7, fy=7, interpolation=cv2.INTER_LINEAR)  # reduced by two while reading
    orientation_6 = Image.Exif()
    orientation_6[0x0112] = 6  # to be turned clockwise by 90 degrees to be upright
    turned = encoded(np.rot90(large), "JPEG", quality=95, exif=orientation_6)
    small, other = rater.rate(part), rater.rate(turned)
    assert other.size_wh == (340 * 7, 512 * 7)
    assert len(other.faces) == 1
    eye_distance = 7 * np.hypot(*np.subtract(*small.faces[0].eyes))
    assert np.abs(np.subtract(other.faces[0].box, small.faces[0].scaled(7).box)).max() < 0.2 * eye_distance
    away = other.faces[0].landmarks[:, :2] - 7 * small.faces[0].landmarks[:, :2]
    assert np.median(np.hypot(*away.T)) < 0.06 * eye_distance
    assert other.natives["resolution"] == pytest.approx(7 * small.natives["resolution"], rel=0.05)


@pytest.mark.parametrize("orientation", range(1, 9))
def test_every_exif_orientation_gives_the_same(orientation, rater, rating, astronaut):
    # The inverse of what a viewer does to show it.
    stored = {
        1: astronaut,
        2: astronaut[:, ::-1],
        3: astronaut[::-1, ::-1],
        4: astronaut[::-1],
        5: astronaut.transpose(1, 0, 2),
        6: np.rot90(astronaut),
        7: np.rot90(astronaut[:, ::-1], -1),
        8: np.rot90(astronaut, -1),
    }[orientation]
    exif = Image.Exif()
    exif[0x0112] = orientation
    assert everything(rater.rate(encoded(np.ascontiguousarray(stored), "PNG", exif=exif))) == everything(rating)


# --- Threads -------------------------------------------------------------------------------------------------------


def test_ten_threads_give_exactly_the_serial_results(rater, astronaut):
    pictures = [np.ascontiguousarray(np.roll(astronaut, 12 * shift, axis=1)) for shift in range(8)]
    pictures += [astronaut // 3, skimage.data.chelsea()]
    serial = [everything(rater.rate(picture)) for picture in pictures]
    with ThreadPoolExecutor(10) as threads:
        parallel = list(threads.map(rater.rate, pictures * 2, timeout=60))
    assert [everything(rating) for rating in parallel] == serial * 2


def test_a_photo_that_fails_gives_its_engine_back(model_path, astronaut):
    rater = Rater(Settings(face_engine="landmarks", face_model_path=model_path, engine_pool_size=1))
    for _ in range(3):
        with pytest.raises(sqrt.PhotoError):
            rater.rate(b"no photo")
    photo = rater.read(astronaut)
    assert everything(rater.rate_photo(photo)) == everything(rater.rate_photo(photo))


@pytest.fixture
def single(model_path) -> Rater:
    """A rater with one engine."""
    return Rater(Settings(face_engine="landmarks", face_model_path=model_path, engine_pool_size=1))


def test_an_engine_that_breaks_down_is_lent_again(single, astronaut, monkeypatch):
    expected = everything(single.rate(astronaut))
    with monkeypatch.context() as broken:
        broken.setattr(LandmarkEngine, "find", lambda *_: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            single.rate(astronaut)
    assert everything(single.rate(astronaut)) == expected


def test_an_engine_that_could_not_be_made_is_made_for_the_next(model_path, astronaut, monkeypatch):
    rater = Rater(Settings(face_engine="landmarks", face_model_path=model_path, engine_pool_size=2))
    expected = everything(rater.rate(astronaut))
    with rater.borrowed():
        with monkeypatch.context() as broken:
            broken.setattr("sqrt.rating.rater.LandmarkEngine", lambda *_: 1 / 0)
            with pytest.raises(ZeroDivisionError):
                rater.rate(astronaut)
        assert everything(rater.rate(astronaut)) == expected


def test_a_photo_whose_turn_does_not_come_is_turned_away(single, astronaut):
    with single.borrowed(), pytest.raises(BusyError):
        single.examine(b"not even decoded", wait_s=0.01)
    assert single.examine(astronaut, wait_s=0.01)[1].faces


def test_who_waits_longest_is_next(single):
    served = []

    def visit(number: int) -> None:
        with single.borrowed():
            served.append(number)

    visitors = [threading.Thread(target=visit, args=(number,)) for number in range(8)]
    with single.borrowed():
        for number, visitor in enumerate(visitors):
            visitor.start()
            while single.waiting == number:  # until it stands in line
                pass
        with pytest.raises(BusyError):
            single.examine(b"", wait_s=0.01)  # who goes away stops nobody
    for visitor in visitors:
        visitor.join(60)
    assert served == [*range(8)]


# --- JSON ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["portrait", "gray frame"])
@pytest.mark.parametrize("engine", ["landmarks", "cascade"])
def test_to_dict_is_json(name, engine, rater, cascade_rater):
    rating = (rater if engine == "landmarks" else cascade_rater).rate(PICTURES[name]())
    facts = json.loads(json.dumps(rating.to_dict(), allow_nan=False))
    assert facts["version"] == 2
    assert facts["overall"] == pytest.approx(rating.overall, abs=0.051)
    assert facts["band"] == band(rating.overall)
    assert facts["scores"] == pytest.approx(rating.scores, abs=0.051)
    assert facts["units"].keys() == facts["natives"].keys() == rating.natives.keys()
    assert facts["absent"] == rating.absent
    assert [item["metric"] for item in facts["advice"]] == [item.metric for item in rating.advice]
    assert len(facts["faces"]) == len(rating.faces)
    assert facts["size_wh"] == list(rating.size_wh)
    assert facts["engine"] == engine
    assert facts["has_gps"] is False


# --- Words, errors, settings ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("score", "word"),
    [
        (100, "Excellent"),
        (88, "Excellent"),
        (87.6, "Excellent"),
        (87.4, "Good"),
        (77, "Good"),
        (76.4, "Fair"),
        (65, "Fair"),
        (64.4, "Weak"),
        (48, "Weak"),
        (47.4, "Poor"),
        (0, "Poor"),
    ],
)
def test_band_is_the_word_for_the_rounded_score(score, word):
    assert band(score) == word


@pytest.mark.parametrize(
    "garbage",
    [
        b"",
        b"garbage",
        b"\x89PNG\r\n\x1a\n" + bytes(100),
        encoded(skimage.data.chelsea())[:5000],
        "/nowhere/photo.jpg",
        "\0",
        np.zeros((0, 0, 3), np.uint8),
        np.zeros((64, 64, 2), np.uint8),
        np.zeros(64, np.uint8),
        np.zeros((4, 4, 3), np.uint8),
        None,
        7,
    ],
    ids=repr,
)
def test_garbage_is_a_photo_error_with_a_sentence(garbage, rater):
    with pytest.raises(sqrt.PhotoError) as caught:
        rater.rate(garbage)
    assert caught.value.user_message.endswith(".")
    assert "nowhere" not in str(caught.value)


def test_limits_come_from_the_settings(astronaut):
    rater = Rater(Settings(face_engine="cascade", max_megapixels=1, max_image_size=256))
    assert rater.read(astronaut).pixels.shape == (256, 256, 3)
    assert rater.rate(astronaut).size_wh == (512, 512)
    with pytest.raises(sqrt.PhotoError, match="1100 x 1100 px, limit 1000000 px"):
        rater.rate(np.zeros((1100, 1100, 3), np.uint8))
    rater = Rater(Settings(face_engine="cascade", max_whole_megapixels=1))
    with pytest.raises(sqrt.PhotoError, match="1100 x 1100 px, limit 1000000 px of PNG"):
        rater.rate(encoded(np.zeros((1100, 1100, 3), np.uint8)))


def test_auto_takes_the_landmarks_once_they_are_there(model_path, tmp_path):
    assert Rater(Settings(face_engine="auto", face_model_path=model_path)).engine == "landmarks"
    assert Rater(Settings(face_engine="auto", face_model_path=tmp_path / "none.task")).engine == "cascade"
    with pytest.raises(ModelFileError):
        Rater(Settings(face_engine="landmarks", face_model_path=tmp_path / "none.task"))


def test_rate_takes_settings(model_path, rating, astronaut):
    settings = Settings(face_engine="landmarks", face_model_path=model_path)
    assert everything(sqrt.rate(astronaut, settings)) == everything(rating)
    assert everything(sqrt.rate(encoded(astronaut), settings=settings)) == everything(rating)
    assert sqrt.rate(astronaut, settings=Settings(face_engine="cascade")).engine == "cascade"


def test_rate_reads_the_environment(monkeypatch, astronaut):
    monkeypatch.setenv("FACE_ENGINE", "cascade")
    assert sqrt.rate(astronaut).engine == "cascade"


# --- Groups --------------------------------------------------------------------------------------------------------


def test_a_group_is_scored_by_the_formula_of_the_whole(rating):
    groups = group_scores(rating.scores)
    assert groups.keys() == GROUPS.keys()
    for group, score in groups.items():
        own = {key: rating.scores[key] for key in rating.scores if METRICS[key].group == group}
        assert score == overall_of(own)
        assert min(own.values()) - 1e-6 <= score <= max(own.values()) + 1e-6


def test_a_group_of_which_nothing_was_assessed_is_absent(rating):
    assert group_scores({"noise": 40.0}) == pytest.approx({"technical": 40.0})
    assert group_scores({}) == {}

"""The registry, and each metric against the flaw it is there for."""

import io
from collections.abc import Mapping
from itertools import pairwise
from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import ExifTags, Image

import sqrt.metrics
from benchmarks.flaws import FLAWS, darker_skin
from sqrt.metrics import GROUPS, METRICS, Measured
from sqrt.metrics.analysis import Analysis
from sqrt.rating import Rater
from sqrt.rating.advice import FLAW
from sqrt.rating.rater import assess
from sqrt.reading import load_photo
from sqrt.settings import Settings


@pytest.fixture(scope="module")
def rater(model_path) -> Rater:
    return Rater(Settings(face_engine="landmarks", face_model_path=model_path))


@pytest.fixture(scope="module")
def clean(rater, astronaut):
    return rater.rate(astronaut)


@pytest.fixture(scope="module")
def flawed(rater, clean, astronaut):
    """A picture with a flaw, rated; once for each flaw and severity."""
    rated = {}

    def rate(flaw, severity):
        if (flaw, severity) not in rated:
            picture = FLAWS[flaw].inject(astronaut, clean.faces[0], severity, np.random.default_rng(7))
            rated[flaw, severity] = rater.rate(picture)
        return rated[flaw, severity]

    return rate


@pytest.fixture(scope="module")
def measured(rater):
    """What each metric measures in a picture, with its cause."""

    def measure(pixels):
        photo = load_photo(pixels)
        with rater.borrowed() as engine:
            return assess(Analysis(photo, engine.find(photo.pixels)))[0]

    return measure


def test_every_metric_of_the_room_is_found_once_and_in_order():
    files = {path.stem for path in Path(sqrt.metrics.__file__).parent.glob("*.py")}
    assert files - METRICS.keys() == {"__init__", "analysis", "base", "gray", "illustration", "people"}
    assert all(key == metric.key for key, metric in METRICS.items())
    places = [(list(GROUPS).index(metric.group), metric.place) for metric in METRICS.values()]
    assert places == sorted(set(places)), "two of a group share a place"


@pytest.mark.parametrize("key", METRICS)
def test_a_metric_is_fully_described(key):
    metric = METRICS[key]
    assert metric.group in GROUPS
    assert metric.weight > 0
    assert metric.label
    assert metric.help.endswith(".")
    advice = metric.advice.values() if isinstance(metric.advice, Mapping) else [metric.advice]
    assert list(advice)
    assert all(text.endswith(".") for text in advice)
    assert metric.unit
    assert metric.text(1.0).endswith(metric.unit)


def test_groups_are_contiguous_in_order():
    assert list(dict.fromkeys(metric.group for metric in METRICS.values())) == list(GROUPS)
    changes = sum(METRICS[one].group != METRICS[next_].group for one, next_ in pairwise(METRICS))
    assert changes == len(GROUPS) - 1


# --- Flaws ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("severity", [1, 2, 3])
@pytest.mark.parametrize("flaw", FLAWS)
def test_no_flaw_raises_its_own_metric(flaw, severity, flawed, clean):
    target = FLAWS[flaw].targets[0]
    assert flawed(flaw, severity).scores[target] <= clean.scores[target] + 1


@pytest.mark.parametrize("flaw", FLAWS)
def test_a_strong_flaw_lowers_its_own_metric(flaw, flawed, clean):
    target = FLAWS[flaw].targets[0]
    assert flawed(flaw, 3).scores[target] <= clean.scores[target] - 5


@pytest.mark.parametrize("flaw", FLAWS)
def test_the_stronger_flaw_scores_no_higher(flaw, flawed):
    target = FLAWS[flaw].targets[0]
    assert flawed(flaw, 3).scores[target] <= flawed(flaw, 1).scores[target]


@pytest.mark.parametrize("flaw", FLAWS)
def test_a_strong_flaw_lowers_the_overall_and_is_named(flaw, flawed, clean):
    rating = flawed(flaw, 3)
    assert rating.overall < clean.overall
    named = [advice.metric for advice in rating.advice]
    # A filter that a viewer hardly tells from soft light is no flaw to be named.
    assert set(FLAWS[flaw].targets) & set(named[:3]) or rating.scores[FLAWS[flaw].targets[0]] >= FLAW, named


# --- Causes --------------------------------------------------------------------------------------------------------


def test_every_cause_measured_has_advice(measured, clean, astronaut):
    seen = {}
    for flaw in FLAWS.values():
        picture = flaw.inject(astronaut, clean.faces[0], 3, np.random.default_rng(7))
        for key, found in measured(picture).items():
            seen.setdefault(key, set()).add(found.cause)
            assert METRICS[key].advice_for(found.cause)
    assert seen.keys() == METRICS.keys() - {"distance"}, "an array does not tell the lens"


def window(astronaut, box, left, top, right, bottom):
    """Cut the picture at so many face widths and heights from the face's box."""
    x, y, w, h = box
    rows = slice(max(0, round(y - top * h)), round(y + h + bottom * h))
    return np.ascontiguousarray(astronaut[rows, max(0, round(x - left * w)) : round(x + w + right * w)])


@pytest.mark.parametrize("side", ["left", "right", "top", "bottom"])
def test_the_edge_that_cuts_the_face_is_named(side, measured, clean, astronaut):
    room = {"left": 1, "top": 0.6, "right": 1, "bottom": 1} | {side: -0.03}
    found = measured(window(astronaut, clean.faces[0].box, **room))["face_position"]
    assert found.cause == side
    assert found.value < 0.2


def test_too_far_and_too_close_are_told_apart(measured, clean, astronaut):
    close = window(astronaut, clean.faces[0].box, 0.3, 0.1, 0.3, 0.1)
    assert measured(close)["face_size"].cause == "close"
    far = cv2.copyMakeBorder(astronaut, 400, 400, 400, 400, cv2.BORDER_CONSTANT, value=(120, 120, 120))
    assert measured(far)["face_size"].cause == "far"


@pytest.mark.parametrize("dark_side", ["left", "right"])
def test_the_dark_side_of_the_face_is_named(dark_side, measured, clean, astronaut):
    middle = clean.faces[0].box[0] + clean.faces[0].box[2] / 2
    away = (np.arange(512) - middle) / clean.faces[0].box[2] * (1 if dark_side == "right" else -1)
    falloff = 1 / (1 + np.exp(8 * away))
    shaded = (astronaut * (0.25 + 0.75 * falloff)[:, None]).astype(np.uint8)
    found = measured(shaded)["face_lighting"]
    assert found.cause == dark_side
    assert METRICS["face_lighting"].quality(found.value) < 70


@pytest.mark.parametrize("source", ["above", "below"])
def test_light_from_above_and_below_is_named(source, measured, clean, astronaut):
    _, y, _, h = clean.faces[0].box
    down = (np.arange(512) - y - h / 2) / h * (1 if source == "above" else -1)
    lit = (astronaut * (0.15 + 0.85 / (1 + np.exp(14 * down)))[:, None, None]).astype(np.uint8)
    found = measured(lit)["face_lighting"]
    assert found.cause == source
    assert METRICS["face_lighting"].quality(found.value) < 70


def test_hard_shadows_are_named(measured, clean, astronaut):
    """A shadow on each cheek: even to both sides, and from neither above nor below."""
    x, y, w, h = clean.faces[0].box
    rows, columns = np.ogrid[:512, :512]
    shaded = (abs(abs(columns - x - w / 2) - 0.22 * w) < 0.07 * w) & (rows > y + 0.42 * h)
    found = measured((astronaut * np.where(shaded, 0.2, 1)[..., None]).astype(np.uint8))["face_lighting"]
    assert found.cause == "shadow"
    assert METRICS["face_lighting"].quality(found.value) < 50


def test_light_on_the_face_is_the_same_in_the_mirror_at_half_size_and_on_darker_skin(measured, clean, astronaut):
    before = measured(astronaut)["face_lighting"]
    mirrored = measured(np.ascontiguousarray(astronaut[:, ::-1]))["face_lighting"]
    small = measured(cv2.resize(astronaut, (256, 256), interpolation=cv2.INTER_AREA))["face_lighting"]
    darker = measured(darker_skin(astronaut, clean.faces[0], 0.4))["face_lighting"]
    for found in (mirrored, small, darker):
        assert found.value == pytest.approx(before.value, abs=0.15)


# --- Backlight -----------------------------------------------------------------------------------------------------


def backlit(pixels, face, stops):
    return FLAWS["backlight"].make(pixels, face, stops, np.random.default_rng(7))


def test_backlight_is_in_stops(measured, clean, astronaut):
    face = clean.faces[0]
    stops = [measured(backlit(astronaut, face, dark))["backlight"].value for dark in (0, 0.25, 0.5, 1, 2, 3)]
    assert stops == sorted(stops)
    assert np.diff(stops[-3:]) == pytest.approx([1, 1], abs=0.15)


def test_backlight_asks_for_no_exposure_and_no_skin_and_no_side(measured, clean, astronaut):
    shot = backlit(astronaut, clean.faces[0], 1)
    before = measured(shot)["backlight"].value
    dark = FLAWS["underexposure"].make(shot, clean.faces[0], -1.5, np.random.default_rng(7))
    mirrored = np.ascontiguousarray(shot[:, ::-1])
    skin = darker_skin(shot, clean.faces[0], 0.5)
    # The flaw's soft edge takes some of the light from the eyes, too.
    for other, within in ((dark, 0.2), (mirrored, 0.2), (skin, 0.45)):
        assert measured(other)["backlight"].value == pytest.approx(before, abs=within)


def test_eyes_that_do_not_show_their_whites_tell_no_backlight(measured, clean, astronaut):
    """As behind dark glasses."""
    glasses = astronaut.copy()
    for x, y in clean.faces[0].eyes:
        cv2.ellipse(glasses, (round(x), round(y)), (16, 10), 0, 0, 360, (20, 20, 20), -1)
    assert "backlight" not in measured(glasses)


# --- Distance ------------------------------------------------------------------------------------------------------


def taken_with(pixels, **tags) -> bytes:
    """The picture as a camera's JPEG, with tags of EXIF."""
    exif = Image.Exif()
    exif[ExifTags.IFD.Exif] = {ExifTags.Base[name]: value for name, value in tags.items()}
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, "JPEG", quality=95, exif=exif)
    return file.getvalue()


def test_the_distance_is_that_of_a_pinhole_camera(measured, clean, astronaut):
    face = clean.faces[0]
    apart = np.hypot(*(face.landmarks[473, :2] - face.landmarks[468, :2])) / np.cos(np.deg2rad(face.pose.yaw_deg))
    # As far from the lens as pupils 6.3 cm apart must be to cover that share of a frame of 43.27 mm.
    expected = 6.3 * 50 / (43.27 * apart / np.hypot(512, 512))
    found = measured(taken_with(astronaut, FocalLengthIn35mmFilm=50))["distance"].value
    assert found == pytest.approx(expected, rel=0.02)
    assert measured(taken_with(astronaut, FocalLengthIn35mmFilm=25))["distance"].value == pytest.approx(found / 2)


def test_the_distance_does_not_ask_for_the_side_or_the_number_of_pixels(measured, astronaut):
    before = measured(taken_with(astronaut, FocalLengthIn35mmFilm=50))["distance"].value
    mirrored = np.ascontiguousarray(astronaut[:, ::-1])
    small = cv2.resize(astronaut, (256, 256), interpolation=cv2.INTER_AREA)
    for pixels in (mirrored, small):
        found = measured(taken_with(pixels, FocalLengthIn35mmFilm=50))["distance"].value
        assert found == pytest.approx(before, rel=0.04)


def test_nearer_scores_less(measured, astronaut):
    shots = [measured(taken_with(astronaut, FocalLengthIn35mmFilm=focal))["distance"] for focal in (14, 24, 35, 85)]
    scores = [METRICS["distance"].quality(shot.value) for shot in shots]
    assert scores == sorted(set(scores))


@pytest.mark.parametrize(
    "tags",
    [
        {},
        {"FocalLengthIn35mmFilm": 50, "DigitalZoomRatio": 2.0},
        {"FocalLengthIn35mmFilm": 50, "ExifImageWidth": 4000, "ExifImageHeight": 3000},
    ],
)
def test_the_distance_is_never_guessed(tags, rater, astronaut):
    rating = rater.rate(taken_with(astronaut, **tags))
    assert "distance" not in rating.scores
    assert "lens" in rating.absent["distance"]


# --- More causes ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("cause", ["dark", "bright"])
def test_dark_and_bright_are_told_apart(cause, measured, astronaut):
    pixels = astronaut // 6 if cause == "dark" else np.minimum(astronaut.astype(int) * 3, 255).astype(np.uint8)
    found = measured(pixels)["lighting"]
    assert found.cause == cause
    assert METRICS["lighting"].quality(found.value) < 70


@pytest.mark.parametrize(
    ("gains", "cause"), [((1.35, 1, 0.6), "warm"), ((0.8, 0.9, 1.5), "cool"), ((0.75, 1.15, 0.75), "green")]
)
def test_casts_are_told_apart(gains, cause, measured, astronaut):
    found = measured(np.clip(astronaut * np.array(gains), 0, 255).astype(np.uint8))["color_harmony"]
    assert found.cause == cause
    assert METRICS["color_harmony"].quality(found.value) < 70


@pytest.mark.parametrize(
    ("rgb", "kind"),
    [
        ((100, 72, 40), "warm"),
        ((150, 130, 105), "golden"),
        ((200, 200, 200), "daylight"),
        ((150, 175, 215), "blue"),
    ],
)
def test_kinds_of_light(rgb, kind, measured):
    shading = np.linspace(0.6, 1, 64)[:, None, None]
    found = measured(np.tile(shading * np.array(rgb), (1, 64, 1)).astype(np.uint8))["lighting_time"]
    assert found.cause == kind
    assert METRICS["lighting_time"].advice_for(kind)


def test_every_advice_of_a_mapping_can_be_reached(measured, clean, astronaut):
    """Of those the tests above leave out."""
    assert measured(FLAWS["roll"].inject(astronaut, clean.faces[0], 3, None))["head_pose"].cause == "roll"
    assert measured(FLAWS["oversaturation"].inject(astronaut, clean.faces[0], 3, None))["naturalness"].cause == "colour"
    assert measured(FLAWS["skin_smoothing"].inject(astronaut, clean.faces[0], 3, None))["naturalness"].cause == "smooth"


@pytest.mark.parametrize("level", [0, 128, 255])
def test_a_flat_frame_has_nothing_of_a_face(level, measured):
    found = measured(np.full((120, 90, 3), level, np.uint8))
    assert not [key for key in found if METRICS[key].group == "face"]
    assert not found.keys() & {"resolution", "background", "color_harmony", "composition", "naturalness", "style"}
    assert METRICS["sharpness"].quality(found["sharpness"].value) == 0  # no edge is not a sharp edge
    assert found["contrast"] == Measured(0.0)

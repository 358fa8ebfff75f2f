"""What a score means: the scales of all metrics, and the pictures of what was looked at."""

from dataclasses import replace

import cv2
import numpy as np
import pytest
import skimage.data
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.flaws import FLAWS
from sqrt.metrics import METRICS
from sqrt.metrics.base import Curve, Metric
from sqrt.rating import GOOD, Rater
from sqrt.reading import load_photo
from sqrt.settings import Settings
from sqrt.showing.explain import good_range, picture, scale
from sqrt.words import Text
from tests.catalogue import texts


@pytest.fixture(scope="module")
def rater(model_path) -> Rater:
    return Rater(Settings(face_engine="landmarks", face_model_path=model_path))


def metric_with(*points: tuple[float, float]) -> Metric:
    quality = Curve(points)
    return Metric("any", "Any", ("", ""), "face", lambda _: 0.0, quality, weight=1, unit="px", help="", advice="")


# --- Scales --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("key", METRICS)
def test_the_good_part_is_where_the_score_is_good(key):
    metric = METRICS[key]
    shown = scale(metric)
    for native in np.linspace(shown.low, shown.high, 997):
        marked = any(start <= native <= end for start, end in shown.good)
        assert marked == (metric.quality(native) >= GOOD)
    assert shown.good


@given(scores=st.lists(st.integers(0, 100), min_size=2, max_size=9))
def test_any_curve_may_cross_the_mark_as_often_as_it_likes(scores):
    metric = metric_with(*((10.0 * place, float(score)) for place, score in enumerate(scores)))
    shown = scale(metric)
    for native in np.linspace(shown.low, shown.high, 33):
        assert any(start <= native <= end for start, end in shown.good) == (metric.quality(native) >= GOOD)
    ends = [end for part in shown.good for end in part]
    assert ends == sorted(ends)


@pytest.mark.parametrize("key", METRICS)
def test_a_scale_shows_the_whole_curve(key):
    metric = METRICS[key]
    shown = scale(metric)
    assert (shown.natives[0], shown.natives[-1]) == (shown.low, shown.high)
    assert shown.scores.tolist() == [metric.quality(native) for native in shown.natives]
    # Nothing that matters lies beyond it.
    assert metric.quality(shown.low) == pytest.approx(metric.quality(shown.low - 1e6), abs=3)
    assert metric.quality(shown.high) == pytest.approx(metric.quality(shown.high + 1e6), abs=3)


@pytest.mark.parametrize("picture", ["astronaut", "chelsea", "coffee"])
def test_what_a_photo_has_stands_on_the_scale_where_its_score_says(rater, picture):
    rating = rater.rate(getattr(skimage.data, picture)())
    for key, native in rating.natives.items():
        shown = scale(METRICS[key])
        place = shown.place(native)
        assert 0 <= place <= 1
        assert METRICS[key].quality(shown.low + place * (shown.high - shown.low)) == pytest.approx(
            rating.scores[key], abs=3
        )


def test_the_good_range_in_words():
    assert good_range(metric_with((0, 100), (10, 0))) == "at most 3 px"
    assert good_range(metric_with((-10, 0), (10, 100))) == "at least 4 px"
    assert good_range(metric_with((0, 0), (10, 100), (20, 0))) == "from 7 to 13 px"
    assert good_range(metric_with((0, 100), (10, 0), (20, 100))) == "at most 3 px or at least 17 px"


def test_the_good_range_in_german(german):
    german(
        {
            "{one} or {other}": "{one} oder {other}",
            "at most {most}": "höchstens {most}",
            "at least {least}": "mindestens {least}",
            "from {least} to {most}": "von {least} bis {most}",
            "{value}%": "{value} %",
            "stops": "Blenden",
        }
    )
    stops = replace(metric_with((0, 100), (10, 0), (20, 100)), unit="stops", decimals=1)
    assert good_range(stops, "de") == "höchstens 3,0 Blenden oder mindestens 17,0 Blenden"
    percent = replace(metric_with((0, 0), (10, 100), (20, 0)), unit="%", decimals=1)
    assert good_range(percent, "de") == "von 7,0 bis 13,0 %"


# --- Pictures ------------------------------------------------------------------------------------------------------

TEXTS = texts()
ILLUSTRATED = [key for key, metric in METRICS.items() if metric.picture]
OF_THE_FACE = {key for key, metric in METRICS.items() if metric.group == "face"}
OF_THE_FACE |= {"resolution", "background", "color_harmony", "composition", "naturalness", "style"}


@pytest.fixture(scope="module")
def examined(rater, astronaut):
    return rater.examine(astronaut)


def is_small_picture(pixels):
    assert pixels.dtype == np.uint8
    assert pixels.ndim == 3
    assert pixels.shape[2] == 3
    assert max(pixels.shape) <= 640
    assert min(pixels.shape[:2]) >= 16
    return True


@pytest.mark.parametrize("key", METRICS)
def test_a_picture_where_it_says_more(key, examined):
    photo, rating = examined
    before = photo.pixels.copy()
    shown = picture(key, photo, rating)
    assert (shown is not None) == (key in ILLUSTRATED)
    if shown:
        assert is_small_picture(shown.pixels)
        assert shown.alt.endswith(".")
        assert (shown.alt.template if isinstance(shown.alt, Text) else shown.alt) in TEXTS
        assert not np.shares_memory(shown.pixels, photo.pixels)
        np.testing.assert_array_equal(picture(key, photo, rating).pixels, shown.pixels)
    np.testing.assert_array_equal(photo.pixels, before)


@pytest.mark.parametrize(
    "pixels",
    [
        skimage.data.chelsea(),
        np.full((300, 400, 3), 128, np.uint8),
        np.zeros((400, 300, 3), np.uint8),
        np.full((16, 300, 3), 255, np.uint8),
        cv2.resize(skimage.data.astronaut(), (64, 64), interpolation=cv2.INTER_AREA),
        skimage.data.astronaut()[60:190, 170:290],
    ],
    ids=["cat", "gray", "black", "strip", "tiny", "close"],
)
@pytest.mark.parametrize("engine", ["landmarks", "cascade"])
def test_any_photo(pixels, engine, model_path):
    photo, rating = Rater(Settings(face_engine=engine, face_model_path=model_path)).examine(pixels)
    for key in METRICS:
        shown = picture(key, photo, rating)
        assert shown is None or is_small_picture(shown.pixels)
        if not rating.faces:
            assert shown is None or key not in OF_THE_FACE


@pytest.mark.parametrize("key", ILLUSTRATED)
def test_a_photo_reduced_while_reading_gets_much_the_same_picture(key, rater, examined):
    large = cv2.resize(examined[0].pixels, (1536, 1536), interpolation=cv2.INTER_CUBIC)
    small = load_photo(large, max_side=512)
    assert small.scale == pytest.approx(1 / 3)
    shown = picture(key, small, rater.rate_photo(small)).pixels
    expected = picture(key, *examined).pixels
    assert shown.shape == pytest.approx(expected.shape, abs=4)
    shown = cv2.resize(shown, expected.shape[1::-1])
    assert np.abs(shown.astype(int) - expected).mean() < 12


@pytest.mark.parametrize(("stops", "end"), [(-6, 0), (6, -1)])
def test_tones_that_are_lost_stand_out_at_their_end(stops, end, rater, astronaut):
    pixels = np.clip(astronaut * 2.0**stops, 0, 255).astype(np.uint8)
    shown = picture("lighting", *rater.examine(pixels)).pixels
    bar = shown[:200, 4 if end == 0 else -4]
    assert (np.ptp(bar, axis=1) > 100).sum() > 150


@pytest.mark.parametrize("flaw", ["colour_cast_warm", "colour_cast_cool"])
def test_the_palette_shows_a_cast_beside_the_skin_without_it(flaw, rater, examined):
    photo, rating = examined
    cast = FLAWS[flaw].inject(photo.pixels, rating.faces[0], 3, np.random.default_rng(7))

    def difference(pixels):
        shown = picture("color_harmony", *rater.examine(pixels)).pixels
        return np.abs(shown[-1, 0].astype(int) - shown[-1, -1]).sum()

    assert difference(photo.pixels) <= 6
    assert difference(cast) > 20


def test_the_eyes_are_level(rater, astronaut, examined):
    turned = cv2.warpAffine(astronaut, cv2.getRotationMatrix2D((224, 115), 15, 1), (512, 512))
    straight, level = (picture("eyes_open", *one).pixels for one in (examined, rater.examine(turned)))
    middle = np.s_[30:150, 60:-60]
    assert np.abs(straight[middle].astype(int) - level[middle]).mean() < 10


def test_the_person_is_dimmed_and_clutter_marked(examined):
    photo, rating = examined
    shown = picture("background", photo, rating).pixels
    x, y, w, h = rating.faces[0].box
    face = np.s_[round(y) : round(y + h), round(x) : round(x + w)]
    assert shown[face].mean() < 0.3 * photo.pixels[face].mean()
    assert (shown == (255, 209, 102)).all(2).any()


def test_half_the_face_in_the_dark_is_seen_in_the_light(rater, examined):
    photo, rating = examined
    lit = FLAWS["side_light"].inject(photo.pixels, rating.faces[0], 3, np.random.default_rng(7))

    def sides(one):
        face = picture("face_lighting", *one).pixels[60:260, -318:].astype(float)
        light = face[..., 0] - face[..., 2]  # yellow less blue
        return abs(light[:, 80:150].mean() - light[:, 170:240].mean())

    assert sides(rater.examine(lit)) > sides(examined) + 20

"""The moments that are kept of a clip are none of its flawed ones."""

from contextlib import closing
from itertools import pairwise

import cv2
import numpy as np
import pytest
from scipy.interpolate import RBFInterpolator

from sqrt.choosing.clip import CLOSER, MAX_MOMENTS, rate_clip
from sqrt.errors import ClipError
from sqrt.rating import Rater
from sqrt.reading import load_photo
from sqrt.settings import Settings
from tests.films import CODECS, COFFEE, SMALL, film

EYES = [
    [33, 7, 163, 144, 145, 153, 154, 155, 133, 173, 157, 158, 159, 160, 161, 246],
    [263, 249, 390, 373, 374, 380, 381, 382, 362, 398, 384, 385, 386, 387, 388, 466],
]


def with_shut_eyes(pixels, face):
    """Paint both eyes over with the skin around them, and lashes where the lower lids are."""
    ied = face.eyes[1][0] - face.eyes[0][0]
    for ring in EYES:
        outline = np.round(face.landmarks[ring, :2]).astype(np.int32)
        eye = cv2.fillPoly(np.zeros(pixels.shape[:2], np.uint8), [outline], 255)
        eye = cv2.dilate(eye, np.ones((round(0.25 * ied),) * 2))
        skin = np.median(pixels[cv2.dilate(eye, np.ones((5, 5))) > eye], 0)
        share = cv2.GaussianBlur(eye, (0, 0), 0.03 * ied)[..., None] / 255
        pixels = (pixels * (1 - share) + skin * share).astype(np.uint8)
        lashes = outline[:9] + np.array([0, round(0.04 * ied)], np.int32)
        cv2.polylines(pixels, [lashes], False, (0.35 * skin).tolist(), round(0.03 * ied), cv2.LINE_AA)
    return pixels


def with_turned_head(pixels, face, yaw_deg):
    """Turn the landmarks in space, and bend the picture to where they come to lie."""
    points = face.landmarks[::5]
    x, _, z = (points - face.landmarks.mean(0)).T
    moved = points[:, :2].copy()
    moved[:, 0] += x * (np.cos(np.deg2rad(yaw_deg)) - 1) - z * np.sin(np.deg2rad(yaw_deg))
    left, top, width, height = face.box
    around = np.linspace(0, 2 * np.pi, 16, endpoint=False)
    still = np.stack([np.cos(around), np.sin(around)], -1) * (1.3 * width, 1.3 * height)
    still += (left + width / 2, top + height / 2)
    back = np.vstack([points[:, :2] - moved, 0 * still])
    bend = RBFInterpolator(np.vstack([moved, still]), back, kernel="thin_plate_spline", smoothing=1.0)
    rows, columns = np.mgrid[: pixels.shape[0], : pixels.shape[1]]
    region = (np.abs(columns - left - width / 2) < 0.9 * width) & (np.abs(rows - top - height / 2) < 0.9 * height)
    source = np.stack([columns, rows], -1).astype(np.float32)
    source[region] += bend(source[region]).astype(np.float32)
    return cv2.remap(pixels, source, None, cv2.INTER_LINEAR)


def smeared(picture):
    return cv2.blur(picture, (31, 1))


FILM_WH = (640, 480)
# What the film shows, a second and a half each, and where the face is in it, as a share of the width.
STRETCHES = [("open", 0.5), ("turned", 0.5), ("smeared", 0.6), ("open", 0.66), ("shut", 0.66), ("open", 0.34)]
STRETCH_S = 1.5
RATE = 10


@pytest.fixture(scope="module")
def story(astronaut, engine):
    """Pictures of a film in which the face turns, blurs and blinks."""
    big = cv2.resize(astronaut, None, fx=2, fy=2, interpolation=cv2.INTER_CUBIC)
    face = engine.find(big)[0]
    looks = {"open": big, "turned": with_turned_head(big, face, 40), "shut": with_shut_eyes(big, face)}
    looks["smeared"] = smeared(big)
    x, y, w, h = face.box
    pictures = []
    for index in range(round(len(STRETCHES) * STRETCH_S * RATE)):
        look, place = STRETCHES[int(index / RATE / STRETCH_S)]
        sway = 4 * np.sin(index / 5)
        to_place = np.float32([[1, 0, FILM_WH[0] * place - x - w / 2 + sway], [0, 1, 200 - y - h / 2]])
        pictures.append(cv2.warpAffine(looks[look], to_place, FILM_WH, borderMode=cv2.BORDER_REFLECT))
    return pictures


@pytest.fixture(scope="module")
def rater(model_path):
    return Rater(Settings.model_construct(face_engine="landmarks", face_model_path=model_path))


@pytest.mark.parametrize(("kind", "codec"), CODECS[:3])
def test_the_moments_are_neither_turned_nor_blurred_nor_shut(kind, codec, story, rater):
    data = film(story, kind, codec, rate=RATE)
    steps = list(rate_clip(data, rater))
    assert [step.at_s for step in steps[:18]] == pytest.approx(np.arange(18) / 2)
    assert all(one.share < other.share for one, other in pairwise(steps))
    for step in steps:
        look = STRETCHES[int((step.at_s + 0.01) / STRETCH_S)][0]
        flaw = {"turned": "head_pose", "smeared": "sharpness", "shut": "eyes_open"}.get(look)
        assert flaw is None or step.rating.scores[flaw] < 70
    moments = steps[-1].moments
    shown = [STRETCHES[int((moment.at_s + 0.01) / STRETCH_S)] for moment in moments]
    assert sorted(shown) == [("open", 0.34), ("open", 0.5), ("open", 0.66)]
    assert all(one.rating.overall >= other.rating.overall for one, other in pairwise(moments))
    for moment in moments:
        assert moment.photo.size_wh == moment.rating.size_wh == FILM_WH
        picture = story[round(moment.at_s * RATE)]
        assert np.abs(load_photo(moment.jpeg).pixels.astype(int) - picture).mean() < 5


def test_the_best_so_far_grows_with_the_clip(story, rater):
    steps = list(rate_clip(film(story, rate=RATE), rater))
    best = [step.moments[0].rating.overall for step in steps[:18]]
    assert best == sorted(best)


@pytest.mark.parametrize("flaw", ["shut", "smeared"])
def test_a_moment_is_the_best_of_the_frames_around_it(flaw, story, engine, rater):
    good = story[0]
    poor = with_shut_eyes(good, engine.find(good)[0]) if flaw == "shut" else cv2.blur(good, (5, 1))
    data = film([good if index == 5 else poor for index in range(12)], rate=CLOSER)
    first, *_, last = rate_clip(data, rater, rate_hz=1)
    assert [moment.at_s for moment in first.moments] == [0]
    assert [round(moment.at_s * CLOSER) for moment in last.moments] == [5]


def test_a_longer_look_costs_no_more_than_a_bound(story, rater):
    data = film(story[:12], rate=RATE)
    at_s = [step.at_s for step in rate_clip(data, rater, rate_hz=1)]
    first, closer = at_s[:2], at_s[2:]
    assert first == [0, 1]
    assert 0 < len(closer) <= MAX_MOMENTS * CLOSER
    assert not set(first) & set(closer)


def test_the_best_frame_of_a_long_clip_is_kept(story, rater):
    good, poor = (cv2.resize(story[at], (320, 240)) for at in (0, 20))  # open, turned
    steps = list(rate_clip(film([good if index == 7 else poor for index in range(40)], rate=2), rater, rate_hz=2))
    assert len(steps) == 40  # more than are kept
    assert steps[-1].moments[0].at_s == 3.5
    assert steps[-1].moments[0].rating.overall == max(step.rating.overall for step in steps)


def test_a_still_view_has_one_moment(story, rater):
    *_, last = rate_clip(film(story[:12], rate=RATE), rater, rate_hz=5)
    assert len(last.moments) == 1


def test_a_clip_without_a_face_has_moments_too(rater):
    *_, last = rate_clip(film([COFFEE] * 10 + [COFFEE[:, ::-1]] * 10), rater)
    assert len(last.moments) == 2
    assert not any(moment.rating.faces for moment in last.moments)


def test_the_settings_bound_a_clip(settings):
    bounds = {"max_clip_s": 2, "max_clip_mb": 1, "clip_rate": 0.5}
    rater = Rater(settings.model_copy(update={"face_engine": "cascade", **bounds}))
    steps = list(rate_clip(film([SMALL] * 20), rater))
    assert [step.at_s for step in steps] == pytest.approx(np.arange(7) / 6, abs=0.1)
    with pytest.raises(ClipError, match="limit 2 s"):
        next(rate_clip(film([SMALL] * 40), rater))
    with pytest.raises(ClipError, match="limit 1048576"):
        next(rate_clip(bytes(2**21), rater))


def test_stopping_midway_gives_back_the_clip(rater):
    data = film([SMALL] * 40)
    with closing(rate_clip(data, rater)) as steps:
        assert next(steps).at_s == 0
    assert next(steps, None) is None


# Damaged files

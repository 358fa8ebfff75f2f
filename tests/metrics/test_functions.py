"""The plain functions under the metrics: laws that hold for any picture."""

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sqrt.errors import NotMeasurable
from sqrt.faces.landmarks import LandmarkEngine
from sqrt.faces.model_file import read_networks
from sqrt.metrics.analysis import Analysis, linear_luminance, luma
from sqrt.metrics.color_harmony import skin_cast
from sqrt.metrics.compression import blockiness
from sqrt.metrics.contrast import tonal_depth
from sqrt.metrics.eyes_open import eye_openness
from sqrt.metrics.gray import percentiles
from sqrt.metrics.lighting_time import correlated_colour_temperature
from sqrt.metrics.noise import noise_sigma
from sqrt.metrics.sharpness import detail, fine_detail
from sqrt.reading import load_photo


@pytest.fixture(scope="module")
def landmarks(model_path, astronaut):
    return LandmarkEngine(read_networks(model_path)).find(astronaut)[0].landmarks.astype(np.float64)


@pytest.fixture(scope="module")
def gray(astronaut):
    return luma(astronaut)


@pytest.fixture(scope="module")
def ramp():
    """Smooth shading from gray 40 to 210."""
    rows, columns = np.mgrid[:256, :256] / 255
    return (40 + 85 * (rows + columns)).astype(np.float32)


def jpeg(gray, quality):
    _, data = cv2.imencode(".jpg", gray.astype(np.uint8), [cv2.IMWRITE_JPEG_QUALITY, quality])
    return cv2.imdecode(data, cv2.IMREAD_GRAYSCALE)


# --- Eyes ----------------------------------------------------------------------------------------------------------


@given(
    scale=st.floats(0.1, 10),
    angle_deg=st.floats(-180, 180),
    mirrored=st.booleans(),
    shift=st.tuples(st.floats(-1000, 1000), st.floats(-1000, 1000)),
)
@settings(deadline=None)
def test_eye_openness_ignores_scale_rotation_mirror_and_place(landmarks, scale, angle_deg, mirrored, shift):
    cos, sin = scale * np.cos(np.deg2rad(angle_deg)), scale * np.sin(np.deg2rad(angle_deg))
    moved = landmarks * (-1 if mirrored else 1, 1, 1)
    moved[:, 2] *= scale
    moved[:, :2] = moved[:, :2] @ np.array([[cos, sin], [-sin, cos]]) + shift
    assert eye_openness(moved) == pytest.approx(eye_openness(landmarks), rel=1e-6)


@given(lid=st.floats(0, 1))
@settings(deadline=None)
def test_eye_openness_is_that_of_the_more_closed_eye(landmarks, lid):
    closing = landmarks.copy()
    for upper, lower in ((159, 145), (160, 144), (158, 153)):
        closing[upper] += lid * (closing[lower] - closing[upper])
    assert eye_openness(closing) <= eye_openness(landmarks) + 1e-9
    assert eye_openness(closing) <= (1 - lid) * 0.5 + 0.06 + 1e-9


def test_eyes_without_width_have_no_openness():
    with pytest.raises(NotMeasurable):
        eye_openness(np.zeros((478, 3), np.float32))


# --- Sharpness -----------------------------------------------------------------------------------------------------


def without_face(gray) -> Analysis:
    return Analysis(load_photo(np.clip(gray, 0, 255).astype(np.uint8)), [])


def test_detail_goes_with_blur(gray):
    found = [fine_detail(without_face(gray))]
    found += [fine_detail(without_face(cv2.GaussianBlur(gray, (0, 0), sigma))) for sigma in (0.5, 1, 2, 4)]
    assert found == sorted(found, reverse=True)
    assert found[-1] < found[0] - 2


@pytest.mark.parametrize("axis", [0, 1])
def test_blur_along_one_axis_costs_detail(gray, axis):
    kernel = np.ones((1, 9) if axis else (9, 1), np.float32) / 9
    assert fine_detail(without_face(cv2.filter2D(gray, -1, kernel))) < fine_detail(without_face(gray)) - 0.5


def test_noise_is_no_detail(gray):
    noise = np.random.default_rng(7).normal(0, 12, gray.shape).astype(np.float32)
    soft = cv2.GaussianBlur(gray, (0, 0), 3)
    assert fine_detail(without_face(soft + noise)) < fine_detail(without_face(gray))


def test_detail_is_the_same_in_the_mirror_and_on_its_side(gray):
    for same in (gray[:, ::-1], gray[::-1], gray.T):
        assert np.percentile(detail(np.ascontiguousarray(same)), 95) == pytest.approx(np.percentile(detail(gray), 95))


def test_haze_is_no_blur(gray):
    assert fine_detail(without_face(0.4 * gray + 130)) == pytest.approx(fine_detail(without_face(gray)), abs=1.3)


def test_a_flat_picture_has_no_detail():
    assert not detail(np.full((64, 64), 128, np.float32)).any()


# --- Noise, blocks, tones ------------------------------------------------------------------------------------------


@given(sigma=st.floats(1, 24), seed=st.integers(0, 2**32 - 1))
@settings(deadline=None, max_examples=30)
def test_noise_is_what_was_added(ramp, sigma, seed):
    noisy = ramp + np.random.default_rng(seed).normal(0, sigma, ramp.shape).astype(np.float32)
    assert noise_sigma(noisy) == pytest.approx(sigma, rel=0.2)


def test_shading_is_no_noise(ramp):
    assert noise_sigma(ramp) < 0.01
    assert noise_sigma(np.round(ramp)) < 0.6  # that of rounding
    assert noise_sigma(np.full((8, 8), 128, np.float32)) == 0  # nothing to tell


@pytest.mark.parametrize("sigma", [0, 3, 12])
def test_noise_is_what_the_formula_says(gray, sigma):
    noisy = gray + np.random.default_rng(3).normal(0, sigma, gray.shape).astype(np.float32)
    kernel = np.array([[1, -2, 1], [-2, 4, -2], [1, -2, 1]]) / 6
    power = cv2.filter2D(noisy.astype(np.float64), -1, kernel) ** 2
    rows, columns = (length // 16 for length in noisy.shape)
    blocks = [np.s_[16 * y : 16 * y + 16, 16 * x : 16 * x + 16] for y in range(rows) for x in range(columns)]
    usable = [power[block].mean() for block in blocks if 12 < noisy[block].mean() < 243]
    assert noise_sigma(noisy) == pytest.approx(np.sqrt(np.percentile(usable, 15)), rel=1e-5)


def test_a_ramp_has_no_blocks(ramp):
    assert blockiness(np.round(ramp).astype(np.uint8), 8) < 0.2
    assert blockiness(np.zeros((64, 64), np.uint8), 8) == 0


@pytest.mark.parametrize("period", [2, 4, 8])
def test_blocks_are_what_the_formula_says(gray, period):
    blocky = jpeg(gray, 20)
    found = []
    for along in (blocky[::2].astype(float), blocky[:, ::2].T.astype(float)):
        step = np.abs(np.diff(along))
        beyond = np.clip(step[:, 1:-1] - (step[:, :-2] + step[:, 2:]) / 2, -20, 20).mean(0)
        phases = beyond[: beyond.size // period * period].reshape(-1, period).mean(0)
        best = int(phases.argmax())
        found.append(max(0.0, phases[best] - np.delete(phases, best).mean()))
    assert blockiness(blocky, period) == pytest.approx(np.mean(found), rel=1e-5)


def test_strong_jpeg_shows_blocks_even_on_a_ramp(ramp):
    assert blockiness(jpeg(ramp, 10), 8) > blockiness(np.round(ramp).astype(np.uint8), 8) + 0.1


def test_blocks_grow_as_jpeg_gets_stronger(gray):
    steps = [blockiness(gray.astype(np.uint8), 8)] + [
        blockiness(jpeg(gray, quality), 8) for quality in (90, 50, 25, 10)
    ]
    assert steps == sorted(steps)
    assert steps[0] < 0.2
    assert steps[-1] > 2


@given(top=st.integers(0, 7), left=st.integers(0, 7))
@settings(deadline=None, max_examples=20)
def test_blocks_are_seen_wherever_the_grid_begins(gray, top, left):
    blocky = jpeg(gray, 10)
    assert blockiness(blocky[top:, left:], 8) == pytest.approx(blockiness(blocky, 8), rel=0.1)


@given(percents=st.lists(st.floats(0, 100), min_size=1, max_size=4), step=st.integers(1, 60))
@settings(deadline=None, max_examples=50)
def test_percentiles_are_those_of_numpy(gray, percents, step):
    some = gray.astype(np.uint8)[::step, ::2]
    np.testing.assert_allclose(percentiles(some, *percents), np.percentile(some, percents), atol=1e-9)


@given(gain=st.floats(0.3, 1.0))
@settings(deadline=None, max_examples=10)
def test_tonal_depth_ignores_how_much_light_there_is(gray, gain):
    assert tonal_depth(without_face(gain * gray)) == pytest.approx(tonal_depth(without_face(gray)), abs=3)


def test_tonal_depth_falls_with_haze(gray):
    found = [tonal_depth(without_face(share * gray + 220 * (1 - share))) for share in (1, 0.9, 0.7, 0.4)]
    assert found == sorted(found, reverse=True)
    assert found[-1] < 60


@given(level=st.integers(0, 255))
def test_luminance_of_gray_is_that_of_srgb(level):
    linear = float(linear_luminance(np.full((2, 2, 3), level, np.uint8))[0, 0])
    encoded = 12.92 * linear if linear <= 0.0031308 else 1.055 * linear ** (1 / 2.4) - 0.055
    assert 255 * encoded == pytest.approx(level, abs=0.01)


# --- Colour --------------------------------------------------------------------------------------------------------


def at(hue_deg, chroma):
    return chroma * np.cos(np.deg2rad(hue_deg)), chroma * np.sin(np.deg2rad(hue_deg))


@given(hue_deg=st.floats(40, 70), chroma=st.floats(12, 35))
def test_skin_colours_have_no_cast(hue_deg, chroma):
    assert skin_cast(*at(hue_deg, chroma)) == pytest.approx(0, abs=1e-9)


@given(hue_deg=st.floats(40, 70), chroma=st.floats(36, 100), more=st.floats(0, 50))
def test_a_cast_grows_with_chroma(hue_deg, chroma, more):
    assert skin_cast(*at(hue_deg, chroma)) == pytest.approx(chroma - 36, abs=1e-6)
    assert skin_cast(*at(hue_deg, chroma + more)) >= skin_cast(*at(hue_deg, chroma)) - 1e-9


@given(start_deg=st.sampled_from([32.0, 74.0]), turn_deg=st.floats(0, 90), more_deg=st.floats(0, 40))
def test_a_cast_grows_with_the_turn_of_hue(start_deg, turn_deg, more_deg):
    away = 1 if start_deg == 74 else -1
    near = skin_cast(*at(start_deg + away * turn_deg, 25))
    far = skin_cast(*at(start_deg + away * (turn_deg + more_deg), 25))
    assert near <= far + 1e-9


@given(a=st.floats(-100, 100), b=st.floats(-100, 100), da=st.floats(-0.1, 0.1), db=st.floats(-0.1, 0.1))
def test_a_cast_is_never_negative(a, b, da, db):
    assert skin_cast(a, b) >= 0


# White points and their correlated colour temperatures by CIE 15: D65 6504 K, D50 5003 K, A 2856 K.
@pytest.mark.parametrize(
    ("xyz", "kelvin"),
    [((0.95047, 1, 1.08883), 6504), ((0.96422, 1, 0.82521), 5003), ((1.09850, 1, 0.35585), 2856)],
)
def test_colour_temperature_of_cie_illuminants(xyz, kelvin):
    to_xyz = np.array([[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]])
    assert correlated_colour_temperature(tuple(np.linalg.solve(to_xyz, xyz))) == pytest.approx(kelvin, rel=0.01)


@given(rgb=st.tuples(*[st.floats(0, 1)] * 3), brightness=st.floats(0.5, 1))
def test_colour_temperature_stays_in_range(rgb, brightness):
    assert 1000 <= correlated_colour_temperature(rgb) <= 25000

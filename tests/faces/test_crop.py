"""Reducing and cutting: nothing shifts, nothing gets lighter or darker."""

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sqrt.faces.crop import crop, halved, reduced, to_picture, upright_matrix

positions = st.tuples(st.floats(-500, 1500), st.floats(-500, 1500))


def gradient(height, width):
    rows, columns = np.mgrid[:height, :width]
    return np.stack([columns * 255 / width, rows * 255 / height, np.full((height, width), 90)], -1).astype(np.uint8)


def test_the_identity_gives_the_picture(astronaut):
    matrix = upright_matrix((0, 0), 0, 1, (0, 0))
    np.testing.assert_array_equal(crop(astronaut, matrix, (512, 512)), astronaut)


def test_a_shift_by_whole_pixels_gives_a_part_of_the_picture(astronaut):
    matrix = upright_matrix((100, 60), 0, 1, (0, 0))
    np.testing.assert_array_equal(crop(astronaut, matrix, (200, 120)), astronaut[60:180, 100:300])


def test_quarter_turns_are_exact(astronaut):
    matrix = upright_matrix((256, 256), 90, 1, (256, 256))
    # What leans to the right by 90 degrees is turned back to the left.
    np.testing.assert_array_equal(crop(astronaut, matrix, (512, 512)), np.rot90(astronaut))


@given(centre=positions, angle_deg=st.floats(-180, 180), scale=st.floats(0.05, 5), to=positions)
def test_the_centre_and_the_axis_go_where_they_were_asked_to(centre, angle_deg, scale, to):
    matrix = upright_matrix(centre, angle_deg, scale, to)
    along = centre + 10 * np.array([np.cos(np.deg2rad(angle_deg)), np.sin(np.deg2rad(angle_deg))])
    assert matrix @ (*centre, 1) == pytest.approx(to, abs=1e-6)
    assert matrix @ (*along, 1) == pytest.approx((to[0] + 10 * scale, to[1]), abs=1e-6)


@given(point=positions, centre=positions, angle_deg=st.floats(-180, 180), scale=st.floats(0.05, 5), to=positions)
def test_to_picture_undoes_the_matrix(point, centre, angle_deg, scale, to):
    matrix = upright_matrix(centre, angle_deg, scale, to)
    there = (matrix @ (*point, 1)).astype(np.float32)
    assert to_picture(there[None], matrix)[0] == pytest.approx(point, abs=0.05)


@given(height=st.integers(2, 90), width=st.integers(2, 90))
@settings(deadline=None)
def test_halved_drops_the_odd_line_and_keeps_the_mean(height, width):
    pixels = gradient(height, width)
    half = halved(pixels)
    even = pixels[: height // 2 * 2, : width // 2 * 2]
    assert half.shape == (height // 2, width // 2, 3)
    assert half.mean((0, 1)) == pytest.approx(even.mean((0, 1)), abs=0.51)


@given(height=st.integers(1, 300), width=st.integers(1, 300), side=st.integers(1, 300))
@settings(deadline=None)
def test_reduced_keeps_the_shape_and_never_enlarges(height, width, side):
    small = reduced(gradient(height, width), side)
    long = max(height, width)
    assert max(small.shape[:2]) == min(long, side)
    for length, was in zip(small.shape[:2], (height, width), strict=True):
        assert length == pytest.approx(was * min(1, side / long), abs=1)


@pytest.mark.parametrize("side", [500, 257, 256, 200, 128, 100, 64])
def test_reduced_keeps_the_light(side, astronaut):
    small = reduced(astronaut, side)
    assert small.shape == (side, side, 3)
    assert small.mean((0, 1)) == pytest.approx(astronaut.mean((0, 1)), abs=1)


@pytest.mark.parametrize("scale", [0.5, 0.3125, 0.25, 0.1875, 0.125])
def test_a_smaller_crop_stays_in_place_and_does_not_alias(scale, astronaut):
    side = round(512 * scale)
    matrix = upright_matrix((0, 0), 0, scale, (0, 0))
    small = crop(astronaut, matrix, (side, side)).astype(int)
    expected = cv2.resize(astronaut, (side, side), interpolation=cv2.INTER_AREA)
    away = np.abs(small - expected).mean()
    assert away < 6
    # Any shift by a pixel is further away.
    assert all(away < np.abs(np.roll(small, shift, axis) - expected).mean() for shift in (-1, 1) for axis in (0, 1))


def test_what_lies_outside_repeats_the_border(astronaut):
    matrix = upright_matrix((0, 0), 0, 1, (50, 30))
    cut = crop(astronaut, matrix, (562, 542))
    np.testing.assert_array_equal(cut, np.pad(astronaut, ((30, 0), (50, 0), (0, 0)), mode="edge"))


@pytest.mark.parametrize("centre", [(-900, 100), (1500, 100), (100, -900), (100, 1500), (-900, -900)])
@pytest.mark.parametrize("scale", [1, 0.2])
def test_a_crop_wholly_outside_shows_the_nearest_border(centre, scale, astronaut):
    cut = crop(astronaut, upright_matrix(centre, 0, scale, (10, 10)), (20, 20))
    assert cut.shape == (20, 20, 3)
    if centre == (-900, -900):
        assert (cut == astronaut[0, 0]).all()
    elif centre[0] in (-900, 1500):
        assert (cut == cut[:, :1]).all()
    else:
        assert (cut == cut[:1]).all()

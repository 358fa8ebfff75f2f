"""What is drawn over a photo, and what must not change."""

import time

import cv2
import numpy as np
import pytest

from sqrt.faces import Face
from sqrt.rating import Rater, Rating
from sqrt.reading import load_photo
from sqrt.settings import Settings
from sqrt.showing.overlay import Layer, draw

LINES = [Layer.FACE, Layer.LANDMARKS, Layer.EYE_LINE, Layer.THIRDS]
CLIPPED = [Layer.SHADOWS, Layer.HIGHLIGHTS]


@pytest.fixture(scope="module")
def rated(model_path, astronaut):
    """A portrait with some clipped pixels, and its rating."""
    pixels = astronaut.copy()
    pixels[:100, :100] = 1
    pixels[400:, 400:] = 254
    rater = Rater(Settings.model_construct(face_model_path=model_path))
    photo = rater.read(pixels)
    rating = rater.rate_photo(photo)
    assert rating.faces[0].landmarks is not None
    return photo, rating


def faceless(pixels, *faces: Face):
    photo = load_photo(pixels)
    nothing = Rating(
        overall=50.0,
        scores={},
        natives={},
        absent={},
        advice=[],
        faces=list(faces),
        size_wh=photo.size_wh,
        engine="cascade",
        has_gps=False,
    )
    return photo, nothing


def flat(level, height=120, width=200):
    return np.full((height, width, 3), level, np.uint8)


def changed(photo, rating, layers, **options):
    """Which pixels the layers change."""
    plain = draw(photo, rating, [], **options)
    return (draw(photo, rating, layers, **options) != plain).any(axis=2)


def test_no_layers_is_the_reduced_photo(rated):
    photo, rating = rated
    assert np.array_equal(draw(photo, rating, []), photo.pixels)
    assert np.array_equal(
        draw(photo, rating, [], max_side=200), cv2.resize(photo.pixels, (200, 200), interpolation=cv2.INTER_AREA)
    )


@pytest.mark.parametrize("layer", Layer)
def test_each_layer_shows_and_leaves_the_photo_alone(rated, layer):
    photo, rating = rated
    before = photo.pixels.copy()
    assert changed(photo, rating, [layer]).any()
    assert np.array_equal(photo.pixels, before)


@pytest.mark.parametrize("layers", [[], *([layer] for layer in Layer), list(Layer)])
def test_the_result_is_new_and_writable(rated, layers):
    photo, rating = rated
    picture = draw(photo, rating, layers)
    assert picture.dtype == np.uint8
    assert picture.shape == photo.pixels.shape
    assert picture.flags.writeable
    assert not np.shares_memory(picture, photo.pixels)


def test_layers_are_a_set_of_names(rated):
    photo, rating = rated
    assert np.array_equal(draw(photo, rating, list(Layer)), draw(photo, rating, {*reversed(Layer)}))
    assert Layer("eye_line") is Layer.EYE_LINE
    labels = ["Face", "Points of the face", "Eye line", "Thirds", "Lost in black", "Lost in white", "Where it is sharp"]
    assert [layer.label for layer in Layer] == labels


@pytest.mark.parametrize("size", [16, 33, 1280])
@pytest.mark.parametrize("layer", Layer)
def test_any_size(rated, size, layer):
    _, rating = rated
    pixels = cv2.resize(rated[0].pixels, (size, size * 3 // 4 + 4), interpolation=cv2.INTER_AREA)
    photo, nothing = faceless(pixels, *(face.scaled(size / 512) for face in rating.faces))
    picture = draw(photo, nothing, [layer])
    assert picture.shape == pixels.shape
    assert (picture != pixels).any()


@pytest.mark.parametrize("layer", LINES)
def test_lines_stay_where_the_face_is_when_the_picture_is_reduced(rated, layer):
    photo, rating = rated
    enlarged = cv2.resize(photo.pixels, (1024, 1024), interpolation=cv2.INTER_CUBIC)
    large, large_rating = faceless(enlarged, *(face.scaled(2) for face in rating.faces))
    # The same photo once as it is, once decoded at twice the size and drawn small.
    here, there = changed(photo, rating, [layer]), changed(large, large_rating, [layer], max_side=512)
    thick = np.ones((5, 5), np.uint8)
    assert not (here & ~cv2.dilate(there.view(np.uint8), thick).astype(bool)).any()
    assert not (there & ~cv2.dilate(here.view(np.uint8), thick).astype(bool)).any()


def test_faces_count_in_pixels_of_the_input_not_of_the_decoded_photo(rated):
    photo, rating = rated
    half = load_photo(photo.pixels, max_side=256)
    assert half.scale == 0.5
    box, drawn = rating.faces[0].box, changed(half, rating, [Layer.FACE])
    ys, xs = np.nonzero(drawn)
    edges = (box[0] / 2, box[1] / 2, (box[0] + box[2]) / 2, (box[1] + box[3]) / 2)
    assert (xs.min(), ys.min(), xs.max(), ys.max()) == pytest.approx(edges, abs=4)


def test_the_main_face_is_drawn_bolder():
    faces = Face((20.0, 20.0, 60.0, 60.0), 1.0), Face((120.0, 20.0, 60.0, 60.0), 1.0)
    photo, rating = faceless(flat(128, 480, 800), *(face.scaled(4) for face in faces))
    light = draw(photo, rating, [Layer.FACE])[..., 1] > 180
    assert light[:, :400].sum() > 1.5 * light[:, 400:].sum() > 0


@pytest.mark.parametrize("level", [0, 64, 128, 192, 255])
def test_a_box_is_seen_on_any_background(level):
    photo, rating = faceless(flat(level, 300, 400), Face((100.0, 50.0, 120.0, 160.0), 1.0))
    difference = np.abs(draw(photo, rating, [Layer.FACE]).astype(int) - level).max()
    assert difference > 100


def test_a_face_over_the_edge_keeps_its_four_corners():
    photo, rating = faceless(flat(128), Face((-50.0, -30.0, 400.0, 300.0), 1.0))
    drawn = changed(photo, rating, [Layer.FACE])
    assert all(corner.any() for corner in (drawn[:20, :20], drawn[:20, -20:], drawn[-20:, :20], drawn[-20:, -20:]))


@pytest.mark.parametrize("layer", [Layer.FACE, Layer.LANDMARKS, Layer.EYE_LINE])
def test_without_a_face_there_is_nothing_to_draw(layer):
    assert not changed(*faceless(flat(128)), [layer]).any()


@pytest.mark.parametrize("layer", [Layer.LANDMARKS, Layer.EYE_LINE])
def test_a_profile_face_of_the_cascades_has_a_box_only(layer):
    photo, rating = faceless(flat(128), Face((50.0, 20.0, 60.0, 60.0), 1.0))
    assert not changed(photo, rating, [layer]).any()
    assert changed(photo, rating, [Layer.FACE]).any()


@pytest.mark.parametrize("eyes", [((80.0, 60.0), (80.0, 60.0)), ((60.0, 50.0), (100.0, 70.0))])
def test_the_eye_line_runs_through_both_eyes(eyes):
    photo, rating = faceless(flat(128), Face((50.0, 20.0, 60.0, 60.0), 1.0, eyes=eyes))
    drawn = changed(photo, rating, [Layer.EYE_LINE])
    assert all(drawn[round(y), round(x)] for x, y in eyes)


@pytest.mark.parametrize(("level", "shadow", "highlight"), [(0, 1, 0), (2, 1, 0), (3, 0, 0), (252, 0, 0), (255, 0, 1)])
def test_clipped_light_is_tinted_whole(level, shadow, highlight):
    photo, rating = faceless(flat(level))
    assert changed(photo, rating, [Layer.SHADOWS]).mean() == shadow
    assert changed(photo, rating, [Layer.HIGHLIGHTS]).mean() == highlight


@pytest.mark.parametrize("layer", CLIPPED)
def test_saturated_colours_are_not_clipped(layer):
    pixels = flat(0)
    pixels[..., 0] = 255
    assert not changed(*faceless(pixels), [layer]).any()


def test_shadows_and_highlights_differ_without_colour():
    dark = draw(*faceless(flat(0)), [Layer.SHADOWS])[..., 1].astype(float)
    light = draw(*faceless(flat(255)), [Layer.HIGHLIGHTS])[..., 1].astype(float)
    # Along its own diagonal a hatch is constant, across it changes.
    assert np.array_equal(dark[1:, :-1], dark[:-1, 1:])
    assert not np.array_equal(dark[1:, 1:], dark[:-1, :-1])
    assert np.array_equal(light[1:, 1:], light[:-1, :-1])
    assert not np.array_equal(light[1:, :-1], light[:-1, 1:])


def heat(photo, rating, **options):
    """How yellow the map is: viridis goes from blue to yellow, and the grey ground has no part in green minus blue."""
    picture = draw(photo, rating, [Layer.SHARPNESS], **options).astype(float)
    return picture[..., 1] - picture[..., 2]


def test_sharpness_fades_as_blur_grows(rated):
    photo, rating = rated
    means = [
        heat(*faceless(cv2.GaussianBlur(photo.pixels, (0, 0), sigma) if sigma else photo.pixels, *rating.faces)).mean()
        for sigma in (0, 1, 2, 4)
    ]
    assert means == sorted(means, reverse=True)
    assert means[0] > means[-1] + 15


def test_sharpness_shows_where_the_blur_is(rated):
    photo, rating = rated
    pixels = photo.pixels.copy()
    pixels[:, :256] = cv2.GaussianBlur(pixels, (0, 0), 5)[:, :256]
    fall = heat(photo, rating) - heat(*faceless(pixels, *rating.faces))
    assert fall[:, :220].mean() > 20
    assert abs(fall[:, 292:].mean()) < 1


def test_sharpness_is_relative_to_the_face(rated):
    photo, rating = rated
    large = faceless(
        cv2.resize(photo.pixels, (1024, 1024), interpolation=cv2.INTER_CUBIC), *(f.scaled(2) for f in rating.faces)
    )
    assert heat(*large, max_side=512).mean() == pytest.approx(heat(photo, rating).mean(), abs=5)


@pytest.mark.parametrize("level", [0, 128, 255])
def test_a_flat_frame_is_nowhere_sharp(level):
    assert np.ptp(heat(*faceless(flat(level)))) == 0
    assert heat(*faceless(flat(level))).max() < 0


def test_fast_enough_for_a_switch_on_a_page(rated):
    photo, rating = rated
    pixels = cv2.resize(photo.pixels, (1280, 960), interpolation=cv2.INTER_AREA)
    large, large_rating = faceless(pixels, *(face.scaled(2) for face in rating.faces))

    def seconds(call):
        start = time.perf_counter()
        call()
        return time.perf_counter() - start

    # In units of a median blur of the same picture: the machine's speed and load cancel.
    all_layers = min(seconds(lambda: draw(large, large_rating, list(Layer))) for _ in range(5))
    yardstick = min(seconds(lambda: cv2.medianBlur(pixels, 9)) for _ in range(5))
    print(f"all layers at 1280: {all_layers * 1e3:.1f} ms, {all_layers / yardstick:.2f} x a median blur")
    assert all_layers < yardstick / 2

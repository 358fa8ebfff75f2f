import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sqrt.live.font import font
from sqrt.live.view import View, view_of

TIPS = ("Show your face to the camera", "Hold still")
BOX = (0.1, 0.2, 0.25, 0.3)


@pytest.fixture
def picture(astronaut):
    return cv2.resize(astronaut, (640, 480))


def drawn(view, picture, mirrored):
    """Return the picture as a stream sends it back."""
    sent = cv2.flip(picture, 1) if mirrored else picture.copy()
    view.draw_on(sent, mirrored)
    return sent


def changed(before, after):
    """Left, top, right and bottom of what differs, as shares of the picture."""
    rows, columns = np.nonzero((before != after).any(axis=2))
    height, width = before.shape[:2]
    return columns.min() / width, rows.min() / height, columns.max() / width, rows.max() / height


def test_above_the_band_the_mirrored_picture_is_the_flip_of_the_other(picture):
    view = view_of(72, TIPS, None, (640, 480))
    above = 480 - len(view.label)
    plain, mirrored = drawn(view, picture, False), drawn(view, picture, True)
    np.testing.assert_array_equal(mirrored[:above], plain[:above, ::-1])
    np.testing.assert_array_equal(plain[:above], picture[:above])


@pytest.mark.parametrize("mirrored", [False, True])
def test_the_text_reads_from_left_to_right(mirrored):
    view = view_of(72, TIPS, None, (640, 480))
    sent = drawn(view, np.zeros((480, 640, 3), np.uint8), mirrored)
    np.testing.assert_array_equal(sent[480 - len(view.label) :], np.dstack([view.label] * 3))


@pytest.mark.parametrize(("mirrored", "left"), [(False, 0.1), (True, 1 - 0.1 - 0.25)])
def test_the_box_is_where_the_face_is(picture, mirrored, left):
    view = View(BOX, np.zeros((1, 640), np.uint8))
    before = cv2.flip(picture, 1) if mirrored else picture.copy()
    after = drawn(view, picture, mirrored)[:-1]
    assert changed(before[:-1], after) == pytest.approx((left, 0.2, left + 0.25, 0.5), abs=0.01)
    x, y = round(640 * (left + 0.125)), round(480 * 0.35)
    np.testing.assert_array_equal(after[y - 40 : y + 40, x - 40 : x + 40], before[y - 40 : y + 40, x - 40 : x + 40])


def test_a_face_that_reaches_beyond_the_picture_is_drawn_as_far_as_it_is_seen(picture):
    for mirrored in (False, True):
        sent = drawn(view_of(10, (), (-0.2, -0.3, 1.5, 2.0), (640, 480)), picture, mirrored)
        assert changed(cv2.flip(picture, 1) if mirrored else picture, sent)[1] > 0.6  # the band, and corners outside


@given(width=st.integers(1, 300), height=st.integers(1, 300), mirrored=st.booleans())
def test_any_size_is_drawn_upon(width, height, mirrored):
    view = view_of(55, TIPS, BOX, (64, 48))
    before = np.full((height, width, 3), 200, np.uint8)
    assert (drawn(view, before, mirrored) != before).any()


@given(width=st.integers(16, 2000), height=st.integers(16, 2000), score=st.floats(0, 100))
def test_the_text_fits_the_width(width, height, score):
    label = view_of(score, TIPS, None, (width, height)).label
    assert label.shape[1] == width
    if width >= 100:
        assert label[:, : width // 2].any()
        assert not label[:, -(width // 100) :].any()


def test_the_score_and_its_word_can_be_told_apart():
    labels = [view_of(score, (), None, (640, 480)).label.tobytes() for score in (20, 20.4, 40, 60, 80, 95)]
    assert len(set(labels)) == 5


def test_the_letters_of_all_languages_are_there():
    unknown = bytes(font(40).getmask("\ufffe"))
    assert [letter for letter in "äöüßÄÖÜñáéíóúÉ¿¡çàâèêëîïôûùœ«»·" if bytes(font(40).getmask(letter)) == unknown] == []


def test_what_is_drawn_is_said_in_the_language(monkeypatch):
    asked = []
    monkeypatch.setattr("sqrt.live.view.said", lambda text, language: asked.append((text, language)) or text)
    view_of(72, TIPS, None, (640, 480), "de")
    assert asked == [("Fair", "de"), *((tip, "de") for tip in TIPS)]

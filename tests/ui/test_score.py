"""The ring of a score says the same to eyes and to screen readers."""

import re

import pytest

from sqrt.rating import band
from sqrt.ui.score import ring


@pytest.mark.parametrize("score", [0.0, 47.6, 64.4, 76.9, 88.0, 100.0])
def test_number_word_and_how_far_it_is_filled(score):
    html = ring(score)
    assert f'role="img" aria-label="Photo quality: {score:.0f} of 100, {band(score)}"' in html
    assert f"<b>{score:.0f}</b><i>{band(score)}</i>" in html
    assert f"--filled: {score:.1f}%" in html


def test_a_mark_stands_where_another_word_begins():
    marks = [float(at) for at in re.findall(r"transparent ([\d.]+)%, color-mix", ring(50))]
    assert len(marks) == 4
    assert all(band(at + 0.3 - 1) != band(at + 0.3) for at in marks)

"""A score as a ring that fills up: its number, its word, and where the words change."""

from functools import cache
from html import escape

import streamlit as st

from sqrt.rating import band
from sqrt.ui.language import _

_COLOURS = {"Excellent": "#2e9e5b", "Good": "#2e9e5b", "Fair": "#d06a00", "Weak": "#d64545", "Poor": "#d64545"}
"""Seen on a light page and on a dark one; the number and the word say the same."""
_MARK = "color-mix(in srgb, currentColor 60%, transparent)"


def show_score(score: float) -> None:
    """Draw a score of 0 to 100."""
    st.html(ring(score), width="content")


def ring(score: float) -> str:
    """Return the HTML of a score's ring, for the classes of page.css, with what it says for who cannot see it."""
    word = band(score)
    style = f"--filled: {score:.1f}%; --colour: {_COLOURS[word]}; --marks: {_marks()}"
    word = _(word)
    label = escape(_("Photo quality: {score:.0f} of 100, {word}", score=score, word=word))
    seen = f"<b>{score:.0f}</b><i>{escape(word)}</i>"
    return f'<div class="score" role="img" aria-label="{label}" style="{style}">{seen}</div>'


@cache
def _marks() -> str:
    """Return a CSS gradient around the ring: a line where another word begins."""
    borders = [score for score in range(1, 101) if band(score) != band(score - 1)]
    lines = (f"transparent {at - 0.3}%, {_MARK} {at - 0.3}% {at + 0.3}%, transparent {at + 0.3}%" for at in borders)
    return f"conic-gradient({', '.join(lines)})"

"""What is good about a photo, to be kept up."""

from collections import Counter

import streamlit as st

from sqrt.metrics import METRICS
from sqrt.rating import Rating
from sqrt.ui.language import _

GREAT = 88.0
"""The score from which a property is worth praise."""
_MOST, _MOST_OF_A_GROUP = 4, 2


def show_praise(rating: Rating) -> None:
    """Draw what is best about a photo, if anything is."""
    if words := praise(rating):
        with st.container(border=True):
            kept = _("**Keep doing:** {words}.", words=", ".join(map(_, words)))
            st.markdown(f":green[:material/favorite:] {kept}")


def praise(rating: Rating) -> list[str]:
    """Return a few words for each of what is best about a photo, that which matters most first; of every kind some."""
    great = (key for key, score in rating.scores.items() if score >= GREAT and METRICS[key].praise)
    words, groups = [], Counter[str]()
    for metric in sorted((METRICS[key] for key in great), key=lambda one: -one.weight):
        groups[metric.group] += 1
        if groups[metric.group] <= _MOST_OF_A_GROUP:
            words.append(metric.praise)
    return words[:_MOST]

"""A rated photo, as a tour: how good it is, what to change first and where, then all the rest."""

import streamlit as st

from sqrt.rating import Rating
from sqrt.showing.overlay import Layer, draw
from sqrt.showing.reports import Report, marked_up
from sqrt.ui.better import show_better
from sqrt.ui.explained import show_metrics
from sqrt.ui.language import _
from sqrt.ui.location import offer_without_location
from sqrt.ui.praise import show_praise
from sqrt.ui.purpose import show_rules
from sqrt.ui.rated import Rated
from sqrt.ui.score import show_score
from sqrt.ui.widgets import offer_reports, show_advice
from sqrt.words import N_

_WHERE = {
    "composition": {Layer.FACE, Layer.THIRDS, Layer.EYE_LINE},
    "head_pose": {Layer.FACE, Layer.EYE_LINE},
}
"""What shows best, beside the face, where in the picture a change is due."""


def show_rated(rated: Rated) -> None:
    """Draw all that a rating says of its photo."""
    rating = rated.rating
    with st.container(key="first"):
        verdict, picture = st.columns([2, 3], gap="medium", vertical_alignment="center")
        with verdict:
            _show_verdict(rating)
        with picture:
            _show_picture(rated)
    better = st.container()  # filled at the end: nothing else waits for what it takes
    show_praise(rating)
    if len(rating.advice) > 1:
        show_advice(rating.advice[1:], N_("When you take the next one"))
    with st.container(horizontal=True, vertical_alignment="center"):
        offer_without_location(rated)
        offer_reports(lambda: [_report(rated)])
    show_metrics(rated.photo, rating)
    with better:
        if rating.purpose.document:  # is not to be edited
            show_rules(rating)
        else:
            show_better(rated)


def _report(rated: Rated) -> Report:
    found = rated.fix() if rated.fixable else None
    picture = marked_up(rated.photo, rated.rating)
    return Report.of(rated.name, rated.rating, picture, offered=found.steps if found else ())


def _show_verdict(rating: Rating) -> None:
    with st.container(horizontal=True, vertical_alignment="center", key="verdict"):
        show_score(rating.overall)
        with st.container(gap="xsmall"):
            if not rating.advice:
                st.header(_("Keep this one"), anchor=False)
                st.markdown(_("There is no clear flaw in it."))
                return
            first = rating.advice[0]
            st.header(_("Change first"), anchor=False)
            st.markdown(_(first.text))
            st.caption(_("That is worth about {gain:.0f} points.", gain=first.gain))


@st.fragment
def _show_picture(rated: Rated) -> None:
    photo, rating = rated.photo, rated.rating
    usual = _WHERE.get(rating.advice[0].metric, {Layer.FACE}) if rating.advice else {Layer.FACE}
    with st.container(key="picture", gap=None):
        shown = st.empty()
        with st.container(key="overlays"), st.popover(_("Show"), icon=":material/layers:"):
            layers = st.pills(
                _("Show in the picture"),
                list(Layer),
                selection_mode="multi",
                default=[layer for layer in Layer if layer in usual],
                format_func=lambda layer: _(layer.label),
                key=f"layers {rating.advice[0].metric if rating.advice else ''}",
                persist_state="session",
                wrap=True,
            )
        drawn = ", ".join(_(layer.label) for layer in layers)
        alt = _("Your photo, and in it: {layers}", layers=drawn) if drawn else _("Your photo")
        shown.image(draw(photo, rating, layers), width="stretch", alt=alt)

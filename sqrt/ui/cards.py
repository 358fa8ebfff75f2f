"""Photos as small cards: the best of each group, or all that have one decision, a page at a time."""

from collections.abc import Sequence
from math import ceil
from typing import Literal

import streamlit as st

from sqrt.choosing.shots import Shot
from sqrt.rating import band
from sqrt.ui.decisions import Decision
from sqrt.ui.gallery import Gallery
from sqrt.ui.language import _

CARDS = 24
"""Cards of a page at most: each carries a picture of some 60 kB."""
_CARD_PX = 165  # two beside each other on a phone
_COLOURS: dict[Decision, Literal["green", "gray", "red"]] = {
    Decision.KEEP: "green",
    Decision.UNDECIDED: "gray",
    Decision.REJECT: "red",
}


def show_cards(gallery: Gallery, wanted: Decision | None, view: str, closer: str) -> None:
    """Draw the best of each group, or all shots with the `wanted` decision; each leads to its scene.

    That is done by giving the state `view` the value `closer`.
    """
    groups = {group[0]: len(group) for group in gallery.ranking.groups}
    places = [*groups] if wanted is None else gallery.decisions.among(gallery.ranking.order, wanted)
    if not places:
        st.info(_("No photo has this mark."), icon=":material/filter_alt:")
        return

    def look_closer(place: int) -> None:
        gallery.show(place)
        st.session_state[view] = closer

    pages = ceil(len(places) / CARDS)
    page = st.pagination(pages, key=f"cards of {wanted}", persist_state="session") if pages > 1 else 1
    with st.container(horizontal=True):
        for place in places[(page - 1) * CARDS : page * CARDS]:
            with st.container(border=True, width=_CARD_PX, gap="xsmall"):
                _picture(gallery.shots[place])
                decision = gallery.decisions[place]
                st.badge(_(decision.label), color=_COLOURS[decision])
                count = groups.get(place, 1)
                words = _("Compare {count}", count=count) if count > 1 and wanted is None else _("Look closer")
                st.button(words, key=f"closer {place}", on_click=look_closer, args=(place,), width="stretch")


def show_newest(shots: Sequence[Shot]) -> None:
    """Draw the first of shots that are best first, while others are still being rated."""
    with st.container(horizontal=True):
        for shot in shots[:CARDS]:
            with st.container(border=True, width=_CARD_PX, gap="xsmall"):
                _picture(shot)


def _picture(shot: Shot) -> None:
    overall = shot.rating.overall
    st.image(shot.preview, width="stretch", alt=_("Rated {score:.0f}", score=overall))
    st.markdown(f"**{overall:.0f}** · {_(band(overall))}")
    st.text(shot.name)  # never Markdown: the name is the visitor's

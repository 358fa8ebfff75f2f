"""What a newcomer sees: what this is, two photos to try in one tap, and what else can be done here."""

from collections.abc import Callable
from functools import cache
from pathlib import Path

import numpy as np
import streamlit as st
from streamlit.navigation.page import StreamlitPage

from sqrt.metrics.analysis import linear
from sqrt.reading import Pixels, load_photo, to_jpeg
from sqrt.ui.language import _
from sqrt.words import N_

_PORTRAIT = Path(__file__).with_name("examples") / "portrait.jpg"
_DUSK = (0.06, 0.065, 0.09)
"""What dusk leaves of linear red, green and blue."""
_CARD_PX = 165  # two beside each other on a phone


def show_first_sight(show_others: Callable[[], None]) -> tuple[str, bytes] | None:
    """Draw it; return the name and the file of the example that was chosen, if one was.

    `show_others` draws the ways to the other pages.
    """
    invited = _("Drop a photo to see how good it is, what to change first, and let it be made better.")
    st.markdown(f"**{invited}**")
    chosen = None
    st.header(_("Or try one of these"), anchor=False)
    with st.container(horizontal=True, key="examples"):
        for name, words, data in _examples():
            with st.container(border=True, width=_CARD_PX, gap="xsmall"):
                st.image(data, width="stretch", alt=_(name))
                if st.button(_(words), key=name, width="stretch"):
                    chosen = name, data
    promised = _(
        "The photo is rated, never the person. It stays in memory, nobody else sees it, "
        "and it goes when you remove it, reload or leave."
    )
    st.caption(f":material/lock: {promised}")
    st.header(_("What else you can do here"), anchor=False)
    with st.container(horizontal=True, key="others"):
        show_others()
    return chosen


def show_way(page: StreamlitPage, icon: str, label: str, what: str) -> None:
    """Draw a link to another page, and what it is for."""
    with st.container(border=True, gap=None):
        st.page_link(page, label=f"**{label}**", icon=icon)
        st.caption(what)


@cache
def _examples() -> tuple[tuple[str, str, bytes], ...]:
    """Return for each example its name, what to do with it, and its file."""
    portrait = _PORTRAIT.read_bytes()
    dusk = to_jpeg(at_dusk(load_photo(portrait).pixels), quality=90)
    return (
        (N_("Example: a portrait"), N_("Try a good one"), portrait),
        (N_("Example: the same at dusk"), N_("Try one to fix"), dusk),
    )


def at_dusk(pixels: Pixels) -> Pixels:
    """Return an HxWx3 sRGB picture as if it had been taken at dusk."""
    light = linear(pixels) * np.array(_DUSK, np.float32)
    encoded = np.where(light <= 0.0031308, 12.92 * light, 1.055 * np.maximum(light, 0.0031308) ** (1 / 2.4) - 0.055)
    return np.rint(255 * encoded).astype(np.uint8)

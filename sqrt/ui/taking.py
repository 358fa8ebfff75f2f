"""The keepers, to take along."""

from collections.abc import Callable, Iterable, Iterator
from datetime import datetime
from html import escape

import streamlit as st

from sqrt.choosing.keepers import Keeper, zipped
from sqrt.showing.reports import download_name
from sqrt.ui.language import _, language
from sqrt.ui.offers import offer
from sqrt.words import Text

# As Streamlit's buttons look, in the colours of either theme.
_BUTTON = (
    "display: inline-flex; align-items: center; min-height: 2.5rem; padding: 0.25rem 0.75rem; border-radius: 0.5rem; "
    "border: 1px solid color-mix(in srgb, currentColor 40%, transparent); color: inherit; text-decoration: none"
)


def offer_keepers(keepers: Callable[[], Iterable[Keeper]], count: int, size: int) -> None:
    """Draw how the keepers can be taken along: two switches, and a link that downloads them as one ZIP.

    Parameters
    ----------
    keepers : callable
        Gives the photos, the best first; called when they are asked for, in a thread that is no page's, for as long as
        this is drawn in each run. It and what it gives must not change them.
    count, size : int
        How many there are, and their bytes together. Nothing is drawn where there are none.
    """
    if not count:
        return
    with st.container(horizontal=True, vertical_alignment="center"):
        nowhere = st.toggle(
            _("Without location"),
            key="without location",
            persist_state="session",
            help=_("Takes out where they were taken. All else stays as it is, the pictures above all."),
        )
        rated = st.toggle(
            _("With ratings for photo software (XMP)"),
            key="with ratings",
            persist_state="session",
            help=_(
                "A small file beside each photo, by which digiKam and darktable know its stars and that you keep it."
            ),
        )

    code = language()

    def made() -> Iterator[bytes]:
        yield from zipped(keepers(), location=not nowhere, sidecars=rated, language=code)

    address = offer(made, download_name("zip", datetime.now()))
    if count == 1:
        words = _("Download 1 photo ({size})", size=_megabytes(size))
    else:
        words = _("Download {count} photos ({size})", count=count, size=_megabytes(size))
    # A link button would open another tab, and a download button make a copy of it all before it begins.
    st.html(f'<a href="{address}" download style="{_BUTTON}">{escape(words)}</a>')


def _megabytes(size: int) -> Text:
    mb = size / 2**20
    return Text("{size:.0f} MB", size=mb) if mb >= 10 else Text("{size:.1f} MB", size=max(mb, 0.1))

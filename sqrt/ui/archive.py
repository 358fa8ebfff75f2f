"""What the operator's archive holds: how good its photos are, the best and the worst, what a filter leaves."""

from math import ceil
from threading import Semaphore
from typing import NamedTuple

import pyarrow.compute as pc
import streamlit as st

from sqrt.archiving.filters import MAX_LENGTH, FilterError, columns, expression
from sqrt.archiving.places import ArchiveError
from sqrt.archiving.results import Archive
from sqrt.archiving.schema import native, schema
from sqrt.archiving.survey import BINS, OVERALL, Found, Survey, survey
from sqrt.archiving.thumbnails import thumbnail
from sqrt.errors import PhotoError, SqrtError
from sqrt.metrics import METRICS
from sqrt.rating import band
from sqrt.settings import Settings
from sqrt.ui.language import _
from sqrt.ui.widgets import show_chart
from sqrt.words import N_, listed

CARDS = 12
"""Photos that are read at once at most."""
_MOST = 4 * CARDS
"""Of the best, and of the worst."""
_CARD_PX = 165  # two beside each other on a phone
_FRESH_S = 10.0
"""An archive is looked for anew after that: it may still grow."""
_REASONS = 10  # are told one by one
_BEST, _WORST = N_("Best first"), N_("Worst first")
_SHOWN = "archive thumbnails"


class _Wish(NamedTuple):
    """What is asked for: the score that counts, its range, and a filter."""

    by: str
    least: int
    most: int
    text: str

    @property
    def where(self) -> pc.Expression | None:
        """As an expression; raises FilterError."""
        found = expression(self.text, schema()) if self.text.strip() else None
        if (self.least, self.most) == (0, 100):  # also those that have no such score
            return found
        ranged = (pc.field(self.by) >= self.least) & (pc.field(self.by) <= self.most)
        return ranged if found is None else ranged & found


def page(settings: Settings) -> None:
    """Draw the page; what the settings name as the archive is shown to everyone."""
    wish = _ask()
    try:
        if settings.archive_path is None:
            raise ArchiveError(N_("There is no archive here."), "ARCHIVE_PATH is not set")
        with st.spinner(_("Reading the archive")):
            listed_now = _listed(settings.archive_path)
            turns = _turns(settings.engine_pool_size)
            found = _survey(listed_now.key, wish, _kept(listed_now.key, listed_now), turns)
    except FilterError as error:
        _tell(_("This filter cannot be read"), error)
        return
    except ArchiveError as error:
        _tell(_("No archive"), error)
        return
    _show_figures(found)
    _show_distribution(found)
    _show_photos(found, settings)


# --- Reading, once for all visitors --------------------------------------------------------------------------------


@st.cache_resource(ttl=_FRESH_S, max_entries=2, show_spinner=False)
def _listed(target: str) -> Archive:
    return Archive(target)


@st.cache_resource(max_entries=2, show_spinner=False)
def _kept(key: str, _archive: Archive) -> Archive:
    """Return an archive of this key: which of its rows count, it finds out once."""
    return _archive


@st.cache_data(max_entries=32, show_spinner=False)
def _survey(key: str, wish: _Wish, _archive: Archive, _turns: Semaphore) -> Survey:
    where = wish.where
    with _turns:
        return survey(_archive, wish.by, where, _MOST, _MOST)


@st.cache_resource(show_spinner=False)
def _turns(size: int) -> Semaphore:
    """Return what lets an archive and its photos be read for so many visitors at a time."""
    return Semaphore(size)


# --- What is asked, and what is drawn ------------------------------------------------------------------------------


def _ask() -> _Wish:
    keys = [OVERALL, *METRICS]
    with st.container(horizontal=True, vertical_alignment="bottom"):
        by = st.selectbox(_("Score"), keys, format_func=_label, key="archive score", persist_state="session", width=220)
        least, most = st.slider(
            _("Points, from and to"),
            0,
            100,
            (0, 100),
            key="archive points",
            persist_state="session",
            width=280,
        )
        named = [name for name in columns(schema()) if not name.endswith(native(""))]
        text = st.text_input(
            _("Filter"),
            placeholder="faces = 1 and sharpness > 60",
            max_chars=MAX_LENGTH,
            key="archive filter",
            persist_state="session",
            width=340,
            help=_(
                "Names: {names}; of metrics also what was measured, such as {native}. Put comparisons together by and, "
                "or, not and parentheses; ask for what is missing by: is null.",
                names=listed([f"`{name}`" for name in named]),
                native=f"`{native('sharpness')}`",
            ),
        )
    return _Wish(by, least, most, text or "")


def _label(key: str) -> str:
    return _("Overall") if key == OVERALL else _(METRICS[key].label)


def _count(number: int) -> str:
    """Write a whole number so that it is read alike in every language (ISO 80000-1)."""
    return f"{number:,}".replace(",", "\N{NARROW NO-BREAK SPACE}")


def _tell(what: str, error: SqrtError) -> None:
    with st.container(border=True, horizontal=True, vertical_alignment="center"):
        st.badge(what, icon=":material/error:", color="red")
        st.text(_(error.user_message))  # never Markdown: it quotes what was typed


def _show_figures(found: Survey) -> None:
    mean = found.means.get(found.by)
    figures = {
        _("Photos"): _count(found.count),
        _("Rated"): _count(found.count - found.refused),
        _("Refused"): _count(found.refused),
        _("On average"): _("{score:.1f} / 100", score=mean.score) if mean else _("not known"),
    }
    with st.container(horizontal=True):
        for label, value in figures.items():
            st.metric(label, value, border=True)
    if found.count != found.total:
        st.caption(_("Of {total} photos in the archive.", total=_count(found.total)))
    if found.refused:
        with st.expander(_("Why photos were refused")):
            for reason, count in found.reasons[:_REASONS]:
                st.text(f"{_count(count)}: {_(reason)}")
            if more := len(found.reasons[_REASONS:]):
                st.caption(_("And {count} more.", count=more))


def _show_distribution(found: Survey) -> None:
    title = _label(found.by)
    st.markdown(f"## {title}")
    if not any(found.distribution):
        st.info(_("No photo that is asked for has this score."), icon=":material/filter_alt:")
        return
    step = 100 // BINS
    bars = [
        {"from": place * step, "to": (place + 1) * step, "count": count}
        for place, count in enumerate(found.distribution)
    ]
    most = max(bars, key=lambda bar: bar["count"])
    spec = {
        "data": {"values": bars},
        "layer": [{"mark": {"type": "bar", "tooltip": True}}],
        "encoding": {
            "x": {"field": "from", "type": "quantitative", "bin": {"binned": True, "step": step}, "title": None},
            "x2": {"field": "to"},
            "y": {"field": "count", "type": "quantitative", "title": _("Photos"), "axis": {"tickMinStep": 1}},
        },
        "height": 220,
    }
    alt = _(
        "{title} of {count} photos; most, {most}, have {low} to {high} points",
        title=title,
        count=_count(sum(found.distribution)),
        most=_count(most["count"]),
        low=most["from"],
        high=most["to"],
    )
    show_chart(spec, alt)


def _show_photos(found: Survey, settings: Settings) -> None:
    shown = st.segmented_control(
        _("Show"),
        [_BEST, _WORST],
        default=_BEST,
        required=True,
        format_func=_,
        key="archive order",
        label_visibility="collapsed",
        persist_state="session",
    )
    photos = found.best if shown == _BEST else found.worst
    if not photos:
        return
    pages = ceil(len(photos) / CARDS)
    number = st.pagination(pages, key=f"archive {shown} {found.by} {pages}") if pages > 1 else 1
    # Held for the next run of the page, by its visitor's session alone, and no more of them than are seen.
    before: dict[str, bytes] = st.session_state.get(_SHOWN, {})
    st.session_state[_SHOWN] = now = {}
    with st.container(horizontal=True, key="archived"):
        for one in photos[(number - 1) * CARDS : number * CARDS]:
            with st.container(border=True, width=_CARD_PX, gap="xsmall"):
                try:
                    jpeg = before.get(one.address) or _read(one, settings)
                except PhotoError as error:
                    st.caption(_(error.user_message))
                else:
                    now[one.address] = jpeg
                    st.image(jpeg, width="stretch", alt=_("Rated {score:.0f}", score=one.score))
                word = _(band(one.score)) if found.by == OVERALL else _("overall {score:.0f}", score=one.overall)
                st.markdown(f"**{one.score:.0f}** · {word}")
                st.text(one.address.replace("\\", "/").rpartition("/")[2])  # never Markdown: a name may be anything


def _read(one: Found, settings: Settings) -> bytes:
    with _turns(settings.engine_pool_size):
        return thumbnail(one.address, settings)

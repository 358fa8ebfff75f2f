"""What several pages draw: a score, advice, a shot to keep, a chart."""

from collections.abc import Callable, Sequence
from datetime import datetime
from functools import partial
from typing import Any, Literal

import streamlit as st

from sqrt.metrics import METRICS
from sqrt.rating import Advice, Rater, band
from sqrt.showing.reports import Format, Report, download_name, write
from sqrt.ui.language import _, language
from sqrt.words import ENGLISH, N_

# Colours of Streamlit's theme, which adapt to light and dark; the word and the number say the same.
_COLOURS: dict[str, Literal["green", "orange", "red"]] = {
    "Excellent": "green",
    "Good": "green",
    "Fair": "orange",
    "Weak": "red",
    "Poor": "red",
}
_ICONS = {
    "Excellent": ":material/verified:",
    "Good": ":material/thumb_up:",
    "Fair": ":material/trending_up:",
    "Weak": ":material/warning:",
    "Poor": ":material/block:",
}
_BEST = 3
_DECIMAL_COMMA = {"decimal": ",", "thousands": "\N{NO-BREAK SPACE}", "grouping": [3], "currency": ["", ""]}
"""As d3-format takes it."""


def show_overall(score: float, trend: Sequence[float] = ()) -> None:
    """Draw a score of 0 to 100 as one large number with its word, and, given a trend, with its latest course."""
    word = band(score)
    course = list(trend) if len(trend) > 1 else None
    st.metric(_("Photo quality"), f"{score:.0f} / 100", border=True, chart_data=course, chart_type="line")
    st.badge(_(word), icon=_ICONS[word], color=_COLOURS[word])


def show_advice(advice: Sequence[Advice], heading: str = N_("Change first")) -> None:
    """Draw the changes that would bring most, with their gains, under a heading that is said here."""
    st.markdown(f"## {_(heading)}", help=_("Behind each: the points that the overall score would gain."))
    if not advice:
        st.success(_("No clear flaw: keep this one."), icon=":material/check_circle:")
    for item in advice[:_BEST]:
        with st.container(border=True):
            gain = f" :green-badge[+{item.gain:.0f}]" if item.gain >= 1 else ""
            st.markdown(f"**{_(METRICS[item.metric].label)}**{gain}  \n{_(item.text)}")


def show_shot(title: str, jpeg: bytes, overall: float, key: str) -> bool:
    """Draw a shot with its score and a download; return whether it is to be rated in full."""
    with st.container(border=True):
        st.markdown(f"**{title}** · {overall:.0f} / 100 · {_(band(overall))}")
        st.image(jpeg, width="stretch", alt=title)
        with st.container(horizontal=True):
            st.download_button(
                _("Download"),
                jpeg,
                download_name("jpg", datetime.now()),
                "image/jpeg",
                key=f"download {key}",
                icon=":material/download:",
                on_click="ignore",
            )
            return st.button(_("Rate it in full"), key=f"full {key}", icon=":material/analytics:")


def offer_reports(make: Callable[[], Sequence[Report]]) -> None:
    """Offer what `make` returns as a file of each format; it is called when one is asked for."""
    now = datetime.now()
    with st.popover(_("Save a report"), icon=":material/download:"):
        for form in Format:
            st.download_button(
                _(form.label),
                partial(_written, make, form, now, language()),
                download_name(form, now),
                form.mime,
                key=f"report {form}",
                on_click="ignore",
                width="stretch",
            )


def _written(make: Callable[[], Sequence[Report]], form: Format, at: datetime, language: str) -> str:
    return write(make(), form, at, language)


def beside_others(rater: Rater | None) -> str:
    """Return what a job's progress is to add where its photos wait for those of others."""
    # A job has no more photos at work than there are engines: who stands in line, stands there because of others.
    return _("; others are being served too") if rater and rater.waiting else ""


def lasting(key: str) -> str:
    """Return the key of tabs or of an expander, with the choice that was made before another page was looked at.

    Other widgets have `persist_state` for it.
    """
    choices = st.session_state.setdefault("choices", {})
    if key in st.session_state:
        choices[key] = st.session_state[key]
    elif key in choices:
        st.session_state[key] = choices[key]
    return key


def show_chart(spec: dict[str, Any], alt: str) -> None:
    """Draw a Vega-Lite chart, with what it shows as `alt`: its marks would be read out one by one, or without names."""
    layers = [{**layer, "mark": {**layer["mark"], "aria": False}} for layer in spec["layer"]]
    signs = {} if language() == ENGLISH else {"config": {"locale": {"number": _DECIMAL_COMMA}}}
    st.vega_lite_chart({**spec, **signs, "layer": layers}, alt=alt)

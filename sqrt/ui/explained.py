"""What stands behind a rating: each metric in plain words, what it looked at and, one tap deeper, its measure."""

from typing import Any

import streamlit as st

from sqrt.metrics import GROUPS, METRICS, Metric
from sqrt.rating import Rating, group_scores
from sqrt.reading import Photo
from sqrt.showing.explain import good_range, picture, scale
from sqrt.ui.language import _, language
from sqrt.ui.widgets import lasting, show_chart
from sqrt.words import ENGLISH

_GOOD, _SCORE, _HERE = "#2e9e5b", "#3875d4", "#d06a00"  # readable on both themes' backgrounds


@st.fragment
def show_metrics(photo: Photo, rating: Rating) -> None:
    """Draw a bar for each metric that was assessed, by group, each to be opened, and say which were not."""
    st.header(_("All that was looked at"), anchor=False)
    st.caption(_("100 is the best there is, and rare. Tap on one to see what it means."))
    groups = group_scores(rating.scores, rating.purpose.metrics)
    for column, (group, heading) in zip(st.columns(len(GROUPS)), GROUPS.items(), strict=True):
        with column:
            heading = _(heading)
            st.subheader(f"{heading} · {groups[group]:.0f}" if group in groups else heading, anchor=False)
            for key in rating.scores:
                if METRICS[key].group == group:
                    with st.container(gap=None):
                        _show_metric(key, photo, rating)
    if rating.absent:
        left_out = _("What could not be told ({count})", count=len(rating.absent))
        with st.expander(left_out, icon=":material/help:"):
            for key, reason in rating.absent.items():
                st.markdown(f"**{_(METRICS[key].label)}**: {_(reason)}")


def _show_metric(key: str, photo: Photo, rating: Rating) -> None:
    metric, score = rating.purpose.metrics[key], rating.scores[key]
    opened = st.expander(
        f"**{_(metric.label)}** {score:.0f}", type="compact", key=lasting(f"explain {key}"), on_change="rerun"
    )
    with opened if opened.open else st.container():
        st.progress(min(max(score / 100, 0.0), 1.0))
    if not opened.open:  # what nobody looks at is not drawn
        return
    with opened:
        st.markdown(_(metric.help))
        if seen := picture(key, photo, rating):
            what = _(seen.alt)
            st.image(seen.pixels, caption=what, width="stretch", alt=what)
        with st.popover(_("The measure behind it"), icon=":material/straighten:"):
            _show_scale(metric, rating.natives[key])


def _show_scale(metric: Metric, native: float) -> None:
    shown = scale(metric)
    measured, good = metric.text(native, language()), good_range(metric, language())
    st.markdown(_("Measured here: **{measured}**. Good is {good}.", measured=measured, good=good))
    at = shown.low + shown.place(native) * (shown.high - shown.low)
    ends = {"domain": [shown.low, shown.high], "nice": False}
    x = {"type": "quantitative", "scale": ends, "title": _(metric.unit) or None}
    y = {"type": "quantitative", "scale": {"domain": [0, 100]}, "title": _("Score"), "axis": {"values": [0, 50, 100]}}
    curve = [{"value": n, "score": s} for n, s in zip(shown.natives.tolist(), shown.scores.tolist(), strict=True)]
    layers: list[dict[str, Any]] = [
        {
            "data": {"values": [{"from": low, "to": high} for low, high in shown.good]},
            "mark": {"type": "rect", "color": _GOOD, "opacity": 0.25},
            "encoding": {"x": {**x, "field": "from"}, "x2": {"field": "to"}},
        },
        {
            "data": {"values": curve},
            "mark": {"type": "line", "color": _SCORE},
            "encoding": {"x": {**x, "field": "value"}, "y": {**y, "field": "score"}},
        },
        {
            "data": {"values": [{"value": at, "score": metric.quality(native)}]},
            "mark": {"type": "point", "shape": "diamond", "filled": True, "size": 180, "opacity": 1, "color": _HERE},
            "encoding": {"x": {**x, "field": "value"}, "y": {**y, "field": "score"}},
        },
    ]
    label = metric.label.lower() if language() == ENGLISH else _(metric.label)
    alt = _("Score by {metric}: this photo at {measured}, good {good}", metric=label, measured=measured, good=good)
    show_chart({"height": 150, "layer": layers}, alt)

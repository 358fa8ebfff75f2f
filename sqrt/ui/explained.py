"""What stands behind a rating: the groups, and each metric with its measure, its scale and what it looked at."""

from typing import Any

import streamlit as st

from sqrt.metrics import GROUPS, METRICS, Metric
from sqrt.rating import Rating, group_scores
from sqrt.reading import Photo
from sqrt.showing.explain import good_range, picture, scale
from sqrt.ui.widgets import lasting, show_chart

_GOOD, _SCORE, _HERE = "#2e9e5b", "#3875d4", "#d06a00"  # readable on both themes' backgrounds


def show_groups(rating: Rating) -> None:
    """Draw the score of each group of metrics, and those of its metrics as small marks on the same line."""
    scores = group_scores(rating.scores, rating.purpose.metrics)
    names = {group: f"{GROUPS[group]} {score:.0f}" for group, score in scores.items()}
    groups = [{"Group": names[group], "Score": round(score)} for group, score in scores.items()]
    metrics = [
        {"Group": names[METRICS[key].group], "Score": round(score), "Metric": METRICS[key].label}
        for key, score in rating.scores.items()
    ]
    by_group = {"field": "Group", "type": "nominal", "sort": None, "title": None, "axis": {"labelLimit": 200}}
    axis = {"values": [0, 20, 40, 60, 80, 100]}
    by_score = {"field": "Score", "type": "quantitative", "scale": {"domain": [0, 103]}, "axis": axis, "title": "Score"}
    layers: list[dict[str, Any]] = [
        {"data": {"values": groups}, "mark": {"type": "rule", "size": 3, "color": _SCORE}},
        {
            "data": {"values": metrics},
            "mark": {"type": "tick", "thickness": 2, "opacity": 0.7, "color": _SCORE},
            "encoding": {"tooltip": [{"field": "Metric"}, {"field": "Score"}]},
        },
        {
            "data": {"values": groups},
            "mark": {"type": "circle", "size": 260, "opacity": 1, "color": _SCORE},
            "encoding": {"tooltip": [{"field": "Group"}, {"field": "Score"}]},
        },
    ]
    chart = {"encoding": {"x": by_score, "y": by_group}, "height": 160, "layer": layers}
    show_chart(chart, f"Scores: {', '.join(names.values())}")


@st.fragment
def show_metrics(photo: Photo, rating: Rating) -> None:
    """Draw a bar for each metric that was assessed, by group, each to be opened, and say which were not."""
    for column, (group, heading) in zip(st.columns(len(GROUPS)), GROUPS.items(), strict=True):
        with column:
            st.markdown(f"## {heading}")
            for key in rating.scores:
                if METRICS[key].group == group:
                    with st.container(gap=None):
                        _show_metric(key, photo, rating)
    if rating.absent:
        with st.expander(f"Could not be assessed ({len(rating.absent)})", icon=":material/help:"):
            for key, reason in rating.absent.items():
                st.markdown(f"**{METRICS[key].label}**: {reason}")


def _show_metric(key: str, photo: Photo, rating: Rating) -> None:
    metric, native, score = rating.purpose.metrics[key], rating.natives[key], rating.scores[key]
    label = f"**{metric.label}** {score:.0f} · :small[{metric.text(native)}]"
    opened = st.expander(label, type="compact", key=lasting(f"explain {key}"), on_change="rerun")
    with opened if opened.open else st.container():
        st.progress(min(max(score / 100, 0.0), 1.0))
    if not opened.open:  # what nobody looks at is not drawn
        return
    with opened:
        st.markdown(f"{metric.help} Here: **{metric.text(native)}**; good is {good_range(metric)}.")
        _show_scale(metric, native)
        if seen := picture(key, photo, rating):
            st.image(seen.pixels, caption=seen.alt, width="stretch", alt=seen.alt)


def _show_scale(metric: Metric, native: float) -> None:
    shown = scale(metric)
    at = shown.low + shown.place(native) * (shown.high - shown.low)
    ends = {"domain": [shown.low, shown.high], "nice": False}
    x = {"type": "quantitative", "scale": ends, "title": metric.unit or None}
    y = {"type": "quantitative", "scale": {"domain": [0, 100]}, "title": "Score", "axis": {"values": [0, 50, 100]}}
    curve = [{"native": n, "score": s} for n, s in zip(shown.natives.tolist(), shown.scores.tolist(), strict=True)]
    layers: list[dict[str, Any]] = [
        {
            "data": {"values": [{"from": low, "to": high} for low, high in shown.good]},
            "mark": {"type": "rect", "color": _GOOD, "opacity": 0.25},
            "encoding": {"x": {**x, "field": "from"}, "x2": {"field": "to"}},
        },
        {
            "data": {"values": curve},
            "mark": {"type": "line", "color": _SCORE},
            "encoding": {"x": {**x, "field": "native"}, "y": {**y, "field": "score"}},
        },
        {
            "data": {"values": [{"native": at, "score": metric.quality(native)}]},
            "mark": {"type": "point", "shape": "diamond", "filled": True, "size": 180, "opacity": 1, "color": _HERE},
            "encoding": {"x": {**x, "field": "native"}, "y": {**y, "field": "score"}},
        },
    ]
    alt = f"Score by {metric.label.lower()}: this photo at {metric.text(native)}, good {good_range(metric)}"
    show_chart({"height": 150, "layer": layers}, alt)

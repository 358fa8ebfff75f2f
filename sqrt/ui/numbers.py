"""Compared photos in numbers: a table of all, and what sets two of them apart."""

import streamlit as st

from sqrt.metrics import METRICS
from sqrt.rating import band
from sqrt.ui.decisions import Decision
from sqrt.ui.gallery import Gallery
from sqrt.ui.widgets import show_chart

_PAIR_COLOURS = ["#3875d4", "#d06a00"]  # readable on both themes' backgrounds; the marks differ in shape too

_PAIR_PX = 280


def show_table(gallery: Gallery, wanted: Decision | None) -> None:
    """Draw the scores of all shots that have the `wanted` decision; None wants all."""
    places = gallery.decisions.among(gallery.ranking.order, wanted)
    shots = [gallery.shots[place] for place in places]
    group_of = {place: number for number, group in enumerate(gallery.ranking.groups, 1) for place in group}
    rows: dict[str, list[object]] = {
        "Photo": [shot.name for shot in shots],
        "Group": [group_of[place] for place in places],
        "Mark": [gallery.decisions[place].label for place in places],
        "Overall": [shot.rating.overall for shot in shots],
    }
    for key, metric in METRICS.items():
        if any(key in shot.rating.scores for shot in shots):
            rows[metric.label] = [shot.rating.scores.get(key) for shot in shots]
    bars = {
        label: st.column_config.ProgressColumn(label, min_value=0, max_value=100, format="%.0f", width="small")
        for label in [*rows][3:]
    }
    st.dataframe(rows, column_config=bars, hide_index=True, alt="Photos with their scores, 0 to 100, by metric")
    st.caption("Click a heading to sort by it.")


def show_pair(gallery: Gallery) -> None:
    """Let two shots be chosen, and draw their scores by metric, the largest difference first."""
    if len(gallery.shots) < 2:
        st.info("Drop a second photo to see what differs.", icon=":material/compare:")
        return
    order = gallery.ranking.order
    names = {place: f"{number}. {gallery.shots[place].name}" for number, place in enumerate(order, 1)}
    sides = st.columns(2)
    chosen = []
    for side, title, default in zip(sides, ("First", "Second"), order[:2], strict=True):
        with side:
            place = st.selectbox(
                title,
                order,
                index=order.index(default),
                format_func=names.__getitem__,
                key=f"{title} of two",
                persist_state="session",
            )
            shot = gallery.shots[place]
            chosen.append(shot.rating.scores)
            st.image(shot.preview, width=_PAIR_PX, alt=f"{title} photo")
            st.markdown(f"**{shot.rating.overall:.0f}** · {band(shot.rating.overall)}")
    one, other = chosen
    both = sorted(one.keys() & other.keys(), key=lambda key: -abs(one[key] - other[key]))
    rows = [
        {"Metric": METRICS[key].label, "Photo": title, "Score": round(scores[key])}
        for key in both
        for title, scores in (("First", one), ("Second", other))
    ]
    axis = {"values": [0, 20, 40, 60, 80, 100]}
    score = {"field": "Score", "type": "quantitative", "scale": {"domain": [0, 102]}, "axis": axis, "title": "Score"}
    chart = {
        "data": {"values": rows},
        "encoding": {"y": {"field": "Metric", "type": "nominal", "sort": None, "title": None}},
        "layer": [
            {
                "mark": {"type": "rule", "opacity": 0.5},
                "encoding": {"x": {**score, "aggregate": "min"}, "x2": {"field": "Score", "aggregate": "max"}},
            },
            {
                "mark": {"type": "point", "filled": True, "size": 90, "opacity": 1, "tooltip": True},
                "encoding": {
                    "x": score,
                    "shape": {"field": "Photo", "type": "nominal"},
                    "color": {
                        "field": "Photo",
                        "type": "nominal",
                        "scale": {"range": _PAIR_COLOURS},
                        "legend": {"orient": "top", "title": None},
                    },
                },
            },
        ],
    }
    largest = ", ".join(f"{METRICS[key].label} {one[key]:.0f} and {other[key]:.0f}" for key in both[:3])
    show_chart(chart, f"Scores of both photos by metric, the largest difference first: {largest}")

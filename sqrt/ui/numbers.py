"""Compared photos in numbers: a table of all, and what sets two of them apart."""

import streamlit as st

from sqrt.metrics import METRICS
from sqrt.rating import band
from sqrt.ui.decisions import Decision
from sqrt.ui.gallery import Gallery
from sqrt.ui.language import _
from sqrt.ui.widgets import show_chart
from sqrt.words import N_, Text, listed

_PAIR_COLOURS = ["#3875d4", "#d06a00"]  # readable on both themes' backgrounds; the marks differ in shape too

_PAIR_PX = 280
_OF_TWO = ((N_("First"), N_("First photo")), (N_("Second"), N_("Second photo")))


def show_table(gallery: Gallery, wanted: Decision | None) -> None:
    """Draw the scores of all shots that have the `wanted` decision; None wants all."""
    places = gallery.decisions.among(gallery.ranking.order, wanted)
    shots = [gallery.shots[place] for place in places]
    group_of = {place: number for number, group in enumerate(gallery.ranking.groups, 1) for place in group}
    rows: dict[str, list[object]] = {
        N_("Photo"): [shot.name for shot in shots],
        N_("Group"): [group_of[place] for place in places],
        N_("Mark"): [_(gallery.decisions[place].label) for place in places],
        N_("Overall"): [shot.rating.overall for shot in shots],
    }
    for key, metric in METRICS.items():
        if any(key in shot.rating.scores for shot in shots):
            rows[metric.label] = [shot.rating.scores.get(key) for shot in shots]
    texts, bars = [*rows][:3], [*rows][3:]
    columns = {label: st.column_config.Column(_(label)) for label in texts} | {
        label: st.column_config.ProgressColumn(_(label), min_value=0, max_value=100, format="%.0f", width="small")
        for label in bars
    }
    st.dataframe(rows, column_config=columns, hide_index=True, alt=_("Photos with their scores, 0 to 100, by metric"))
    st.caption(_("Click a heading to sort by it."))


def show_pair(gallery: Gallery) -> None:
    """Let two shots be chosen, and draw their scores by metric, the largest difference first."""
    if len(gallery.shots) < 2:
        st.info(_("Drop a second photo to see what differs."), icon=":material/compare:")
        return
    order = gallery.ranking.order
    names = {place: f"{number}. {gallery.shots[place].name}" for number, place in enumerate(order, 1)}
    sides = st.columns(2)
    chosen = []
    for side, (title, alt), default in zip(sides, _OF_TWO, order[:2], strict=True):
        with side:
            place = st.selectbox(
                _(title),
                order,
                index=order.index(default),
                format_func=names.__getitem__,
                key=f"{title} of two",
                persist_state="session",
            )
            shot = gallery.shots[place]
            chosen.append(shot.rating.scores)
            st.image(shot.preview, width=_PAIR_PX, alt=_(alt))
            st.markdown(f"**{shot.rating.overall:.0f}** · {_(band(shot.rating.overall))}")
    one, other = chosen
    both = sorted(one.keys() & other.keys(), key=lambda key: -abs(one[key] - other[key]))
    rows = [
        {"Metric": _(METRICS[key].label), "Photo": _(title), "Score": round(scores[key])}
        for key in both
        for (title, _alt), scores in zip(_OF_TWO, chosen, strict=True)
    ]
    axis = {"values": [0, 20, 40, 60, 80, 100]}
    score = {"field": "Score", "type": "quantitative", "scale": {"domain": [0, 102]}, "axis": axis, "title": _("Score")}
    chart = {
        "data": {"values": rows},
        "encoding": {
            "y": {"field": "Metric", "type": "nominal", "sort": None, "title": _("Metric"), "axis": {"title": None}}
        },
        "layer": [
            {
                "mark": {"type": "rule", "opacity": 0.5},
                "encoding": {"x": {**score, "aggregate": "min"}, "x2": {"field": "Score", "aggregate": "max"}},
            },
            {
                "mark": {"type": "point", "filled": True, "size": 90, "opacity": 1, "tooltip": True},
                "encoding": {
                    "x": score,
                    "shape": {"field": "Photo", "type": "nominal", "sort": None, "title": _("Photo")},
                    "color": {
                        "field": "Photo",
                        "type": "nominal",
                        "sort": None,
                        "title": _("Photo"),
                        "scale": {"range": _PAIR_COLOURS},
                        "legend": {"orient": "top", "title": None},
                    },
                },
            },
        ],
    }
    largest = listed(
        [
            Text("{metric} {one:.0f} and {other:.0f}", metric=Text(METRICS[key].label), one=one[key], other=other[key])
            for key in both[:3]
        ]
    )
    show_chart(chart, _("Scores of both photos by metric, the largest difference first: {largest}", largest=largest))

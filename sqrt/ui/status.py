"""How the server does, at a glance: of this process and its latest analyses."""

from collections.abc import Sequence
from datetime import datetime

import numpy as np
import streamlit as st

from sqrt import __version__
from sqrt.monitoring import COUNTS, RECENT, busy_cores, resident_bytes
from sqrt.settings import Settings
from sqrt.ui.engines import rater_or_sentence
from sqrt.ui.language import _
from sqrt.ui.widgets import show_chart
from sqrt.words import N_


def page(settings: Settings) -> None:
    """Draw the page."""
    recent = RECENT.copy()
    completed = [analysis for analysis in recent if analysis.outcome == "completed"]
    failed = sum(analysis.outcome == "failed" for analysis in recent)
    engine = rater_or_sentence(settings)
    p50_s, p95_s = np.percentile([analysis.spent_s for analysis in completed], (50, 95)) if completed else (None, None)
    resident = resident_bytes()
    figures = {
        _("Response time, median"): _text(p50_s, N_("{value:.2f} s")),
        _("Response time, 95th percentile"): _text(p95_s, N_("{value:.2f} s")),
        _("Errors"): _text(failed / len(recent) if recent else None, "{value:.1%}"),
        _("Memory"): _text(resident and resident / 2**20, N_("{value:.0f} MB")),
        _("CPU since the start"): _text(busy_cores(), N_("{value:.0%} of a core")),
        _("Live streams"): _text(COUNTS.live_streams(), "{value:.0f}"),
        _("Face engine"): engine.engine if engine else _("none"),
        _("Version"): __version__,
    }
    with st.container(horizontal=True):
        for label, value in figures.items():
            st.metric(label, value, border=True)
    st.caption(
        _(
            "Of this server process, and of its latest analyses ({count}, at most {most}).",
            count=len(recent),
            most=RECENT.maxlen,
        )
    )
    _show_course(_("Response time"), _("s"), [(one.at, one.spent_s) for one in completed])
    memory = [(one.at, one.resident_bytes / 2**20) for one in recent if one.resident_bytes is not None]
    _show_course(_("Memory"), _("MB"), memory)


def _show_course(title: str, unit: str, course: Sequence[tuple[datetime, float]]) -> None:
    if not course:
        return
    st.markdown(f"## {title} ({unit})")
    at = {"field": "at", "type": "temporal", "title": None, "axis": {"format": "%H:%M:%S"}}
    value = {"field": "value", "type": "quantitative", "title": unit}
    spec = {
        "data": {"values": [{"at": when.isoformat(), "value": what} for when, what in course]},
        "layer": [{"mark": {"type": "line", "tooltip": True}}],
        "encoding": {"x": at, "y": value},
        "height": 220,
    }
    low, high = min(what for _, what in course), max(what for _, what in course)
    alt = _(
        "{title} of the latest analyses: from {low:.3g} to {high:.3g} {unit}",
        title=title,
        low=low,
        high=high,
        unit=unit,
    )
    show_chart(spec, alt)


def _text(value: float | None, template: str) -> str:
    return _("not known") if value is None else _(template, value=value)

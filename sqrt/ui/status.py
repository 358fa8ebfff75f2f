"""How the server does, at a glance: of this process and its latest analyses."""

import time
from collections.abc import Sequence
from datetime import datetime

import numpy as np
import streamlit as st

from sqrt import __version__
from sqrt.monitoring import RECENT, process_value
from sqrt.settings import Settings
from sqrt.ui.engines import rater_or_sentence
from sqrt.ui.widgets import show_chart


def page(settings: Settings) -> None:
    """Draw the page."""
    recent = RECENT.copy()
    completed = [analysis for analysis in recent if analysis.outcome == "completed"]
    failed = sum(analysis.outcome == "failed" for analysis in recent)
    engine = rater_or_sentence(settings)
    p50_s, p95_s = np.percentile([analysis.spent_s for analysis in completed], (50, 95)) if completed else (None, None)
    resident, cpu_s = process_value("process_resident_memory_bytes"), process_value("process_cpu_seconds_total")
    started = process_value("process_start_time_seconds")
    figures = {
        "Response time, median": _text(p50_s, "{:.2f} s"),
        "Response time, 95th percentile": _text(p95_s, "{:.2f} s"),
        "Errors": _text(failed / len(recent) if recent else None, "{:.1%}"),
        "Memory": _text(resident and resident / 2**20, "{:.0f} MB"),
        "CPU since the start": _text(cpu_s and started and cpu_s / max(time.time() - started, 1.0), "{:.0%} of a core"),
        "Live streams": _text(process_value("sqrt_live_streams"), "{:.0f}"),
        "Face engine": engine.engine if engine else "none",
        "Version": __version__,
    }
    with st.container(horizontal=True):
        for label, value in figures.items():
            st.metric(label, value, border=True)
    st.caption(f"Of this server process, and of its latest analyses ({len(recent)}, at most {RECENT.maxlen}).")
    _show_course("Response time", "s", [(one.at, one.spent_s) for one in completed])
    memory = [(one.at, one.resident_bytes / 2**20) for one in recent if one.resident_bytes is not None]
    _show_course("Memory", "MB", memory)


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
    show_chart(spec, f"{title} of the latest analyses: from {low:.3g} to {high:.3g} {unit}")


def _text(value: float | None, form: str) -> str:
    return "not known" if value is None else form.format(value)

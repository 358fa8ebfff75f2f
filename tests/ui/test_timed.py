"""Parts of a page that are drawn anew by the clock go on being so, on a busy server too."""

from tests.server import SERVE_SCRIPT, Server
from tests.visitor import Visitor

PAGE = """
import streamlit as st
from sqrt.ui.timed import timed

state = st.session_state
state.drawn = getattr(state, "drawn", 0)

def count():
    state.drawn += 1
    st.metric("Drawn", state.drawn)

def stand():
    st.write("Stands")

timed(30.0)(count)()
timed(60.0)(stand)()
"""


def test_each_drawing_asks_for_the_next(model_path, tmp_path):
    """Else a timer that was asked for by a run of the page whose end Streamlit dropped is never asked for again."""
    script = tmp_path / "page.py"
    script.write_text(PAGE)
    with Server(model_path, "-c", SERVE_SCRIPT, str(script)) as server, Visitor(server.host) as visitor:
        assert sorted(visitor.timers.values()) == [30.0, 60.0]
        part = min(visitor.timers, key=visitor.timers.get)
        for drawn in ("2", "3"):
            visitor.timers.clear()
            visitor.tick(part)
            assert (visitor.score, visitor.timers) == (drawn, {part: 30.0})

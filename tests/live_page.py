"""A page with a live camera and nothing else, for tests of its addresses; and what a browser would do there."""

import io
import json
from typing import Any

from tests.server import Server
from tests.visitor import Visitor

PAGE = """
from functools import partial
import threading
import streamlit as st
from sqrt.live import LiveKnobs, LivePool, LiveRater
from sqrt.live.streams import listed
from sqrt.settings import load_settings
from sqrt.ui.connection import ice_servers
from sqrt.ui.engines import rater
from sqrt.ui.uploads import count_as_kept, kept_bytes, this_session

settings = load_settings()
ice_servers(settings)  # as the real page does

@st.cache_resource
def pool():
    return LivePool(settings.live_pool_size, settings.max_live_streams)

if "stream" not in st.session_state:
    keep = partial(count_as_kept, session_id=this_session())
    knobs = LiveKnobs(rater(settings), settings.realtime_interval)
    stream = LiveRater(pool(), knobs, session_id=this_session(), keep=keep)
    st.session_state["stream"], st.session_state["address"] = stream, listed(stream)
st.html(f'<a href="/{st.session_state["address"]}">live</a>')
st.markdown(f"{pool().streams} live, {kept_bytes().total()} bytes, {threading.active_count()} threads")
"""


class Camera:
    """A visitor's camera: speaks to the addresses of the visitor's page."""

    def __init__(self, server: Server, visitor: Visitor) -> None:
        self._server, self._visitor = server, visitor
        (self.address,) = visitor.links

    def post(self, end: str = "", body: bytes = b"", **headers: str) -> tuple[int, dict[str, Any]]:
        """Return the status and the content of an answer, which no cache may keep."""
        status, told, answer = self._server.ask("POST", self.address + end, body, **{**self._visitor.token, **headers})
        assert told["cache-control"] == "no-store"
        return status, json.loads(answer)

    def counts(self) -> list[int]:
        """Return how many streams are live, bytes are kept, and threads there are, by the page."""
        self._visitor.rerun()
        return [int(word) for word in self._visitor.texts[-1].split() if word.isdecimal()]


def saved(image: Any, kind: str = "JPEG", **options: Any) -> bytes:
    """Return a picture's file."""
    file = io.BytesIO()
    image.save(file, kind, **options)
    return file.getvalue()

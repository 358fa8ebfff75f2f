"""A page's connection, and how long its session waits for it: as Streamlit's settings say, with either start."""

from pathlib import Path

import pytest
from streamlit import config
from streamlit.web.server.starlette import starlette_server
from websockets.sync.client import connect

from sqrt.serving.server import AWAY_S, websockets
from tests.server import SCRIPTS, Server
from tests.visitor import Visitor

PAGE = """
import streamlit as st
from streamlit.runtime import Runtime

st.markdown(str(Runtime.instance()._session_mgr._session_storage._cache.ttl))
"""
OPTIONS = {
    "server.websocketPingInterval": 7,
    "server.maxMessageSize": 12,
    "server.enableWebsocketCompression": True,
}


def served(model_path: Path, start: str, folder: Path, option: str = "") -> Server:
    (folder / ".streamlit").mkdir(exist_ok=True)
    (folder / ".streamlit" / "config.toml").write_text(f"[server]\n{option}\n")
    page = folder / "page.py"
    page.write_text(PAGE)
    return SCRIPTS[start](model_path, str(page), HOME=folder)


@pytest.mark.parametrize("options", [{}, OPTIONS], ids=["default", "set"])
def test_websockets_are_as_streamlit_run_has_them(options, monkeypatch):
    monkeypatch.setattr("streamlit.runtime.runtime_util._max_message_size_bytes", None)  # it is asked once a process
    before = {name: config.get_option(name) for name in options}
    for name, value in options.items():
        config.set_option(name, value)
    try:
        theirs = starlette_server._get_uvicorn_config_kwargs()
        assert websockets() == {name: value for name, value in theirs.items() if name.startswith("ws")}
    finally:
        for name, value in before.items():
            config.set_option(name, value)


@pytest.mark.parametrize("start", SCRIPTS)
def test_messages_are_packed_where_an_operator_asks_for_it(start, model_path, tmp_path):
    packed = []
    for option in ("", "enableWebsocketCompression = true"):
        with served(model_path, start, tmp_path, option) as server:
            address = f"ws://{server.host}/_stcore/stream"
            with connect(address, subprotocols=["streamlit"], compression="deflate", proxy=None) as page:
                packed.append("permessage-deflate" in page.response.headers.get("Sec-WebSocket-Extensions", ""))
    assert packed == [False, True]


@pytest.mark.parametrize("start", SCRIPTS)
def test_a_session_waits_for_its_browser_unless_an_operator_says_how_long(start, model_path, tmp_path):
    with served(model_path, start, tmp_path) as server, Visitor(server.host) as visitor:
        assert visitor.texts == [str(AWAY_S)]
    option = "disconnectedSessionTTL = 17"
    with served(model_path, start, tmp_path, option) as server, Visitor(server.host) as visitor:
        assert visitor.texts == ["17"]

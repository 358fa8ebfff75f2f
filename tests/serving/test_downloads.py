"""What a page offers to be downloaded, as its visitor and as others meet it: a real process, real sockets."""

import http.client
import io
import signal
import threading
import zipfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest

from tests.server import SCRIPTS, Server
from tests.visitor import Visitor

# Its third run offers nothing.
PAGE = """
import streamlit as st
from sqrt.ui.offers import of_this_run, offer

runs = st.session_state["runs"] = st.session_state.get("runs", 0) + 1

def made():
    PIECES

with of_this_run():
    if runs != 3:
        st.html(f'<a href="{offer(made, "kept.zip")}" download>Download</a>')
"""
FEW = "yield from (bytes([runs]) * 50_000 for _ in range(40))"
ENDLESS = "while True: yield bytes(65536)"
KEEPERS = """
from sqrt.choosing.keepers import Keeper, zipped
    from sqrt.rating import Rating
    rating = Rating(80, {}, {}, {}, [], [], (400, 300), "landmarks")
    yield from zipped(Keeper(f"{n}.jpg", bytes([n]) * 2**20, rating) for n in range(3))
"""
# `go` is there for the page; it is set by the signal.
STUCK = (
    "import builtins, signal, threading; builtins.go = threading.Event()\n"
    "signal.signal(signal.SIGUSR1, lambda *_: go.set())\n"
)
SHORT = "from sqrt.serving import bodies; bodies.WINDOW_S = 1.0\n"
SWEEP_SOON = "from sqrt.ui import forget; forget.SWEEP_S = 0.1\n"


def script(tmp_path: Path, pieces: str) -> str:
    path = tmp_path / "offering.py"
    path.write_text(PAGE.replace("PIECES", pieces.strip()))
    return str(path)


@pytest.fixture(params=SCRIPTS.values(), ids=[*SCRIPTS])
def serving(request, model_path, tmp_path) -> Callable[..., Server]:
    """Starts, either way, a page that offers pieces."""
    return lambda pieces, first="", **settings: request.param(model_path, script(tmp_path, pieces), first, **settings)


def quiet(server: Server) -> bool:
    return not [line for line in server.log if "ERROR" in line or "Traceback" in line]


def test_it_is_given_as_it_is(serving):
    with serving(KEEPERS) as server, Visitor(server.host) as visitor:
        (address,) = visitor.links
        status, headers, body = server.ask("GET", address, **visitor.token)
        assert status == 200
        assert headers["content-type"] == "application/zip"
        assert headers["content-disposition"] == 'attachment; filename="kept.zip"'
        assert headers["cache-control"] == "no-store"
        assert "content-encoding" not in headers
        archive = zipfile.ZipFile(io.BytesIO(body))
        assert {name: archive.read(name) for name in archive.namelist()} == {
            f"{number}.jpg": bytes([number]) * 2**20 for number in range(3)
        }
        status, headers, body = server.ask("HEAD", address, **visitor.token)
        assert (status, body) == (200, b"")


def test_it_is_its_visitors_alone_and_withdrawn_in_time(serving):
    with serving(FEW) as server, Visitor(server.host) as visitor, Visitor(server.host) as other:
        (address,) = visitor.links
        assert len(address) > 40
        assert other.links != visitor.links

        def got(token: dict, path: str = address) -> tuple[int, bytes]:
            status, _, body = server.ask("GET", path, **token)
            return status, body[:1]

        assert got(visitor.token) == (200, b"\1")
        assert got({})[0] == got(other.token)[0] == got(visitor.token, f"{address[:-1]}!")[0] == 404
        visitor.rerun()
        assert visitor.links == [address]  # what the browser shows stays true
        assert got(visitor.token) == (200, b"\2")
        visitor.rerun()
        assert visitor.links == []
        assert got(visitor.token)[0] == 404
        visitor.rerun()
        assert got(visitor.token)[0] == 404
        (address,) = visitor.links
        assert got(visitor.token, address) == (200, b"\4")
        assert quiet(server)


@contextmanager
def asked(server: Server, visitor: Visitor) -> Iterator[http.client.HTTPResponse]:
    """Ask for what is offered, and take no more than the head."""
    connection = server.connect()
    try:
        connection.request("GET", visitor.links[0], headers=visitor.token)
        with connection.getresponse() as answer:
            yield answer
    finally:
        connection.close()


def test_who_takes_it_too_slowly_is_cut(serving):
    with serving(ENDLESS, SHORT) as server, Visitor(server.host) as visitor:
        with asked(server, visitor) as answer:
            server.wait_for("a download was cut")
            with pytest.raises((http.client.IncompleteRead, ConnectionResetError)):
                answer.read()
        assert quiet(server)


def read_all(answer: http.client.HTTPResponse) -> None:
    while answer.read(2**20):
        pass


def test_it_ends_with_its_session(serving, tmp_path):
    (tmp_path / ".streamlit").mkdir()
    (tmp_path / ".streamlit" / "config.toml").write_text("[server]\ndisconnectedSessionTTL = 1\n")
    with serving(ENDLESS, SWEEP_SOON, HOME=tmp_path) as server:
        with Visitor(server.host) as visitor, ExitStack() as afterwards:
            answer = afterwards.enter_context(asked(server, visitor))
            goes_on = afterwards.pop_all()
        with goes_on, pytest.raises((http.client.IncompleteRead, ConnectionResetError)):
            read_all(answer)
        server.wait_for("a download was cut")
        assert server.ask("GET", visitor.links[0], **visitor.token)[0] == 404
        assert quiet(server)


def test_so_many_at_once_and_no_more(serving):
    with serving(ENDLESS) as server, Visitor(server.host) as visitor:
        with asked(server, visitor) as one, asked(server, visitor) as another, asked(server, visitor) as third:
            assert [one.status, another.status, third.status] == [200, 200, 429]
        pause = threading.Event()
        for _ in range(100):  # who leaves gives the place back
            with asked(server, visitor) as one:
                if one.status == 200:
                    break
            pause.wait(0.1)
        else:
            pytest.fail("the place was never given back")
        assert quiet(server)


def test_a_piece_that_takes_long_holds_nobody_up(serving):
    pieces = "yield b'first'; go.wait(); yield b'last'"
    with serving(pieces, STUCK) as server, Visitor(server.host) as visitor:
        with asked(server, visitor) as answer:
            assert answer.read(5) == b"first"
            assert server.ask("GET", "/healthz")[0] == 200
            visitor.rerun()
            server.process.send_signal(signal.SIGUSR1)
            assert answer.read() == b"last"
        assert quiet(server)

"""What a page offers to be downloaded as a stream, at an address that nobody can guess.

Streamlit's own download button keeps a whole copy of what it gives. An offer is a visitor's: it lives in the session,
and here is only known where to find it.
"""

import secrets
import weakref
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import streamlit as st
from streamlit.runtime.scriptrunner import get_script_run_ctx

Make = Callable[[], Iterator[bytes]]
_KEY = "offer"


@dataclass(eq=False)
class Offer:
    """A file that is made when it is asked for, by `make`, in threads: it cannot ask the page for anything."""

    token: str
    session_id: str
    make: Make
    name: str
    drawn: bool = True


_offers: weakref.WeakValueDictionary[str, Offer] = weakref.WeakValueDictionary()


def offer(make: Make, name: str) -> str:
    """Offer a file called `name` in the session whose page is being drawn; return its address at the server.

    A session has one offer: another takes its place, at the same address. It ends with the session, or with the next
    run of the page that makes none, see `of_this_run`.
    """
    known: Offer | None = st.session_state.get(_KEY)
    if known is None:
        context = get_script_run_ctx()
        known = Offer(secrets.token_urlsafe(32), context.session_id if context else "", make, name)
        st.session_state[_KEY] = _offers[known.token] = known
    known.make, known.name, known.drawn = make, name, True
    return address(known.token)


def offered(token: str) -> Offer | None:
    """Return what is offered under a token; for any thread."""
    return _offers.get(token)


def address(token: str) -> str:
    """Return where the file with a token is to be had."""
    base = str(st.get_option("server.baseUrlPath")).strip("/")
    return f"/{base}/download/{token}".replace("//", "/")


@contextmanager
def of_this_run() -> Iterator[None]:
    """Withdraw, after a whole run of the page, an offer that it did not make again; what holds its photos lets go."""
    if _KEY in st.session_state:
        st.session_state[_KEY].drawn = False
    yield
    if _KEY in st.session_state and not st.session_state[_KEY].drawn:
        del st.session_state[_KEY]

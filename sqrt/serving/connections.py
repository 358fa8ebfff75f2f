"""Connections on which nothing is asked: uvicorn has no limit for them."""

import asyncio
import os
from collections import Counter
from typing import Any

from starlette.types import ASGIApp, Receive, Scope, Send
from uvicorn.protocols.http.auto import AutoHTTPProtocol

HEAD_S = 10.0
"""A request whose head takes longer to arrive is cut."""
MAX_WAITING = 32
"""Connections of one address on which the server waits for a head; one more is cut at once."""
PEER = "peer"
"""Under this name a request's ``state`` has the address of whoever connected, whatever the headers say."""
CUT = "cut"
"""Under this name it has a function that ends the connection at once, whatever is still to be sent."""


def guard() -> None:
    """Make uvicorn cut slow heads and tell `PEER` and `CUT` of a request; in this process, from the next connection on.

    Its protocol class is changed where it stands: under ``streamlit run`` the server is made before the app is loaded,
    and takes no other class.
    """
    protocol: Any = AutoHTTPProtocol
    if hasattr(protocol, "awaited_head"):
        return
    protocol.awaited_head = None
    made, received, lost = protocol.connection_made, protocol.data_received, protocol.connection_lost
    waiting: Counter[str] = Counter()

    def wait(self: Any) -> None:
        address = self.app_state[PEER]
        waiting[address] += 1
        self.awaited_head = asyncio.get_running_loop().call_later(HEAD_S, self.transport.abort)
        if waiting[address] > MAX_WAITING:
            self.transport.abort()

    def wait_no_longer(self: Any) -> None:
        if self.awaited_head is not None:
            self.awaited_head.cancel()
            self.awaited_head = None
            address = self.app_state[PEER]
            waiting[address] -= 1
            if not waiting[address]:
                del waiting[address]

    def connection_made(self: Any, transport: asyncio.Transport) -> None:
        made(self, transport)
        self.app_state = {**self.app_state, PEER: self.client[0] if self.client else "", CUT: transport.abort}
        wait(self)

    def data_received(self: Any, data: bytes) -> None:
        received(self, data)
        # A WebSocket has a protocol of its own from its head on.
        asked = self.transport.get_protocol() is not self or (self.cycle and not self.cycle.response_complete)
        if asked:
            wait_no_longer(self)
        elif self.awaited_head is None and not self.transport.is_closing():
            wait(self)

    def connection_lost(self: Any, error: Exception | None) -> None:
        wait_no_longer(self)
        lost(self, error)

    protocol.connection_made, protocol.data_received = connection_made, data_received
    protocol.connection_lost = connection_lost


class KnownPeers:
    """ASGI middleware: who a client is, its connection tells, unless FORWARDED_ALLOW_IPS names whom to believe.

    Uvicorn by itself believes whoever connects from this machine; a tunnel that runs here passes on whatever header a
    visitor sent. Needs `guard`.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        self._others_are_named = bool(os.environ.get("FORWARDED_ALLOW_IPS"))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass on, with the true client."""
        if not self._others_are_named and PEER in scope.get("state", {}):
            scope["client"] = (scope["state"][PEER], 0)
        await self._app(scope, receive, send)

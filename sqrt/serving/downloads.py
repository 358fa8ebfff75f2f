"""What pages offer, sent as a stream to the visitor that it is offered to."""

import asyncio
import logging
from collections import Counter
from collections.abc import Callable
from functools import partial
from http import HTTPStatus

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response, StreamingResponse
from starlette.routing import Route
from starlette.types import Message, Receive, Scope, Send

from sqrt.serving import bodies
from sqrt.serving.connections import CUT
from sqrt.serving.visitors import is_visitors, lives
from sqrt.ui.offers import address, offered

MAX_AT_ONCE = 2
"""Downloads of one visitor: one, and another try."""

_log = logging.getLogger(__name__)

_GONE = "This download is not there any more; please go back to the page and ask for it again."
_MANY = "This download is under way already; please wait until it is there."


class Downloads:
    """Answers the addresses of `sqrt.ui.offers`."""

    def __init__(self) -> None:
        self._in_hand: Counter[str] = Counter()

    @property
    def routes(self) -> list[Route]:
        """Everything that is answered here."""
        return [Route(address("{token}"), self._answer)]

    async def _answer(self, request: Request) -> Response:
        offer = offered(request.path_params["token"])
        if offer is None or not is_visitors(request, offer.session_id):
            return PlainTextResponse(_GONE, HTTPStatus.NOT_FOUND)
        session = offer.session_id
        if self._in_hand[session] >= MAX_AT_ONCE:
            return PlainTextResponse(_MANY, HTTPStatus.TOO_MANY_REQUESTS)
        headers = {
            "Content-Disposition": f'attachment; filename="{offer.name}"',
            "Accept-Ranges": "none",
            "X-Accel-Buffering": "no",  # a proxy that waits for the whole of it might write it to disk
        }
        if request.method == "HEAD":
            return Response(headers=headers, media_type="application/zip")
        # Each piece is made in a thread, when the one before has been sent.
        answer = _WhileWanted(offer.make(), headers=headers, media_type="application/zip")
        answer.wanted = partial(lives, session)
        answer.count = partial(self._count, session)
        return answer

    def _count(self, session: str, more: int) -> None:
        self._in_hand[session] += more
        self._in_hand += Counter()  # drops those who have nothing left


class _WhileWanted(StreamingResponse):
    """A stream that is cut where it is not `wanted`, or taken more slowly than a body may come.

    `count` is told when it begins and ends, by 1 and -1.
    """

    wanted: Callable[[], bool]
    count: Callable[[int], None]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def in_time(message: Message) -> None:
            if not self.wanted():
                raise TimeoutError
            async with asyncio.timeout(bodies.WINDOW_S):
                await send(message)

        self.count(1)
        try:
            await super().__call__(scope, receive, in_time)
        except TimeoutError:
            _log.info("a download was cut: its visitor is gone, or takes too little of it")
            scope["state"][CUT]()
            while (await receive())["type"] != "http.disconnect":
                pass
        finally:
            self.count(-1)

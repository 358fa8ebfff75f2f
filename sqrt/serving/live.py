"""What the page's camera sends by HTTP, and what it is told: ``POST live/<token>`` and three more below it."""

import asyncio
import math
from collections.abc import Callable, Coroutine
from contextlib import suppress
from dataclasses import asdict
from functools import cached_property
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, Literal, TypeVar, get_args
from weakref import WeakKeyDictionary

import streamlit as st
from pydantic import BaseModel, ValidationError
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route, Router

from sqrt.errors import BusyError
from sqrt.live import LiveRater
from sqrt.live.full_size import Taken
from sqrt.live.picture import SNAPSHOT_BYTES
from sqrt.live.shots import Kind
from sqrt.live.stream import FULL
from sqrt.live.streams import found
from sqrt.serving.bodies import Held, Sender
from sqrt.serving.forms import bounded_body
from sqrt.serving.problems import Refusal
from sqrt.serving.visitors import COOKIE, is_here, is_visitors, lives
from sqrt.settings import Settings
from sqrt.words import N_, Text, said

if TYPE_CHECKING:
    from sqrt.serving.peers import Peers

POLL_S = 10.0
"""After which a page that waits for a rating is told of the one before."""
LOOK_S = 0.5
"""How often it is looked whether a page that waits is still there, and its frames still come."""
OFFER_BYTES = 64 * 1024
SHOT_S = 60.0
"""For rating a full-size shot, in line with others."""

_GONE = N_("This camera's page is not there any more; please open it again.")
_NEWER = N_("A newer picture has come.")
_EARLY = N_("It is too early for the next picture.")
_LARGE = N_("This picture of the camera is too large.")
_SLOW = N_("The server is busy; please try again in a moment.")
_UNREADABLE = N_("This browser's offer of a connection cannot be read.")
_NOT_OFFERED = N_("This server takes no WebRTC connections.")

_Done = TypeVar("_Done")
_Answer = Callable[[Request, LiveRater], Coroutine[Any, Any, dict[str, Any]]]


class _Offer(BaseModel):
    sdp: str
    type: Literal["offer"]


class Live:
    """Answers the addresses of `sqrt.live.streams`.

    Parameters
    ----------
    settings : Settings
    held : Held
        The account of what visitors have sent.
    """

    def __init__(self, settings: Settings, held: Held) -> None:
        self._settings, self._held = settings, held
        self._in_hand: dict[tuple[str, LiveRater], asyncio.Task[Any]] = {}
        self._cookies: WeakKeyDictionary[LiveRater, str | None] = WeakKeyDictionary()

    @cached_property
    def _peers(self) -> "Peers":
        # When the first browser asks: before the server runs, streamlit-webrtc may not be imported.
        from sqrt.serving.peers import Peers

        return Peers(self._settings)

    @property
    def routes(self) -> list[Route]:
        """Everything that is answered here."""
        base = str(st.get_option("server.baseUrlPath")).strip("/")
        live = f"/{base}/live".replace("//", "/")
        answers: dict[str, _Answer] = {
            "": self._rate,
            "/shot": self._shoot,
            "/offer": self._connect,
            "/stop": self._stop,
        }
        below = [
            Route(f"{live}/{{token}}{end}", self._answer_by(answer), methods=["POST"])
            for end, answer in answers.items()
        ]
        # An app of its own: for other methods and addresses Streamlit would answer with its page.
        return [Route(f"{live}/{{rest:path}}", Router(below, redirect_slashes=False))]

    def _answer_by(self, answer: _Answer) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        async def answered(request: Request) -> Response:
            stream = found(request.path_params["token"])
            if stream is None or not self._is_theirs(request, stream):
                return _problem(HTTPStatus.NOT_FOUND, _GONE)
            language = stream.knobs.language
            try:
                return JSONResponse(await answer(request, stream))
            except Refusal as refusal:
                return _problem(refusal.status, said(refusal.detail, language), refusal.retry_after_s)
            except BusyError as error:
                return _problem(HTTPStatus.SERVICE_UNAVAILABLE, said(error.user_message, language), 1)

        return answered

    def _is_theirs(self, request: Request, stream: LiveRater) -> bool:
        """Whether a request comes from the browser of the stream's page, though its connection may be away."""
        session, cookie = stream.session_id, request.cookies.get(COOKIE)
        if not is_here(session):
            return lives(session) and stream in self._cookies and self._cookies[stream] == cookie
        theirs = is_visitors(request, session)
        if theirs:
            self._cookies[stream] = cookie
        return theirs

    async def _rate(self, request: Request, stream: LiveRater) -> dict[str, Any]:
        with self._held.arriving(_sender(request, stream)) as add:
            await self._newest("picture", stream, self._rated(request, stream, add))
        told = stream.told()
        return {**{name: value for name, value in asdict(told).items() if name != "look"}, **asdict(told.look)}

    async def _rated(self, request: Request, stream: LiveRater, add: Callable[[int], None]) -> None:
        """Take the picture in, if one was sent, and wait for the next rating."""
        early_s = stream.early_s()
        if early_s and request.headers.get("Content-Length", "0") != "0":
            raise Refusal(HTTPStatus.TOO_MANY_REQUESTS, _EARLY, early_s)
        jpeg = await bounded_body(request, SNAPSHOT_BYTES, _LARGE, add)
        if jpeg and (early_s := stream.early_s()):
            raise Refusal(HTTPStatus.TOO_MANY_REQUESTS, _EARLY, early_s)
        loop, news = asyncio.get_running_loop(), asyncio.Event()

        def wake() -> None:
            with suppress(RuntimeError):  # the server has ended
                loop.call_soon_threadsafe(news.set)

        untold = stream.news.listen(wake)
        if jpeg and not stream.start():
            raise Refusal(HTTPStatus.SERVICE_UNAVAILABLE, FULL, 5)
        shown = bool(jpeg) and stream.show(jpeg)
        untold = untold and not shown  # what is told is of this picture
        until = loop.time() + POLL_S
        # Whoever has left, or a server that ends, is not waited for.
        while not (untold or news.is_set()) and (left_s := until - loop.time()) > 0:
            with suppress(TimeoutError):
                async with asyncio.timeout(min(left_s, LOOK_S)):
                    await news.wait()
            if not is_here(stream.session_id) or (not jpeg and stream.stalls):
                break
            if jpeg and not shown and not news.is_set():  # what came by WebRTC came to an end
                shown = stream.show(jpeg)

    async def _shoot(self, request: Request, stream: LiveRater) -> dict[str, Any]:
        kind = request.query_params.get("kind")
        if kind not in get_args(Kind):
            raise Refusal(HTTPStatus.UNPROCESSABLE_ENTITY, f"kind is one of {', '.join(get_args(Kind))}.")
        with self._held.arriving(_sender(request, stream)) as add:
            taken = await self._newest("shot", stream, self._taken(request, stream, kind, add))
        if taken.problem:
            return {"problem": said(taken.problem, stream.knobs.language)}
        return {"overall": taken.overall, "size_wh": list(taken.size_wh), "kept": taken.kept}

    async def _taken(self, request: Request, stream: LiveRater, kind: Any, add: Callable[[int], None]) -> Taken:
        mb = self._settings.max_file_mb
        large = Text("This file is too large; please use one of at most {mb} MB.", mb=mb)
        jpeg = await bounded_body(request, mb * 2**20, large, add)
        loop = asyncio.get_running_loop()
        rated: asyncio.Future[Taken] = loop.create_future()

        def settle(taken: Taken) -> None:
            if not rated.done():
                rated.set_result(taken)

        def tell(taken: Taken) -> None:
            with suppress(RuntimeError):  # the server has ended
                loop.call_soon_threadsafe(settle, taken)

        withdraw = stream.shoot(jpeg, kind, tell)
        try:
            async with asyncio.timeout(SHOT_S):
                return await rated
        except TimeoutError:
            raise Refusal(HTTPStatus.SERVICE_UNAVAILABLE, _SLOW, 1) from None
        finally:
            withdraw()

    async def _connect(self, request: Request, stream: LiveRater) -> dict[str, Any]:
        if self._settings.live_transport == "snapshots":
            raise Refusal(HTTPStatus.NOT_FOUND, _NOT_OFFERED)
        with self._held.arriving(_sender(request, stream)) as add:
            data = await bounded_body(request, OFFER_BYTES, _UNREADABLE, add)
        try:
            offer = _Offer.model_validate_json(data)
        except ValidationError:
            raise Refusal(HTTPStatus.UNPROCESSABLE_ENTITY, _UNREADABLE) from None
        if not stream.start():
            raise Refusal(HTTPStatus.SERVICE_UNAVAILABLE, FULL, 5)
        answer = await self._newest("offer", stream, self._peers.answer(stream, offer.sdp))
        return {"sdp": answer, "type": "answer"}

    async def _stop(self, _request: Request, stream: LiveRater) -> dict[str, Any]:
        stream.stop()
        return {}

    async def _newest(self, kind: str, stream: LiveRater, work: Coroutine[Any, Any, _Done]) -> _Done:
        """Do what a request asks for; an older one of the kind makes way for it, since its client may be gone."""
        task, key = asyncio.create_task(work), (kind, stream)
        if earlier := self._in_hand.get(key):
            earlier.cancel()
        self._in_hand[key] = task
        try:
            await asyncio.wait([task])
        finally:
            task.cancel()
            if self._in_hand.get(key) is task:
                del self._in_hand[key]
        if task.cancelled():
            raise Refusal(HTTPStatus.TOO_MANY_REQUESTS, _NEWER, 1)
        return task.result()


def _sender(request: Request, stream: LiveRater) -> Sender:
    return Sender(stream.session_id, request.client.host if request.client else "")


def _problem(status: HTTPStatus, sentence: str, retry_after_s: float | None = None) -> Response:
    headers = {} if retry_after_s is None else {"Retry-After": str(max(1, math.ceil(retry_after_s)))}
    next_s = {} if retry_after_s is None else {"next_s": retry_after_s}
    return JSONResponse({"problem": sentence, **next_s}, status, headers)

"""``POST /api/rate``, its description, and the addresses that machines watch: Starlette routes without the page."""

import asyncio
import io
import logging
import math
import time
from collections import Counter
from collections.abc import AsyncGenerator, Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from http import HTTPStatus
from typing import Any

import numpy as np
from PIL import Image
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from starlette.datastructures import UploadFile
from starlette.formparsers import MultiPartException, MultiPartParser
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from sqrt.errors import BusyError, SqrtError
from sqrt.monitoring import REGISTRY, analysed
from sqrt.rating import WAIT_S, Rater, Rating
from sqrt.serving.bodies import BROKEN_OFF, LATE, Held, Sender, Steady, TooMuchError
from sqrt.serving.openapi import document
from sqrt.serving.rate_limit import RateLimit
from sqrt.settings import Settings

READY_S = 5.0
"""How long a successful look at whether ratings work is believed."""

_log = logging.getLogger(__name__)

# What a form adds to the photo in it.
_FORM_BYTES = 64 * 1024


class _Problem(Exception):
    """An answer other than a rating: a status and one sentence."""

    def __init__(self, status: HTTPStatus, detail: str, retry_after_s: float | None = None) -> None:
        super().__init__(detail)
        self.status = status
        self.retry_after_s = retry_after_s


def problem(status: HTTPStatus, detail: str, retry_after_s: float | None = None) -> Response:
    """Return problem details (RFC 9457)."""
    body = {"type": "about:blank", "title": status.phrase, "status": status.value, "detail": detail}
    headers = {} if retry_after_s is None else {"Retry-After": str(max(1, math.ceil(retry_after_s)))}
    return JSONResponse(body, status, headers, media_type="application/problem+json")


class Api:
    """The routes of one server, and what they share.

    Parameters
    ----------
    settings : Settings
        Limits on photos and clients.
    rater : callable
        Gives the rater in use; called off the event loop.
    held : Held
        The account of what clients and visitors have sent.
    """

    def __init__(self, settings: Settings, rater: Callable[[], Rater], held: Held) -> None:
        self._settings = settings
        self._rater = rater
        self._held = held
        # One for each photo that is there: they wait for an engine in one line with the page's.
        self._pool = ThreadPoolExecutor(settings.api_max_pending, thread_name_prefix="api")
        self._pending = 0
        self._in_hand: Counter[str] = Counter()
        self._limit = RateLimit(settings.api_rate_limit)
        self._ready_until = -math.inf
        self._looking = asyncio.Lock()
        self._openapi = document(settings)

    @property
    def routes(self) -> list[Route]:
        """Everything that is answered here."""
        return [
            Route("/api/rate", self._answer, methods=["POST"]),
            Route("/api/openapi.json", self._describe),
            # Streamlit answers addresses that nobody knows with its page.
            Route("/api/{rest:path}", _unknown, methods=["GET", "POST", "PUT", "PATCH", "DELETE"]),
            Route("/metrics", _metrics),
            Route("/healthz", _healthy),
            Route("/readyz", self._ready),
        ]

    async def _answer(self, request: Request) -> Response:
        try:
            rating = await self._rated(request)
        except _Problem as error:
            return problem(error.status, str(error), error.retry_after_s)
        except BusyError as error:
            return problem(HTTPStatus.SERVICE_UNAVAILABLE, error.user_message, 1)
        except SqrtError as error:
            return problem(HTTPStatus.BAD_REQUEST, error.user_message)
        return JSONResponse(rating.to_dict())

    async def _rated(self, request: Request) -> Rating:
        client = request.client.host if request.client else ""
        self._admit(client)
        self._in_hand[client] += 1
        try:
            with self._held.arriving(Sender("", client)) as add:
                data = await self._photo(Request(request.scope, Steady(request.receive)), add)
                return await self._examined(data, client)
        except TooMuchError as error:
            raise BusyError(f"no room for what {error} sent") from error
        except TimeoutError as error:
            raise _Problem(HTTPStatus.REQUEST_TIMEOUT, LATE) from error
        except ClientDisconnect as error:
            raise _Problem(HTTPStatus.BAD_REQUEST, BROKEN_OFF) from error
        finally:
            self._in_hand[client] -= 1
            self._in_hand += Counter()  # drops those who have nothing left

    def _admit(self, client: str) -> None:
        if wait_s := self._limit.wait_s(client):
            often = f"More than {self._limit.amount} photos came within a minute; please wait a little."
            raise _Problem(HTTPStatus.TOO_MANY_REQUESTS, often, wait_s)
        most = max(self._settings.api_max_pending // 2, 1)
        if self._in_hand[client] >= most:
            many = f"More than {most} photos came at once; please wait for an answer."
            raise _Problem(HTTPStatus.TOO_MANY_REQUESTS, many, 1)

    async def _examined(self, data: bytes, client: str) -> Rating:
        # Who is still sending takes nobody's place.
        if self._pending >= self._settings.api_max_pending:
            raise BusyError(f"{self._pending} photos pending")
        self._pending += 1
        try:
            work = partial(analysed, "api", lambda: self._rater().of(client).examine(data, WAIT_S))
            return (await asyncio.get_running_loop().run_in_executor(self._pool, work))[1]
        finally:
            self._pending -= 1

    async def _photo(self, request: Request, add: Callable[[int], None]) -> bytes:
        """Return the photo in a request: its body, or the first file of its form; `add` counts what comes."""
        kind = request.headers.get("Content-Type", "").partition(";")[0].strip().lower()
        if kind == "multipart/form-data":
            data = await self._file_in_form(request, add)
        elif kind in ("", "application/octet-stream") or kind.startswith("image/"):
            data = b"".join([chunk async for chunk in self._body(request, 0, add)])
        else:
            wanted = "Please send the photo as the file of a form (multipart/form-data) or as the body (image/jpeg)."
            raise _Problem(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, wanted)
        if len(data) > self._settings.max_file_mb * 2**20:
            raise self._too_large()
        return data

    async def _file_in_form(self, request: Request, add: Callable[[int], None]) -> bytes:
        parser = MultiPartParser(request.headers, self._body(request, _FORM_BYTES, add), max_files=1, max_fields=8)
        # Starlette would write what is over 1 MB to disk, and no photo goes there.
        parser.spool_max_size = self._settings.max_file_mb * 2**20 + _FORM_BYTES
        try:
            form = await parser.parse()
        except MultiPartException as error:
            raise _Problem(HTTPStatus.BAD_REQUEST, "The form cannot be read; please send it again.") from error
        files = [value for _, value in form.multi_items() if isinstance(value, UploadFile)]
        if not files:
            raise _Problem(HTTPStatus.BAD_REQUEST, "The form holds no file; please add the photo as one.")
        try:
            return await files[0].read()
        finally:
            await form.close()

    async def _body(self, request: Request, extra: int, add: Callable[[int], None]) -> AsyncGenerator[bytes, None]:
        limit, size = self._settings.max_file_mb * 2**20 + extra, 0
        if (declared := request.headers.get("Content-Length", "")).isdecimal() and int(declared) > limit:
            raise self._too_large()
        async for chunk in request.stream():
            size += len(chunk)
            if size > limit:
                raise self._too_large()
            add(len(chunk))
            yield chunk

    def _too_large(self) -> _Problem:
        large = f"This file is too large; please use one of at most {self._settings.max_file_mb} MB."
        return _Problem(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, large)

    async def _describe(self, _request: Request) -> Response:
        return JSONResponse(self._openapi)

    async def _ready(self, _request: Request) -> Response:
        async with self._looking:  # many who ask at once look once
            if time.monotonic() > self._ready_until:
                try:
                    await asyncio.to_thread(lambda: self._rater().examine(_TINY, WAIT_S))
                except SqrtError as error:
                    _log.error("not ready: %s", error)
                    return problem(HTTPStatus.SERVICE_UNAVAILABLE, "Photos cannot be rated at the moment.")
                self._ready_until = time.monotonic() + READY_S
        return JSONResponse({"status": "ready"})


def _tiny_picture() -> bytes:
    file = io.BytesIO()
    ramp: Any = np.linspace(0, 255, 64, dtype=np.uint8)
    Image.fromarray(np.repeat(ramp[None], 64, axis=0)).save(file, "JPEG")
    return file.getvalue()


_TINY = _tiny_picture()


async def _unknown(request: Request) -> Response:
    if request.url.path == "/api/rate":
        return problem(HTTPStatus.METHOD_NOT_ALLOWED, "Please send the photo with POST.")
    return problem(HTTPStatus.NOT_FOUND, "There is nothing at this address; /api/openapi.json tells what there is.")


async def _healthy(_request: Request) -> Response:
    return JSONResponse({"status": "alive"})


async def _metrics(_request: Request) -> Response:
    return Response(generate_latest(REGISTRY), headers={"Content-Type": CONTENT_TYPE_LATEST})

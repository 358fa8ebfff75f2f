"""The addresses that machines watch: whether the process lives, whether it can rate, and what it counts."""

import asyncio
import io
import logging
import math
import time
from collections.abc import Callable
from http import HTTPStatus
from typing import Any

import numpy as np
from PIL import Image
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from sqrt.errors import SqrtError
from sqrt.rating import WAIT_S, Rater
from sqrt.serving.exposed import KIND, exposed
from sqrt.serving.problems import problem

READY_S = 5.0
"""How long a successful look at whether ratings work is believed."""

_log = logging.getLogger(__name__)


def probes(rater: Callable[[], Rater]) -> list[Route]:
    """Return the routes; `rater` gives the rater in use, and is called off the event loop."""
    return [Route("/metrics", _metrics), Route("/healthz", _healthy), Route("/readyz", _Ready(rater).answer)]


class _Ready:
    def __init__(self, rater: Callable[[], Rater]) -> None:
        self._rater = rater
        self._until = -math.inf
        self._looking = asyncio.Lock()

    async def answer(self, _request: Request) -> Response:
        async with self._looking:  # many who ask at once look once
            if time.monotonic() > self._until:
                try:
                    await asyncio.to_thread(lambda: self._rater().examine(_TINY, WAIT_S))
                except SqrtError as error:
                    _log.error("not ready: %s", error)
                    return problem(HTTPStatus.SERVICE_UNAVAILABLE, "Photos cannot be rated at the moment.")
                self._until = time.monotonic() + READY_S
        return JSONResponse({"status": "ready"})


def _tiny_picture() -> bytes:
    file = io.BytesIO()
    ramp: Any = np.linspace(0, 255, 64, dtype=np.uint8)
    Image.fromarray(np.repeat(ramp[None], 64, axis=0)).save(file, "JPEG")
    return file.getvalue()


_TINY = _tiny_picture()


async def _healthy(_request: Request) -> Response:
    return JSONResponse({"status": "alive"})


async def _metrics(_request: Request) -> Response:
    return Response(exposed(), headers={"Content-Type": KIND})

"""Problem details (RFC 9457): every answer of the API that is not what was asked for, in one sentence."""

import logging
import math
import secrets
from collections.abc import Callable, Coroutine
from http import HTTPStatus
from typing import Any

from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from sqrt.errors import BusyError, SqrtError

_log = logging.getLogger(__name__)

_NOTHING = "There is nothing at this address; /api/openapi.json tells what there is."


class Refusal(Exception):
    """An answer of a status, one sentence, and where it helps the seconds after which to come back."""

    def __init__(self, status: HTTPStatus, detail: str, retry_after_s: float | None = None) -> None:
        super().__init__(detail)
        self.status = status
        self.detail = detail
        self.retry_after_s = retry_after_s


def problem(status: HTTPStatus, detail: str, retry_after_s: float | None = None) -> Response:
    """Return problem details."""
    body = {"type": "about:blank", "title": status.phrase, "status": status.value, "detail": detail}
    headers = {} if retry_after_s is None else {"Retry-After": str(max(1, math.ceil(retry_after_s)))}
    return JSONResponse(body, status, headers, media_type="application/problem+json")


async def answer_error(_request: Request, _error: Exception) -> Response:
    """Answer what nobody expected with a number, under which the log has it."""
    number = reference()
    # Uvicorn writes the trace right after this.
    _log.error("error %s in a request", number)
    detail = f"Something went wrong, and it is not your photo; if it stays, report number {number}."
    return problem(HTTPStatus.INTERNAL_SERVER_ERROR, detail)


def reference() -> str:
    """Return a number that a visitor can report and the log can be searched for."""
    return secrets.token_hex(4)


async def _answer_refusal(_request: Request, error: Any) -> Response:
    return problem(error.status, error.detail, error.retry_after_s)


async def _answer_busy(_request: Request, error: Any) -> Response:
    return problem(HTTPStatus.SERVICE_UNAVAILABLE, error.user_message, 1)


async def _answer_refused(_request: Request, error: Any) -> Response:
    return problem(HTTPStatus.BAD_REQUEST, error.user_message)


async def _answer_http(_request: Request, error: Any) -> Response:
    status, headers = HTTPStatus(error.status_code), error.headers or {}
    sentences = {
        HTTPStatus.NOT_FOUND: _NOTHING,
        HTTPStatus.METHOD_NOT_ALLOWED: f"Please send it with {headers.get('Allow')}.",
    }
    answer = problem(status, sentences.get(status, f"{status.phrase}."))
    answer.headers.update(headers)
    return answer


async def _answer_parameter(_request: Request, error: Any) -> Response:
    names = ", ".join(sorted({str(one["loc"][-1]) for one in error.errors()}))
    return problem(HTTPStatus.UNPROCESSABLE_ENTITY, f"The address has a value that cannot be taken: {names}.")


HANDLERS: dict[Any, Callable[[Request, Any], Coroutine[Any, Any, Response]]] = {
    Refusal: _answer_refusal,
    BusyError: _answer_busy,
    SqrtError: _answer_refused,
    HTTPException: _answer_http,
    RequestValidationError: _answer_parameter,
    Exception: answer_error,
}
"""What is answered to what is raised, for an ASGI app."""

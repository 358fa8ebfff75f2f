"""The files that a request brings, in a form or as its body, counted as they come.

FastAPI reads a form in full before it asks anything of ours, and knows no body that is a file: what it is given is read
here.
"""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from http import HTTPStatus
from typing import TypeVar

from python_multipart.multipart import parse_options_header
from starlette.datastructures import FormData, UploadFile
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.types import Message

from sqrt.errors import BusyError
from sqrt.serving.bodies import BROKEN_OFF, LATE, Steady, TooMuchError
from sqrt.serving.problems import Refusal

_Read = TypeVar("_Read")

# What a form adds to the files in it.
_FORM_BYTES = 64 * 1024
_FIELDS = 8
_FORM = "multipart/form-data"
_ANY = "", "application/octet-stream"


async def one_file(request: Request, what: str, kinds: tuple[str, ...], mb: int, add: Callable[[int], None]) -> bytes:
    """Return the file of a request: its body, or the one file of its form.

    Parameters
    ----------
    what : str
        "photo" or "clip": what a sentence calls it.
    kinds : tuple of str
        Media types of a body, such as ``"image/"``, beside those that say nothing.
    mb : int
        Its size at most.
    add : callable
        Counts bytes as they come; see `Held.arriving`.

    Raises
    ------
    Refusal, BusyError
        Where there is none, it is too large or comes too slowly, or there is no room for it.
    """
    kind = media_type(request)
    most = mb * 2**20
    large = f"This file is too large; please use one of at most {mb} MB."
    if kind == _FORM:
        request = _bounded(request, most + _FORM_BYTES, large, add)
        form = await _form(request, 1, "The form cannot be read; please send it again.")
        try:
            files = [value for value in form.values() if isinstance(value, UploadFile)]
            if not files:
                raise Refusal(HTTPStatus.BAD_REQUEST, f"The form holds no file; please add the {what} as one.")
            data = await files[0].read()
        finally:
            await form.close()
    elif kind in _ANY or kind.startswith(kinds):
        data = await bounded_body(request, most, large, add)
    else:
        example = {"photo": "image/jpeg", "clip": "video/mp4"}[what]
        wanted = f"Please send the {what} as the file of a form ({_FORM}) or as the body ({example})."
        raise Refusal(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, wanted)
    if len(data) > most:
        raise Refusal(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, large)
    return data


async def bounded_body(request: Request, most: int, too_large: str, add: Callable[[int], None]) -> bytes:
    """Return a request's body, of at most so many bytes; `too_large` is said of others. See `one_file`."""
    return await _arrived(_bounded(request, most, too_large, add).body())


@asynccontextmanager
async def several_files(
    request: Request, most: int, most_bytes: int, add: Callable[[int], None]
) -> AsyncIterator[list[UploadFile]]:
    """Give the files of a request's form, to be read and closed one by one; see `one_file`.

    There are at most `most` of them, and the form has at most `most_bytes`.
    """
    if media_type(request) != _FORM:
        raise Refusal(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, f"Please send the photos as the files of a form ({_FORM}).")
    large = f"Together these photos are too large; please send at most {most_bytes / 2**20:.0f} MB at a time."
    request = _bounded(request, most_bytes, large, add)
    form = await _form(request, most, f"The form cannot be read; please send at most {most} photos as its files.")
    try:
        files = [value for _, value in form.multi_items() if isinstance(value, UploadFile)]
        if not files:
            raise Refusal(HTTPStatus.BAD_REQUEST, "The form holds no file; please add the photos as such.")
        yield files
    finally:
        await form.close()


def media_type(request: Request) -> str:
    """Return the type of a request's body, in lower case and without its parameters."""
    return request.headers.get("Content-Type", "").partition(";")[0].strip().lower()


def names_a_charset(request: Request) -> bool:
    """Whether a form says that its names are in anything but UTF-8.

    Starlette would decode them by whatever Python knows, such as Punycode: minutes for a field of 1 MB.
    """
    _, options = parse_options_header(request.headers.get("Content-Type"))
    return options.get(b"charset", b"utf-8").lower() not in (b"utf-8", b"utf8")


async def _form(request: Request, most: int, unreadable: str) -> FormData:
    if names_a_charset(request):
        raise Refusal(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, "Please send the form in UTF-8.")
    try:
        return await _arrived(request.form(max_files=most, max_fields=_FIELDS, max_part_size=_FORM_BYTES))
    except HTTPException as error:  # Starlette's way to say so, within an app
        raise Refusal(HTTPStatus.BAD_REQUEST, unreadable) from error


def _bounded(request: Request, limit: int, too_large: str, add: Callable[[int], None]) -> Request:
    """Return the request with a body of at most `limit` bytes, which keeps coming."""
    refusal = Refusal(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, too_large)
    if (declared := request.headers.get("Content-Length", "")).isdecimal() and int(declared) > limit:
        raise refusal
    steady, size = Steady(request.receive), 0

    async def receive() -> Message:
        nonlocal size
        message = await steady()
        new = len(message.get("body", b""))
        size += new
        if size > limit:
            raise refusal
        add(new)
        return message

    return Request(request.scope, receive)


async def _arrived(reading: Awaitable[_Read]) -> _Read:
    try:
        return await reading
    except TooMuchError as error:
        raise BusyError(f"no room for what {error} sent") from error
    except TimeoutError as error:
        raise Refusal(HTTPStatus.REQUEST_TIMEOUT, LATE) from error
    except ClientDisconnect as error:
        raise Refusal(HTTPStatus.BAD_REQUEST, BROKEN_OFF) from error

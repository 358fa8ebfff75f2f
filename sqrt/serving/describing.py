"""What the API's description says beside its models: what to send, and which problems there may be."""

from http import HTTPStatus
from typing import Any

from fastapi import FastAPI

from sqrt.serving.answers import Problem
from sqrt.settings import Settings

_BINARY = {"type": "string", "format": "binary"}
_JSON, _PROBLEM = "application/json", "application/problem+json"
PICTURE: dict[str, Any] = {
    "description": "The picture; with told=true what was done, too",
    "content": {"image/jpeg": {"schema": {"type": "string", "format": "binary"}}},
}
"""An answer that is a JPEG beside what its model says."""
_AGAIN = "Retry-After says when to come back"


class Described(FastAPI):
    """An app whose every answer but what was asked for is described as problem details."""

    def openapi(self) -> dict[str, Any]:
        """Return the OpenAPI document."""
        described = super().openapi()
        for operation in (operation for path in described["paths"].values() for operation in path.values()):
            for status, response in operation["responses"].items():
                if not status.startswith("2") and _JSON in response["content"]:  # FastAPI knows one type for all
                    response["content"][_PROBLEM] = response["content"].pop(_JSON)
        return described


def problems(what: str, limit: str) -> dict[int | str, dict[str, Any]]:
    """Return the problems of an address that takes a ``"photo"``, ``"clip"`` or ``"form"``, up to a limit in words."""
    reasons = {
        HTTPStatus.BAD_REQUEST: f"Not a {what} that can be read, or not in full",
        HTTPStatus.REQUEST_TIMEOUT: f"The {what} came too slowly",
        HTTPStatus.REQUEST_ENTITY_TOO_LARGE: f"The {what} is larger than {limit}",
        HTTPStatus.UNSUPPORTED_MEDIA_TYPE: f"The body is of a type that holds no {what}",
        HTTPStatus.UNPROCESSABLE_ENTITY: "The address has a value that cannot be taken",
        HTTPStatus.TOO_MANY_REQUESTS: "More photos from this client within a minute than API_RATE_LIMIT, or more "
        f"requests at once than half of API_MAX_PENDING, or more than one clip; {_AGAIN}",
        HTTPStatus.SERVICE_UNAVAILABLE: "As many photos are pending as API_MAX_PENDING allows, or as many MB are held "
        f"as MAX_HELD_MB, or the turn did not come in time; {_AGAIN}",
    }
    return {status.value: {"model": Problem, "description": reason} for status, reason in reasons.items()}


def photo_body(settings: Settings) -> dict[str, Any]:
    """Describe a photo, as a form's file or as the body."""
    return _body(f"{_kinds(settings)}.", _form("photo", _BINARY), "image/*")


def photos_body(settings: Settings, most: int, most_bytes: int) -> dict[str, Any]:
    """Describe a form with several photos."""
    kinds = f"At most {most} photos, together of at most {most_bytes / 2**20:.0f} MB; each {_kinds(settings)}."
    return _body(kinds, _form("photos", {"type": "array", "items": _BINARY, "minItems": 1, "maxItems": most}))


def clip_body(settings: Settings) -> dict[str, Any]:
    """Describe a clip, as a form's file or as the body."""
    kinds = "MP4, MOV or WebM, or a moving photo (JPEG, HEIC)"
    limits = f"of at most {settings.max_clip_mb} MB and {settings.max_clip_s} seconds"
    return _body(f"{kinds}, {limits}.", _form("clip", _BINARY), "video/*", "image/*")


def _kinds(settings: Settings) -> str:
    return (
        f"JPEG, PNG, WebP, AVIF, HEIC, GIF, BMP or TIFF of at most {settings.max_file_mb} MB and "
        f"{settings.max_megapixels} megapixels; of {settings.max_whole_megapixels} where it is not an ordinary JPEG"
    )


def _form(name: str, schema: dict[str, Any]) -> dict[str, Any]:
    return {"type": "object", "properties": {name: schema}, "required": [name]}


def _body(description: str, form: dict[str, Any], *kinds: str) -> dict[str, Any]:
    bodies = (*kinds, "application/octet-stream") if kinds else ()
    content = {"multipart/form-data": {"schema": form}, **{kind: {"schema": _BINARY} for kind in bodies}}
    return {"requestBody": {"required": True, "description": description, "content": content}}

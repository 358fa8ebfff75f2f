"""What browsers are told to refuse, on every answer of the server."""

import base64
import hashlib
import re

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send


def headers(page: str, frame_ancestors: str) -> dict[str, str]:
    """Return the headers for an app whose HTML page is `page`: its inline scripts are allowed, and no others.

    `frame_ancestors` is the setting of that name: who may show the page in a frame.
    """
    inline = (hashlib.sha256(script.encode()).digest() for script in re.findall(r"<script>(.*?)</script>", page, re.S))
    scripts = " ".join(f"'sha256-{base64.b64encode(digest).decode()}'" for digest in inline)
    framed_by = (f"'{word}'" if word in ("none", "self") else word for word in frame_ancestors.split())
    policy = {
        "default-src": "'self'",
        # Streamlit loads the scripts that a component brings along from blobs, which only a script can make.
        "script-src": f"'self' blob: {scripts}",
        # Streamlit's components write their styles into the page.
        "style-src": "'self' 'unsafe-inline'",
        "img-src": "'self' data: blob:",
        "media-src": "'self' blob:",
        "font-src": "'self' data:",
        "worker-src": "'self' blob:",
        "object-src": "'none'",
        "base-uri": "'self'",
        "form-action": "'self'",
        "frame-ancestors": " ".join(framed_by),
    }
    return {
        "Content-Security-Policy": "; ".join(f"{name} {value}" for name, value in policy.items()),
        "X-Content-Type-Options": "nosniff",
        "Referrer-Policy": "no-referrer",
        "Permissions-Policy": "camera=(self), microphone=(), geolocation=(), payment=(), usb=()",
        "Cross-Origin-Opener-Policy": "same-origin",
    }


_PICTURES = (
    *("/media/", "/_stcore/upload_file/", "/download/", "/live/"),
    *("/api/rate", "/api/rank", "/api/fix", "/api/clip"),
)
"""Parts of the addresses whose answers carry a visitor's picture, or what was seen in it."""


class Headers:
    """ASGI middleware that adds headers to every answer, and lets a page in a frame keep its cookies.

    What carries a visitor's picture no browser and no proxy may keep.
    """

    def __init__(self, app: ASGIApp, headers: dict[str, str]) -> None:
        self._app = app
        self._headers = headers

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass on, adding to the answer's start."""

        async def with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                headers.update(self._headers)
                if any(part in scope["path"] for part in _PICTURES):
                    headers["Cache-Control"] = "no-store"
                message["headers"] = [(name, _partitioned(name, value)) for name, value in message["headers"]]
            await send(message)

        await self._app(scope, receive, with_headers)


def _partitioned(name: bytes, value: bytes) -> bytes:
    # A cookie for other sites' frames: many browsers keep it only if it is another one in each of them.
    return value + b"; Partitioned" if name == b"set-cookie" and b"SameSite=None" in value else value

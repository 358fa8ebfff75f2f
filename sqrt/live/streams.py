"""Which streams there are, for requests that come from their pages: by an address that nobody can guess."""

import secrets
import weakref

from sqrt.live.stream import LiveRater

_streams: weakref.WeakValueDictionary[str, LiveRater] = weakref.WeakValueDictionary()


def listed(stream: LiveRater) -> str:
    """Give a stream its address at the server, seen from a page and without what stands before all pages."""
    token = secrets.token_urlsafe(32)
    _streams[token] = stream
    return f"live/{token}"


def found(token: str) -> LiveRater | None:
    """Return the stream with a token; for any thread."""
    return _streams.get(token)


def end_streams(session_id: str) -> None:
    """End all streams of a session, though something may still hold them."""
    for stream in list(_streams.values()):
        if stream.session_id == session_id:
            stream.end()

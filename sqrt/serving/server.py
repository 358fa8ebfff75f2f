"""The server: the dashboard, the API and what machines watch, in one ASGI app, however it is started."""

import asyncio
import logging
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path
from typing import Any

import streamlit as st
import uvicorn
from starlette.middleware import Middleware
from streamlit import config as streamlit_config
from streamlit.web.bootstrap import load_config_options

from sqrt import logs
from sqrt.errors import SettingsError
from sqrt.serving.api import Api
from sqrt.serving.connections import KnownPeers, guard
from sqrt.serving.downloads import Downloads
from sqrt.serving.headers import Headers, headers
from sqrt.serving.live import Live
from sqrt.serving.memory import give_back, share_heaps
from sqrt.serving.probes import probes
from sqrt.serving.problems import answer_error, reference
from sqrt.serving.visitors import Visitors, held
from sqrt.settings import Settings, answer_former_names, load_settings
from sqrt.ui.engines import clip_turns, fetch_early, rater
from sqrt.ui.forget import forget_the_gone, keep_uploads_off_the_disk

GRACE_S = 10
"""For work in hand when the server is told to stop."""

AWAY_S = 300
"""How long a session waits for a browser that is away: a phone call, a locked phone. Where memory is short it ends."""
_PING_S = 30
"""Streamlit's own, where none is set."""

_log = logging.getLogger(__name__)

_SCRIPT = Path(__file__).parents[2] / "streamlit_app.py"


def serve(settings: Settings) -> None:
    """Serve until SIGTERM or SIGINT; raises SettingsError where the address cannot be listened at."""
    if not _SCRIPT.is_file():
        raise SettingsError(f"{_SCRIPT} is missing", "streamlit_app.py is not beside the package, so there is no page.")
    load_config_options(
        {
            "server.fileWatcherType": "auto" if settings.app_env == "development" else "none",
            "server.headless": True,
            # Streamlit sets up uvicorn's loggers with its own; at "info" those write the visitors' addresses.
            "logger.level": "warning",
        }
    )
    config = uvicorn.Config(
        st.App(_SCRIPT, **parts(settings)),
        settings.streamlit_server_address,
        settings.streamlit_server_port,
        **websockets(),
        access_log=False,
        log_config=None,
        server_header=False,
        timeout_graceful_shutdown=GRACE_S,
    )
    try:
        socket = config.bind_socket()
    except SystemExit as error:  # uvicorn's way to say so, after it has logged why
        where = f"{settings.streamlit_server_address}:{settings.streamlit_server_port}"
        message = f"{where} cannot be listened at; change STREAMLIT_SERVER_ADDRESS or STREAMLIT_SERVER_PORT."
        raise SettingsError(message, message) from error
    host, port = socket.getsockname()[:2]
    socket.listen(config.backlog)  # from here on whoever connects waits for the app, and is not turned away
    _log.info("serving at http://%s:%d", host, port)
    uvicorn.Server(config).run(sockets=[socket])


def websockets() -> dict[str, Any]:
    """Return what Streamlit's settings say of WebSockets, as uvicorn takes it.

    ``streamlit run`` hands it on in this form. Uvicorn by itself gives a connection up sooner, takes messages of at
    most 16 MB, and packs all that is sent, which costs time that nobody asked for.
    """
    option = streamlit_config.get_option
    ping_s = int(option("server.websocketPingInterval") or _PING_S)
    return {
        "ws": "websockets-sansio",
        "ws_ping_interval": ping_s,
        "ws_ping_timeout": ping_s,
        "ws_max_size": option("server.maxMessageSize") * 1_000_000,
        "ws_per_message_deflate": option("server.enableWebsocketCompression"),
    }


def parts_or_exit() -> dict[str, Any]:
    """Return the parts for ``streamlit run``, under the environment's settings, or end with what is wrong with them."""
    st.secrets.load_if_toml_exists()  # hosts keep settings as Streamlit's secrets: they become the environment's
    try:
        return parts(load_settings())
    except SettingsError as error:
        sys.exit(error.user_message)


def parts(settings: Settings) -> dict[str, Any]:
    """Set the process up, and return what its one `st.App` takes beside the script: the same for both starts."""
    share_heaps()
    keep_uploads_off_the_disk()
    guard()
    options = {
        "client.showErrorDetails": "full" if settings.app_env == "development" else "none",
        "server.maxUploadSize": max(settings.max_file_mb, settings.max_clip_mb),
        # In another site's frame browsers keep back the cookie that an upload must show, unless it says so.
        "server.xsrfCookieSameSite": "lax" if settings.frame_ancestors in ("none", "self") else "none",
    }
    if not streamlit_config.is_manually_set("server.disconnectedSessionTTL"):
        options["server.disconnectedSessionTTL"] = AWAY_S
    for name, value in options.items():
        streamlit_config.set_option(name, value)
    logs.configure(settings.log_level, settings.log_file, others=("uvicorn", "uvicorn.error"))
    # Told below, with a reference number.
    logging.getLogger("streamlit.error_util").addFilter(lambda record: record.msg != "Uncaught app execution")
    answer_former_names()
    sent, in_use = held(settings), partial(rater, settings)
    api = Api(settings, in_use, partial(clip_turns, settings.engine_pool_size), sent)
    page = (Path(st.__file__).parent / "static" / "index.html").read_text(encoding="utf-8")
    return {
        "lifespan": partial(_lifespan, settings),
        "routes": [*api.routes, *probes(in_use), *Downloads().routes, *Live(settings, sent).routes],
        "middleware": [
            Middleware(KnownPeers),
            Middleware(Headers, headers(page, settings.frame_ancestors)),
            Middleware(Visitors, settings, sent),
        ],
        "on_script_error": partial(_tell, settings),
        "exception_handlers": {Exception: answer_error},
    }


@asynccontextmanager
async def _lifespan(settings: Settings, _app: st.App) -> AsyncIterator[None]:
    fetch_early(settings)
    chores = [asyncio.create_task(chore) for chore in (forget_the_gone(), give_back())]
    yield
    for chore in chores:
        chore.cancel()


def _tell(settings: Settings, error: Exception) -> bool:
    """Log an error of the page and show its number; return whether Streamlit is to show nothing of its own."""
    if getattr(error, "error_id", "") == "file-uploader-invalid-extension":  # no browser sends one: a client's doing
        _log.info("a file was not taken: its name has another ending")
        st.error("Files of this kind are not taken here; please choose another one.", icon=":material/error:")
        return True
    number = reference()
    _log.error("error %s on the page", number, exc_info=error)
    st.error(
        f"Something went wrong, and it is not your photo. Please try again; if it stays, report number {number}.",
        icon=":material/error:",
    )
    return settings.app_env == "production"

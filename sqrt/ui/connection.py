"""The STUN and TURN servers through which a live camera's connection is made."""

import logging
import time
from functools import lru_cache
from http.client import HTTPException
from importlib import import_module
from typing import Any

from pydantic import SecretStr

from sqrt.settings import Settings

KEPT_S = 1800.0

_log = logging.getLogger(__name__)


def ice_servers(settings: Settings) -> list[dict[str, Any]]:
    """Return the servers as browsers take them: those of the settings, then those of each provider that is set up.

    None where pictures come as snapshots alone. A provider that does not answer is left out, with a line in the log
    that holds no credentials. Providers are asked again after `KEPT_S`, for credentials last only some hours. For any
    thread.
    """
    if settings.live_transport == "snapshots":
        return []
    # 20 MB and more, for the page that asks: loaded where a connection is made, it warns of a page that is not there,
    # and holds up everyone.
    import_module("streamlit_webrtc")
    return [*_servers(settings, int(time.monotonic() // KEPT_S))]


@lru_cache(maxsize=8)  # Streamlit's own cache is for a page's threads only
def _servers(settings: Settings, _turn: int) -> list[dict[str, Any]]:
    servers = []
    if settings.ice_servers != "none":
        for url in settings.ice_servers.split(","):
            server = {"urls": url.strip()}
            if server["urls"].startswith("turn"):
                server |= {"username": settings.turn_username or "", "credential": _plain(settings.turn_password)}
            servers.append(server)
    twilio = settings.twilio_account_sid or "", _plain(settings.twilio_auth_token)
    cloudflare = settings.cloudflare_turn_key_id or "", _plain(settings.cloudflare_turn_key_api_token)
    servers += _asked("Twilio", "get_twilio_ice_servers", *twilio)
    servers += _asked("Cloudflare", "get_cloudflare_ice_servers", *cloudflare)
    servers += _asked("Hugging Face", "get_hf_ice_servers", _plain(settings.hf_token))
    return servers


def _asked(provider: str, ask: str, *credentials: str) -> list[dict[str, Any]]:
    if not all(credentials):
        if any(credentials):
            _log.warning("%s: one of its two settings is missing; its servers are not used", provider)
        return []
    try:
        return list(getattr(import_module("streamlit_webrtc"), ask)(*credentials))
    except ImportError:
        _log.warning("%s: its package is not installed; its servers are not used", provider)
    except _refusals() as error:  # the type alone: a message may hold what was sent
        _log.warning("%s: no servers: %s", provider, type(error).__name__)
    return []


def _refusals() -> tuple[type[Exception], ...]:
    """Return what asking a provider may raise."""
    common = ValueError, OSError, HTTPException
    try:
        from twilio.base.exceptions import TwilioException
    except ImportError:
        return common
    return *common, TwilioException


def _plain(secret: SecretStr | None) -> str:
    return secret.get_secret_value() if secret else ""

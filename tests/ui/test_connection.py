"""Which STUN and TURN servers a live camera is given, and that their credentials stay out of the log."""

import logging
import urllib.error

import pytest
import streamlit_webrtc
from pydantic import SecretStr

from sqrt.ui import connection
from sqrt.ui.connection import ice_servers

SECRET = "a-very-secret-token"
ASKED = {
    "Twilio": ("get_twilio_ice_servers", {"twilio_account_sid": "AC1", "twilio_auth_token": SecretStr(SECRET)}),
    "Cloudflare": (
        "get_cloudflare_ice_servers",
        {"cloudflare_turn_key_id": "key", "cloudflare_turn_key_api_token": SecretStr(SECRET)},
    ),
    "Hugging Face": ("get_hf_ice_servers", {"hf_token": SecretStr(SECRET)}),
}


@pytest.fixture(autouse=True)
def _forget():
    connection._servers.cache_clear()


@pytest.fixture(params=ASKED.values(), ids=ASKED)
def provider(request, settings):
    """The name of a helper of streamlit-webrtc, and the settings that make it be asked."""
    helper, credentials = request.param
    return helper, settings.model_copy(update={"ice_servers": "none", **credentials})


def test_none_is_none(settings):
    assert ice_servers(settings.model_copy(update={"ice_servers": "none"})) == []


def test_snapshots_need_none(settings, caplog):
    chosen = {"live_transport": "snapshots", "hf_token": SecretStr(SECRET)}
    assert ice_servers(settings.model_copy(update=chosen)) == []
    assert caplog.records == []  # nobody was asked


def test_credentials_go_to_turn_servers_alone(settings):
    listed = "stun:one.example:3478, turn:two.example:3478?transport=udp,turns:two.example"
    chosen = {"ice_servers": listed, "turn_username": "selfie", "turn_password": SecretStr(SECRET)}
    stun, *turns = ice_servers(settings.model_copy(update=chosen))
    assert stun == {"urls": "stun:one.example:3478"}
    assert [turn["urls"] for turn in turns] == ["turn:two.example:3478?transport=udp", "turns:two.example"]
    assert all((turn["username"], turn["credential"]) == ("selfie", SECRET) for turn in turns)


def test_a_provider_is_asked_with_its_credentials(provider, monkeypatch):
    helper, settings = provider
    asked = []
    answer = [{"urls": "turn:relay.example", "username": "u", "credential": "c"}]
    monkeypatch.setattr(streamlit_webrtc, helper, lambda *credentials: asked.append(credentials) or answer)
    assert ice_servers(settings) == answer
    assert ice_servers(settings) == answer
    assert len(asked) == 1  # kept for a while, not asked at every run of the page
    assert asked[0][-1] == SECRET


@pytest.mark.parametrize(
    "error", [ValueError(SECRET), urllib.error.URLError(SECRET), ImportError(SECRET), TimeoutError()]
)
def test_a_provider_that_fails_is_left_out_and_logged_without_its_credentials(provider, monkeypatch, caplog, error):
    helper, settings = provider

    def fail(*_: str) -> None:
        raise error

    monkeypatch.setattr(streamlit_webrtc, helper, fail)
    with caplog.at_level(logging.DEBUG):
        assert ice_servers(settings) == []
    assert caplog.records[-1].levelname == "WARNING"
    assert SECRET not in caplog.text


@pytest.mark.parametrize("half", ["twilio_account_sid", "cloudflare_turn_key_id"])
def test_half_a_pair_of_credentials_is_said(settings, caplog, half):
    assert ice_servers(settings.model_copy(update={"ice_servers": "none", half: "x"})) == []
    assert "missing" in caplog.text


def test_secrets_do_not_show_in_the_settings(settings):
    assert SECRET not in repr(settings.model_copy(update={"turn_password": SecretStr(SECRET)}))

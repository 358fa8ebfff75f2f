"""The headers that go with every answer."""

import base64
import hashlib

import pytest

from sqrt.serving.headers import headers


def test_only_the_pages_own_inline_scripts_are_allowed():
    script = "\n  window.prerenderReady = false\n"
    page = f'<script>{script}</script><script type="module" src="./a.js"></script>'
    policy = headers(page, "self")["Content-Security-Policy"]
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    assert f"script-src 'self' blob: 'sha256-{digest}';" in policy
    assert "unsafe-eval" not in policy
    assert policy.count("unsafe-inline") == 1  # of styles


@pytest.mark.parametrize(
    ("setting", "rule"),
    [
        ("none", "'none'"),
        ("self", "'self'"),
        (
            "self https://huggingface.co https://*.hf.space:8443",
            "'self' https://huggingface.co https://*.hf.space:8443",
        ),
    ],
)
def test_frames_of_the_named_sites_alone(setting, rule):
    assert headers("", setting)["Content-Security-Policy"].endswith(f"; frame-ancestors {rule}")

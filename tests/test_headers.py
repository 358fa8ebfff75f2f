"""The headers that go with every answer."""

import base64
import hashlib

from sqrt.headers import headers


def test_only_the_pages_own_inline_scripts_are_allowed():
    script = "\n  window.prerenderReady = false\n"
    page = f'<script>{script}</script><script type="module" src="./a.js"></script>'
    policy = headers(page)["Content-Security-Policy"]
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    assert f"script-src 'self' blob: 'sha256-{digest}';" in policy
    assert "unsafe-eval" not in policy
    assert policy.count("unsafe-inline") == 1  # of styles

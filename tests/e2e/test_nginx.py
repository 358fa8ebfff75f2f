"""deploy/nginx.conf in front of two servers: each visitor keeps one, and the other takes over when that one dies."""

import http.client
import io
import json
import re
import socket
import ssl
import subprocess
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import pytest
import trustme
from PIL import Image

from tests.e2e.conftest import free_port, score_of
from tests.programs import executable
from tests.server import LIMIT_S, ROOT, SERVE, Server

CONFIG = (ROOT / "deploy" / "nginx.conf").read_text(encoding="utf-8")
NAMES = ("one", "two")
FRAMING = "https://frames.example"


@dataclass(frozen=True)
class Site:
    """Two servers by the names that the cookie gives them, and what nginx makes of them."""

    http: str
    https: str
    trust: ssl.SSLContext
    servers: dict[str, Server]
    log: Path

    def ask(self, method: str, path: str, body: bytes | None = None, **headers: str) -> tuple[int, dict, bytes]:
        """Return status, headers and body of an answer over HTTPS; the certificate is verified."""
        connection = http.client.HTTPSConnection(urlsplit(self.https).netloc, timeout=LIMIT_S, context=self.trust)
        try:
            connection.request(method, path, body, headers)
            answer = connection.getresponse()
            return answer.status, {name.lower(): value for name, value in answer.getheaders()}, answer.read()
        finally:
            connection.close()

    def rate(self, photo: bytes, **headers: str) -> int:
        return self.ask("POST", "/api/rate", photo, **{"Content-Type": "image/jpeg"}, **headers)[0]

    def rated(self, source: str) -> dict[str, int]:
        """Return how many analyses each server has completed; asked of the server itself."""
        line = re.compile(rf'^sqrt_analyses_total\{{outcome="completed",source="{source}"\}} (\S+)$', re.MULTILINE)
        texts = {name: server.ask("GET", "/metrics")[2].decode() for name, server in self.servers.items()}
        return {name: int(float(found[1])) if (found := line.search(text)) else 0 for name, text in texts.items()}


@contextmanager
def running(model_path: Path, folder: Path, **settings: str) -> Iterator[Site]:
    nginx = executable("nginx")
    certificate = (authority := trustme.CA()).issue_cert("127.0.0.1")
    (folder / "certs").mkdir()
    certificate.private_key_pem.write_to_path(folder / "certs" / "privkey.pem")
    for pem in certificate.cert_chain_pems:
        pem.write_to_path(folder / "certs" / "fullchain.pem", append=True)
    authority.configure_trust(trust := ssl.create_default_context())
    log = folder / "log"
    plain, secure = free_port(), free_port()
    with ExitStack() as stack:
        servers = {name: stack.enter_context(Server(model_path, *SERVE, **settings)) for name in NAMES}
        places = {"listen 80;": f"listen 127.0.0.1:{plain};", "listen 443 ssl;": f"listen 127.0.0.1:{secure} ssl;"}
        places |= {"172.28.0.11:8501": servers["one"].host, "172.28.0.12:8501": servers["two"].host}
        config = CONFIG
        for place, other in places.items():
            assert place in config
            config = config.replace(place, other)
        (folder / "nginx.conf").write_text(config, encoding="utf-8")
        command = [nginx, "-p", f"{folder}/", "-c", str(folder / "nginx.conf"), "-e", "stderr"]
        process = stack.enter_context(subprocess.Popen(command, stderr=stack.enter_context(log.open("w"))))
        stack.callback(process.terminate)
        pause = threading.Event()
        for _ in range(100):
            assert process.poll() is None, log.read_text()
            with socket.socket() as trial:
                if trial.connect_ex(("127.0.0.1", secure)) == 0:
                    break
            pause.wait(0.1)
        yield Site(f"127.0.0.1:{plain}", f"https://127.0.0.1:{secure}", trust, servers, log)


@pytest.fixture(scope="module")
def site(model_path, tmp_path_factory) -> Iterator[Site]:
    with running(model_path, tmp_path_factory.mktemp("nginx"), FRAME_ANCESTORS=f"self {FRAMING}") as site:
        yield site
        # Among the warnings would be that of a photo which nginx put on its disk.
        assert re.findall(r"\[(?:warn|crit|alert|emerg)\].*", site.log.read_text()) == []


@contextmanager
def visitor(browser) -> Iterator:
    context = browser.new_context(ignore_https_errors=True)
    try:
        yield context.new_page()
    finally:
        context.close()


def opened(page, address: str) -> str:
    """Open the page and return the name of the server that the visitor was given."""
    page.goto(address)
    page.get_by_text("Drop a photo to see").wait_for(timeout=60_000)
    return named(page)


def named(page) -> str:
    return next(cookie["value"] for cookie in page.context.cookies() if cookie["name"] == "sqrt")


def upload(frame, photo: dict) -> None:
    frame.locator("input[type=file]").set_input_files(photo)
    score_of(frame).wait_for(timeout=60_000)


def test_visitors_spread_and_each_stays_where_its_session_is(site, browser, portrait):
    with ExitStack() as visitors:
        pages = {}
        for _ in range(8):
            page = visitors.enter_context(visitor(browser))
            pages[opened(page, site.https)] = page
            if set(pages) == set(NAMES):
                break
        assert set(pages) == set(NAMES)
        for name, page in pages.items():
            before = site.rated("upload")
            assert opened(page, site.https) == name
            upload(page, portrait)
            assert site.rated("upload") == {**before, name: before[name] + 1}


def test_a_page_in_the_frame_of_a_named_site_takes_a_photo(site, launch, portrait):
    # To Chromium the framing page is a public one and the server a device at home.
    with visitor(launch("--disable-features=LocalNetworkAccessChecks")) as page:
        body = f'<iframe src="{site.https}" width="1000" height="800"></iframe>'
        page.route(f"{FRAMING}/", lambda route: route.fulfill(body=body, content_type="text/html"))
        page.goto(f"{FRAMING}/")
        frame = page.frame_locator("iframe")
        frame.get_by_text("Drop a photo to see").wait_for(timeout=60_000)
        upload(frame, portrait)


def test_the_api_is_shared_by_both_unless_a_cookie_names_one(site, portrait):
    before = site.rated("api")
    assert [site.rate(portrait["buffer"]) for _ in range(8)] == [200] * 8
    shared = site.rated("api")
    assert sum(shared.values()) == sum(before.values()) + 8
    assert all(shared[name] > before[name] for name in NAMES)
    assert [site.rate(portrait["buffer"], Cookie="sqrt=two") for _ in range(4)] == [200] * 4
    assert site.rated("api") == {**shared, "two": shared["two"] + 4}


def test_a_large_photo_passes_through(site):
    noise = io.BytesIO()
    Image.effect_noise((1500, 1500), 90).convert("RGB").save(noise, "PNG")
    assert len(noise.getvalue()) > 2 * 2**20
    status, _, body = site.ask("POST", "/api/rate", noise.getvalue())
    assert (status, json.loads(body)["size_wh"]) == (200, [1500, 1500])


@pytest.mark.parametrize(
    "path", ["/metrics", "/metrics/", "//metrics", "/%6Detrics", "/x/../metrics", "/_stcore/metrics", "/live/metrics"]
)
def test_what_is_counted_is_not_public(site, path):
    status, _, body = site.ask("GET", path)
    assert status == 403
    assert b"sqrt_analyses" not in body


def test_answers_carry_the_servers_headers_and_keep_to_https(site):
    status, headers, _ = site.ask("GET", "/")
    assert status == 200
    assert FRAMING in headers["content-security-policy"]
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["strict-transport-security"].startswith("max-age=")
    assert "nginx/" not in headers["server"]


def test_http_leads_to_https(site):
    connection = http.client.HTTPConnection(site.http, timeout=LIMIT_S)
    connection.request("GET", "/photo?a=b", headers={"Host": "selfies.example"})
    answer = connection.getresponse()
    connection.close()
    assert (answer.status, answer.headers["Location"]) == (308, "https://selfies.example/photo?a=b")


def test_when_a_server_dies_the_other_carries_on(model_path, tmp_path, browser, portrait):
    settings = {"API_RATE_LIMIT": "100000"}
    with running(model_path, tmp_path, **settings) as site, visitor(browser) as page:
        lost = opened(page, site.https)
        left = next(name for name in NAMES if name != lost)
        upload(page, portrait)
        score = score_of(page).locator("b")
        first = score.inner_text()
        dead = site.servers.pop(lost)
        with page.expect_websocket(timeout=60_000):  # of itself, without a reload
            dead.process.kill()
            dead.process.wait(LIMIT_S)  # a photo that it had begun to read would be lost, and be answered with 502
            assert [site.rate(portrait["buffer"], Cookie=f"sqrt={lost}") for _ in range(4)] == [200] * 4
        while page.locator("input[type=file]").count() > 1:  # that of the dead server's page is on its way out
            page.wait_for_timeout(100)
        page.locator("input[type=file]").set_input_files({**portrait, "buffer": darkened(portrait["buffer"])})
        score.filter(has_not_text=first).wait_for(timeout=60_000)
        assert site.rated("upload") == {left: 1}
        assert named(page) == left
        # It comes back, and the visitor stays where the session now is.
        with Server(model_path, *SERVE, STREAMLIT_SERVER_PORT=dead.host.split(":")[1], **settings) as back:
            site.servers[lost] = back
            pause = threading.Event()
            for _ in range(300):
                assert site.rate(portrait["buffer"], Cookie=f"sqrt={lost}") == 200
                if site.rated("api")[lost]:
                    break
                pause.wait(0.1)
            page.locator("input[type=file]").set_input_files(portrait)
            score.filter(has_text=first).wait_for(timeout=60_000)
            assert site.rated("upload") == {left: 2, lost: 0}


def darkened(photo: bytes) -> bytes:
    file = io.BytesIO()
    Image.open(io.BytesIO(photo)).point(lambda level: level // 4).save(file, "JPEG")
    return file.getvalue()

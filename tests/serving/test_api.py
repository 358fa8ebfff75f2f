"""The API over real sockets: what it describes, ranks and finds in clips, and what it answers to the rest."""

import base64
import io
import json
import queue
import re
import select
import signal
import threading
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, closing

import cv2
import jsonschema
import numpy as np
import openapi_spec_validator
import pytest
from PIL import Image

from tests.films import film
from tests.server import LIMIT_S, Server, form

FORM = "multipart/form-data; boundary=frontier"
NO_FILES = "import resource; resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0)); "
START = "import sys, sqrt.__main__ as main; sys.exit(main.main(['serve']))"
# Says when it has something to rate, and rates nothing until it gets the signal.
STUCK = """
import signal, sys, threading
from sqrt.rating import Rater
go = threading.Event()
signal.signal(signal.SIGUSR1, lambda *_: go.set())
def after_signal(work): return lambda *what: sys.stderr.write("stuck\\n") and go.wait() and work(*what)
Rater.examine, Rater.rate_photo = after_signal(Rater.examine), after_signal(Rater.rate_photo)
import sqrt.__main__ as main
sys.exit(main.main(["serve"]))
"""


@pytest.fixture(scope="module")
def server(model_path) -> Iterator[Server]:
    settings = {"MAX_FILE_MB": 2, "MAX_PHOTOS": 6, "MAX_HELD_MB": 16, "MAX_CLIP_MB": 3, "MAX_CLIP_S": 3}
    with Server(model_path, API_RATE_LIMIT=10_000, **settings) as server:
        yield server


def jpeg(pixels) -> bytes:
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, "JPEG", quality=92)
    return file.getvalue()


@pytest.fixture(scope="module")
def photo(astronaut) -> bytes:
    return jpeg(astronaut)


@pytest.fixture(scope="module")
def blurred(astronaut) -> bytes:
    return jpeg(cv2.GaussianBlur(astronaut, (0, 0), 4))


@pytest.fixture(scope="module")
def dark(astronaut) -> bytes:
    return jpeg((astronaut * 0.3).astype(np.uint8))


@pytest.fixture(scope="module")
def clip(astronaut) -> bytes:
    """A second of a blurred face and one of it sharp."""
    return film([cv2.GaussianBlur(astronaut, (0, 0), 4)] * 10 + [astronaut] * 10)


@pytest.fixture(scope="module")
def description(server) -> dict:
    return json.loads(server.ask("GET", "/api/openapi.json")[2])


def photos_form(photos: Sequence[tuple[str, bytes]]) -> bytes:
    head = '--frontier\r\nContent-Disposition: form-data; name="photos"; filename="{}"\r\n\r\n'
    parts = [head.format(name).encode() + data + b"\r\n" for name, data in photos]
    return b"".join(parts) + b"--frontier--\r\n"


def post(server: Server, path: str, body: bytes, kind: str, source: str = "127.0.0.1") -> tuple[int, dict]:
    status, _, answer = server.ask("POST", path, body, source, Content_Type=kind)
    return status, json.loads(answer)


def ranked(server: Server, photos: Sequence[tuple[str, bytes]], source: str = "127.0.0.1") -> tuple[int, dict]:
    return post(server, "/api/rank", photos_form(photos), FORM, source)


class TestDescription:
    def test_it_is_openapi(self, description):
        assert description["openapi"] == "3.1.0"
        openapi_spec_validator.validate(description)
        assert set(description["paths"]) == {"/api/rate", "/api/rank", "/api/fix", "/api/clip"}

    def test_it_describes_what_is_answered(self, server, description, photo, blurred, clip):
        answers = {
            "Rating": server.rate(photo)[1],
            "Ranking": ranked(server, [("a", photo), ("b", b"no photo"), ("c", blurred)])[1],
            "Fixed": post(server, "/api/fix?told=true", photo, "image/jpeg")[1],
            "Moments": post(server, "/api/clip?frames=true", clip, "video/mp4")[1],
            "Problem": server.rate(b"no photo")[1],
        }
        for name, answer in answers.items():
            schema = {"$ref": f"#/components/schemas/{name}", "components": description["components"]}
            jsonschema.validate(answer, schema, jsonschema.Draft202012Validator)
            assert set(answer) == set(description["components"]["schemas"][name]["required"])

    def test_problems_are_described_as_such(self, description):
        for path in description["paths"].values():
            kinds = {status: list(answer["content"]) for status, answer in path["post"]["responses"].items()}
            assert "application/json" in kinds.pop("200")
            assert set(kinds) >= {"400", "408", "413", "415", "429", "503"}
            assert all(kind == ["application/problem+json"] for kind in kinds.values())


class TestFix:
    def test_the_answer_is_the_picture(self, server, dark, description):
        status, headers, answer = server.ask("POST", "/api/fix", dark, Content_Type="image/jpeg")
        assert (status, headers["content-type"]) == (200, "image/jpeg")
        assert headers["cache-control"] == "no-store"
        better, before = server.rate(answer)[1], server.rate(dark)[1]
        assert better["overall"] > before["overall"] + 5
        kinds = description["paths"]["/api/fix"]["post"]["responses"]["200"]["content"]
        assert set(kinds) == {"image/jpeg", "application/json"}

    def test_it_tells_what_was_done_if_asked(self, server, dark):
        status, answer = post(server, "/api/fix?told=true", dark, "image/jpeg")
        assert status == 200
        assert [step["name"] for step in answer["steps"]] == ["exposure"]
        assert answer["before"] == server.rate(dark)[1]
        assert answer["after"] == server.rate(base64.b64decode(answer["jpeg"]))[1]
        assert answer["gain"] == pytest.approx(answer["after"]["overall"] - answer["before"]["overall"], abs=0.2)

    def test_only_what_is_named_is_tried(self, server, dark):
        status, answer = post(server, "/api/fix?told=true&only=level,crop", dark, "image/jpeg")
        assert (status, answer["steps"], answer["gain"]) == (200, [], 0)
        assert base64.b64decode(answer["jpeg"]) == dark

    @pytest.mark.parametrize(
        ("query", "body", "status", "said"),
        [
            ("?only=smoothing", None, 422, "denoise, backlight"),
            ("?location=perhaps", None, 422, "location"),
            ("", b"no photo", 400, "not a photo"),
        ],
    )
    def test_what_cannot_be_done_is_answered_in_a_sentence(self, query, body, status, said, server, dark):
        answered, answer = post(server, f"/api/fix{query}", body or dark, "image/jpeg")
        assert answered == status == answer["status"]
        assert said in answer["detail"]

    def test_it_counts_for_several_photos(self, model_path, dark):
        with Server(model_path, API_RATE_LIMIT=10) as server:
            answers = [post(server, "/api/fix?told=true", dark, "image/jpeg")[0] for _ in range(2)]
        assert answers == [200, 429]


@pytest.mark.parametrize("path", ["/api/rate", "/api/rank", "/api/clip"])
def test_the_address_says_what_a_photo_is_for(server, photo, clip, path):
    body, kind = {
        "/api/rate": (photo, "image/jpeg"),
        "/api/rank": (photos_form([("a.jpg", photo)]), FORM),
        "/api/clip": (clip, "video/mp4"),
    }[path]

    def rating(answer):
        several = answer.get("photos") or answer.get("moments")
        return several[0]["rating"] if several else answer

    usual = rating(post(server, path, body, kind)[1])
    document = rating(post(server, f"{path}?for=id", body, kind)[1])
    assert (usual["purpose"], usual["rules"]) == ("profile", [])
    assert document["purpose"] == "id"
    assert document["rules"]
    assert document["scores"]["expression"] < usual["scores"]["expression"]
    status, problem = post(server, f"{path}?for=passport", body, kind)
    assert status == 422
    assert "for" in problem["detail"]


class TestRank:
    def test_the_best_comes_first_and_who_is_refused_spoils_no_other(self, server, photo, blurred):
        photos = [("blurred.jpg", blurred), ("notes.txt", b"no photo"), ("Zoë.jpg", photo), ("again.jpg", photo)]
        status, answer = ranked(server, photos)
        assert status == 200
        assert answer["order"] == [2, 3, 0]
        assert sorted(index for group in answer["groups"] for index in group) == [0, 2, 3]
        assert [2, 3] in answer["ties"]
        assert set(answer["reasons"]) <= {"0", "2", "3"}
        assert [one["file"] for one in answer["photos"]] == [name for name, _ in photos]
        assert answer["photos"][2]["rating"] == server.rate(photo)[1]
        assert answer["photos"][1] == {"file": "notes.txt", "problem": server.rate(b"no photo")[1]["detail"]}

    def test_one_that_is_too_large_spoils_no_other(self, server, photo):
        status, answer = ranked(server, [("large", bytes(2 * 2**20 + 1)), ("small", photo)])
        assert (status, answer["order"], answer["groups"]) == (200, [1], [[1]])
        assert answer["photos"][0]["problem"].endswith(".")

    def test_none_that_can_be_rated_is_no_order(self, server):
        status, answer = ranked(server, [("a", b"x"), ("b", b"y")])
        assert (status, answer["order"], answer["groups"], answer["ties"]) == (200, [], [], [])

    @pytest.mark.parametrize(
        ("body", "kind", "status", "said"),
        [
            (b"\xff\xd8", "image/jpeg", 415, "files of a form"),
            (b"no form at all", FORM, 400, "cannot be read"),
            (b"--frontier--\r\n", FORM, 400, "no file"),
            (photos_form([("a", b"x")] * 7), FORM, 400, "at most 6 photos"),
            (photos_form([("a", bytes(2 * 2**20))] * 5), FORM, 413, "at most 8 MB"),
        ],
    )
    def test_what_cannot_be_ranked_is_a_problem_in_one_sentence(self, server, body, kind, status, said):
        got, headers, answer = server.ask("POST", "/api/rank", body, Content_Type=kind)
        assert (got, headers["content-type"]) == (status, "application/problem+json")
        detail = json.loads(answer)["detail"]
        assert said in detail
        assert detail.endswith(".")

    def test_it_is_kept_by_nobody(self, server, photo):
        for path in ("rank", "clip"):
            assert server.ask("POST", f"/api/{path}")[1]["cache-control"] == "no-store"


class TestClip:
    @pytest.mark.parametrize("wrapped", [True, False])
    def test_the_best_moment_comes_first(self, server, clip, wrapped):
        body, kind = form(clip, "clip.mp4") if wrapped else (clip, "video/mp4")
        status, answer = post(server, "/api/clip", body, kind)
        assert status == 200
        best = answer["moments"][0]
        assert 1 <= best["at_s"] < 2
        assert best["rating"]["scores"]["sharpness"] > 50
        assert "jpeg" not in best

    def test_frames_come_where_they_are_asked_for(self, server, clip):
        status, answer = post(server, "/api/clip?frames=true", clip, "application/octet-stream")
        assert status == 200
        picture = Image.open(io.BytesIO(base64.b64decode(answer["moments"][0]["jpeg"], validate=True)))
        assert (picture.format, picture.size) == ("JPEG", (512, 512))

    @pytest.mark.parametrize(
        ("path", "size", "kind", "status", "said"),
        [
            ("", 9, "video/mp4", 400, "not a clip"),
            ("", 9, "text/html", 415, "video/mp4"),
            ("", 3 * 2**20 + 1, "video/mp4", 413, "at most 3 MB"),
            ("?frames=perhaps", 9, "video/mp4", 422, "frames"),
        ],
    )
    def test_what_is_no_clip_is_a_problem_in_one_sentence(self, server, path, size, kind, status, said):
        got, answer = post(server, f"/api/clip{path}", bytes(size), kind)
        assert (got, answer["status"]) == (status, status)
        assert said in answer["detail"]

    def test_a_clip_that_is_too_long_is_told(self, server, astronaut):
        status, answer = post(server, "/api/clip", film([astronaut] * 50), "video/mp4")
        assert status == 400
        assert "at most 3" in answer["detail"]


@pytest.mark.parametrize("path", ["/api/rate/", "/api/docs", "/api/redoc", "/api/openapi.json/", "/api/"])
def test_nothing_else_is_there(server, path):
    status, headers, _ = server.ask("GET", path)
    assert (status, headers["content-type"]) == (404, "application/problem+json")


def test_each_photo_counts(model_path, photo):
    with Server(model_path, API_RATE_LIMIT=5) as server:
        assert ranked(server, [("a", photo)] * 3)[0] == 200
        _, headers, answer = server.ask("POST", "/api/rank", photos_form([("a", photo)] * 3), Content_Type=FORM)
        assert json.loads(answer)["status"] == 429
        assert 0 < int(headers["retry-after"]) <= 60
        # Whose form was read is counted once, the photos in it not.
        assert [ranked(server, [("a", photo)])[0], server.rate(photo)[0]] == [200, 429]
        assert "at most 5 photos" in ranked(server, [("a", photo)] * 6, "127.0.0.2")[1]["detail"]


def test_photos_of_a_form_are_rated_side_by_side_and_take_their_places(model_path, photo):
    with Server(model_path, "-c", STUCK, ENGINE_POOL_SIZE=3, API_MAX_PENDING=4) as server:
        statuses: queue.Queue[int] = queue.Queue()

        def ask(source: str, count: int) -> threading.Thread:
            thread = threading.Thread(target=lambda: statuses.put(ranked(server, [("a", photo)] * count, source)[0]))
            thread.start()
            for _ in range(min(count, 2)):
                server.wait_for("stuck")
            return thread

        # Half of the four places for the first, and one for each of the others.
        asking = [ask("127.0.0.2", 5), ask("127.0.0.3", 1), ask("127.0.0.4", 1)]
        assert ranked(server, [("a", photo)])[0] == 503
        assert server.rate(photo)[0] == 503
        server.process.send_signal(signal.SIGUSR1)
        assert [statuses.get(timeout=LIMIT_S) for _ in asking] == [200, 200, 200]
        for thread in asking:
            thread.join(LIMIT_S)
        assert server.rate(photo)[0] == 200


def test_a_client_has_one_clip_rated_at_a_time(model_path, clip):
    with Server(model_path, "-c", STUCK) as server:
        statuses: queue.Queue[int] = queue.Queue()
        asking = [
            threading.Thread(target=lambda: statuses.put(post(server, "/api/clip", clip, "video/mp4")[0])) for _ in "ab"
        ]
        for thread in asking:
            thread.start()
        assert statuses.get(timeout=LIMIT_S) == 429
        server.process.send_signal(signal.SIGUSR1)
        assert statuses.get(timeout=LIMIT_S) == 200
        for thread in asking:
            thread.join(LIMIT_S)
        assert post(server, "/api/clip", clip, "video/mp4")[0] == 200


@pytest.mark.parametrize("path", ["rank", "clip"])
def test_who_leaves_ends_the_work(model_path, photo, astronaut, path):
    body = photos_form([("a", photo)] * 30) if path == "rank" else film([astronaut] * 30)
    kind, source = (FORM, "api") if path == "rank" else ("video/mp4", "clip")
    with Server(model_path, "-c", STUCK, ENGINE_POOL_SIZE=1, API_MAX_PENDING=1, CLIP_RATE=10) as server:
        with closing(server.connect()) as leaving:
            leaving.request("POST", f"/api/{path}", body, {"Content-Type": kind})
            server.wait_for("stuck")
        server.process.send_signal(signal.SIGUSR1)
        pause = threading.Event()
        while (status := server.rate(photo)[0]) != 200:  # its place is given back
            assert status in (429, 503)
            pause.wait(0.05)
        counts = server.ask("GET", "/metrics")[2].decode()
        found = re.search(
            rf'^sqrt_analyses_total\{{outcome="completed",source="{source}"\}} (\S+)$', counts, re.MULTILINE
        )
        assert float(found[1]) < 15
        assert not [line for line in server.log if "ERROR" in line or "Traceback" in line]


def test_forms_that_arrive_are_held_within_bounds(model_path):
    with Server(model_path, MAX_HELD_MB=10) as server, ExitStack() as held:
        body = photos_form([("a", bytes(4 * 2**20))])
        connections = [held.enter_context(closing(server.connect(source))) for source in ("127.0.0.3", "127.0.0.4")]
        for connection in connections:
            connection.putrequest("POST", "/api/rank")
            connection.putheader("Content-Type", FORM)
            connection.putheader("Content-Length", str(len(body)))
            connection.endheaders(body[:-1])
        # Together too much: whoever comes last is refused.
        sockets = [connection.sock for connection in connections]
        assert any(server.rate(bytes(3 * 2**20))[0] == 503 or select.select(sockets, [], [], 0)[0] for _ in range(20))
        for waiting in select.select(sockets, [], [], 0)[0]:
            assert waiting.recv(12) == b"HTTP/1.1 503"


def test_no_photo_of_a_form_is_written_to_disk(model_path, clip):
    noise = np.random.default_rng(1).integers(0, 256, (1000, 1000, 3), np.uint8)
    large = io.BytesIO()
    Image.fromarray(noise).save(large, "PNG")
    assert len(large.getvalue()) > 2 * 2**20
    with Server(model_path, "-c", NO_FILES + START) as server:
        assert ranked(server, [("a", large.getvalue())] * 3)[1]["order"] == [0, 1, 2]
        assert post(server, "/api/clip", *form(clip + bytes(2 * 2**20)))[0] == 200

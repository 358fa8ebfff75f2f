"""The server's end of a camera's WebRTC connection: real peers, real offers, and offers that no browser makes."""

import asyncio
import json
import random
import threading
from collections.abc import AsyncIterator, Callable, Coroutine
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from typing import Any, TypeVar

from aiortc import RTCConfiguration, RTCPeerConnection, RTCSessionDescription
from aiortc.mediastreams import VideoStreamTrack
from av import VideoFrame
from PIL import Image

from tests.live_page import Camera, saved
from tests.serving.test_live import quiet, serving
from tests.visitor import Visitor

Made = TypeVar("Made")


class Portrait(VideoStreamTrack):
    """The same frame again and again."""

    def __init__(self, pixels: Any) -> None:
        super().__init__()
        self._frame = VideoFrame.from_ndarray(pixels, format="rgb24").reformat(format="yuv420p")

    async def recv(self) -> VideoFrame:
        self._frame.pts, self._frame.time_base = await self.next_timestamp()
        return self._frame


@asynccontextmanager
async def offering(pixels: Any, count: int = 1) -> AsyncIterator[list[RTCPeerConnection]]:
    peers = [RTCPeerConnection(RTCConfiguration(iceServers=[])) for _ in range(count)]
    for peer in peers:
        peer.addTransceiver(Portrait(pixels), direction="sendonly")
        await peer.setLocalDescription(await peer.createOffer())
    yield peers
    for peer in peers:
        await peer.close()
    await asyncio.sleep(0)  # for their sockets


async def connect(camera: Camera, peer: RTCPeerConnection) -> None:
    offer = {"sdp": peer.localDescription.sdp, "type": "offer"}
    status, answer = await asyncio.to_thread(camera.post, "/offer", json.dumps(offer).encode())
    assert (status, answer["type"]) == (200, "answer")
    await peer.setRemoteDescription(RTCSessionDescription(**answer))


def run(work: Coroutine[Any, Any, Made]) -> Made:
    """Do it in a thread of its own: where a browser was tested before, a loop runs in this one."""
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(asyncio.run, work).result()


async def until(true: Callable[[], bool]) -> None:
    async with asyncio.timeout(30):
        while not true():
            await asyncio.sleep(0.05)


def test_frames_are_rated_a_new_peer_ends_the_old_and_stop_ends_all(model_path, tmp_path, astronaut):
    async def play() -> None:
        async with offering(astronaut, 2) as (one, other):
            await connect(camera, one)
            told = [(await asyncio.to_thread(camera.post))[1] for _ in range(3)]
            assert {answer["way"] for answer in told} == {"webrtc"}
            assert [answer["ratings"] for answer in told] == [1, 2, 3]
            assert told[-1]["score"] > 70
            await connect(camera, other)
            await until(lambda: one.connectionState == "closed")
            assert (await asyncio.to_thread(camera.post))[1]["ratings"] >= 4
            assert other.connectionState == "connected"
            assert camera.counts()[0] == 1
            await asyncio.to_thread(camera.post, "/stop")
            await until(lambda: other.connectionState == "closed")

    with serving(model_path, tmp_path) as server, Visitor(server.host) as visitor:
        camera = Camera(server, visitor)
        run(play())
        assert camera.counts()[0] == 0
        assert quiet(server)


def test_where_a_peer_falls_silent_that_is_told_and_a_snapshot_is_rated(model_path, tmp_path, astronaut):
    async def play() -> None:
        async with offering(astronaut) as (peer,):
            await connect(camera, peer)
            assert (await asyncio.to_thread(camera.post))[1]["way"] == "webrtc"
        while (await asyncio.to_thread(camera.post))[1]["way"]:  # a rating may have been under way
            pass
        snapshot = saved(Image.fromarray(astronaut))
        while (answer := await asyncio.to_thread(camera.post, body=snapshot))[0] == 429:  # it is too early
            pass
        assert (answer[0], answer[1]["way"]) == (200, "snapshots")

    with serving(model_path, tmp_path, REALTIME_INTERVAL=3) as server, Visitor(server.host) as visitor:
        camera = Camera(server, visitor)
        run(play())
        assert quiet(server)


def test_many_offers_leave_no_peer_and_no_thread(model_path, tmp_path, astronaut):
    async def play(times: int) -> None:
        async with offering(astronaut, times) as peers:
            for peer in peers:
                await connect(camera, peer)
            await until(lambda: peers[-1].connectionState == "connected")
            assert (await asyncio.to_thread(camera.post))[0] == 200
            await asyncio.to_thread(camera.post, "/stop")

    with serving(model_path, tmp_path) as server, Visitor(server.host) as visitor:
        camera = Camera(server, visitor)
        run(play(5))
        before = camera.counts()[2]
        run(play(15))
        pause = threading.Event()
        while camera.counts()[2] > before:  # a closed peer's threads end by themselves
            assert not pause.wait(0.1)
        assert quiet(server)


def test_offers_that_no_browser_makes_are_one_sentence(model_path, tmp_path, astronaut):
    async def offered() -> str:
        async with offering(astronaut) as (peer,):
            return str(peer.localDescription.sdp)

    good = run(offered())
    dice = random.Random(7)
    lines = good.splitlines()
    spoilt = ["", "v=0", "m=video 9 x\r\n", good.replace("m=video", "m=audio"), good + good, "m=video 0 a b\r\n" * 9]
    for _ in range(60):
        some = [line for line in lines if dice.random() < 0.9]
        if dice.random() < 0.7:
            place = dice.randrange(len(some))
            some[place] = some[place][: dice.randrange(len(some[place]) + 1)] + dice.choice(
                ["", " ", "\0", "9" * 30, "a=x"]
            )
        spoilt.append("\r\n".join(some) + "\r\n")
    with serving(model_path, tmp_path) as server, Visitor(server.host) as visitor:
        camera = Camera(server, visitor)
        for body in (b"", b"{}", b"\xff", b"[]", b'{"sdp": 1, "type": "offer"}'):
            assert camera.post("/offer", body)[0] == 422
        assert camera.post("/offer", json.dumps({"sdp": good, "type": "answer"}).encode())[0] == 422
        assert camera.post("/offer", json.dumps({"sdp": "x" * 2**16, "type": "offer"}).encode())[0] == 413
        for sdp in spoilt:
            status, answer = camera.post("/offer", json.dumps({"sdp": sdp, "type": "offer"}).encode())
            assert status in (200, 422)
            assert status == 200 or answer["problem"].endswith(".")
        assert camera.post("/offer", json.dumps({"sdp": good, "type": "offer"}).encode())[0] == 200
        assert quiet(server)


def test_where_an_operator_wants_snapshots_no_peer_is_made(model_path, tmp_path):
    with serving(model_path, tmp_path, LIVE_TRANSPORT="snapshots") as server, Visitor(server.host) as visitor:
        status, answer = Camera(server, visitor).post("/offer", b"{}")
        assert (status, list(answer)) == (404, ["problem"])

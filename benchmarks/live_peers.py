"""Browsers' stand-in for `live_server.py`: WebRTC peers that send a film, which was encoded once, again and again.

Prints the offers as one line of JSON, reads the answers as one line, plays until its input ends, and prints the percent
of a core that playing took.
"""

import asyncio
import fractions
import json
import sys
import time
from pathlib import Path

import av
from aiortc import RTCConfiguration, RTCPeerConnection, RTCSessionDescription
from aiortc.mediastreams import VideoStreamTrack

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))  # runs from a clone, nothing is installed

from benchmarks.live import FPS, moving_portrait

CLOCK = fractions.Fraction(1, 90_000)


def encoded() -> list[bytes]:
    """Return two seconds of VP8, which start with a whole picture, at a bit rate that browsers use."""
    codec = av.CodecContext.create("libvpx", "w")
    codec.width, codec.height, codec.pix_fmt = 640, 480, "yuv420p"
    codec.time_base = fractions.Fraction(1, FPS)
    codec.bit_rate = 1_000_000
    codec.options = {"deadline": "realtime", "cpu-used": "4", "lag-in-frames": "0"}
    packets = []
    for number, planes in enumerate(moving_portrait()):
        frame = av.VideoFrame.from_ndarray(planes, format="yuv420p")
        frame.pts, frame.time_base = number, codec.time_base
        packets += codec.encode(frame)
    packets += codec.encode(None)
    return [bytes(packet) for packet in packets]


class Film(VideoStreamTrack):
    """Gives the packets at their times; the sender passes them on as they are."""

    def __init__(self, packets: list[bytes]) -> None:
        super().__init__()
        self._packets = packets
        self._shown = 0
        self._started_at = 0.0

    async def recv(self) -> av.Packet:
        if not self._shown:
            self._started_at = time.perf_counter()
        await asyncio.sleep(max(0.0, self._started_at + self._shown / FPS - time.perf_counter()))
        packet = av.Packet(self._packets[self._shown % len(self._packets)])
        packet.pts = packet.dts = self._shown * 90_000 // FPS
        packet.time_base = CLOCK
        self._shown += 1
        return packet


async def play(count: int) -> None:
    packets = encoded()
    peers = [RTCPeerConnection(RTCConfiguration(iceServers=[])) for _ in range(count)]
    for peer in peers:
        peer.addTransceiver(Film(packets), direction="sendonly")
        await peer.setLocalDescription(await peer.createOffer())
    offers = [{"sdp": peer.localDescription.sdp, "type": peer.localDescription.type} for peer in peers]
    print(json.dumps(offers), flush=True)
    answers = json.loads(await asyncio.to_thread(sys.stdin.readline))
    for peer, answer in zip(peers, answers, strict=True):
        await peer.setRemoteDescription(RTCSessionDescription(**answer))
    start, cpu = time.perf_counter(), time.process_time()
    await asyncio.to_thread(sys.stdin.read)
    print(100 * (time.process_time() - cpu) / (time.perf_counter() - start), flush=True)
    for peer in peers:
        await peer.close()


if __name__ == "__main__":
    asyncio.run(play(int(sys.argv[1])))

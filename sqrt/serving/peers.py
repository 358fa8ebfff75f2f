"""The server's end of a camera's WebRTC connection, which only receives."""

import asyncio
import logging
import re
import threading
import weakref
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from http import HTTPStatus
from typing import Any, TypeAlias

from aiortc import RTCConfiguration, RTCIceServer
from aiortc.exceptions import InvalidAccessError, InvalidStateError, OperationError
from av import VideoFrame
from streamlit_webrtc import VideoSinkTrack, WebRtcMode, WebRtcWorker
from streamlit_webrtc.webrtc import SignallingTimeoutError

from sqrt.live import LiveRater
from sqrt.live.news import nothing
from sqrt.serving.problems import Refusal
from sqrt.settings import Settings
from sqrt.ui.connection import ice_servers
from sqrt.words import N_

OFFER_S = 8.0
"""For an answer, which waits for the server's own addresses."""
_THREADS, _NAME = 4, "live-peers"
_Worker: TypeAlias = WebRtcWorker[Any, Any]
_MEDIA = re.compile(r"^m=(\w+)", re.MULTILINE)
_WRONG = N_("This browser's offer of a connection cannot be read.")
_LATE = N_("The connection could not be prepared in time.")
# What aiortc raises at a description that no browser makes: it takes most for granted.
_REFUSALS = (
    *(ValueError, TypeError, LookupError, ArithmeticError, AttributeError, AssertionError, RuntimeError),
    *(InvalidAccessError, InvalidStateError, OperationError),
)
# Of a worker: everything that this one does not do.
_NOT_USED = dict.fromkeys(
    [
        *("source_video_track", "source_audio_track", "sink_audio_track"),
        *("player_factory", "in_recorder_factory", "out_recorder_factory"),
        *("video_frame_callback", "audio_frame_callback"),
        *("queued_video_frames_callback", "queued_audio_frames_callback"),
        *("on_video_ended", "on_audio_ended", "video_processor_factory", "audio_processor_factory"),
    ]
)

# A worker asks for the page that it is made on; ours are made on none.
logging.getLogger("streamlit.runtime.scriptrunner_utils.script_run_context").addFilter(
    lambda _record: not threading.current_thread().name.startswith(_NAME)
)


class Peers:
    """Makes one peer a stream, which takes it over."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._threads = ThreadPoolExecutor(_THREADS, thread_name_prefix=_NAME)

    async def answer(self, stream: LiveRater, sdp: str) -> str:
        """Return the answer to a browser's offer; raises Refusal. A peer that the stream had is closed."""
        if _MEDIA.findall(sdp) != ["video"]:
            raise Refusal(HTTPStatus.UNPROCESSABLE_ENTITY, _WRONG)
        stream.attach(nothing)
        job = self._threads.submit(self._answered, _into(stream), sdp)
        try:
            worker, answer = await asyncio.wrap_future(job)
        except asyncio.CancelledError:
            job.add_done_callback(_stop_made)
            raise
        # Not held by what holds the stream alone: without the stream it ends, too.
        hang_up = weakref.finalize(stream, self._threads.submit, worker.stop)
        hang_up.atexit = False
        stream.attach(hang_up)
        return answer

    def _answered(self, take: Callable[[VideoFrame], None], sdp: str) -> tuple[_Worker, str]:
        servers = [RTCIceServer(**server) for server in ice_servers(self._settings)]
        worker = _Worker(
            WebRtcMode.SENDONLY,  # as the browser sees it
            RTCConfiguration(iceServers=servers),
            sink_video_track=VideoSinkTrack(take),
            async_processing=False,
            video_receiver_size=1,
            audio_receiver_size=1,
            sendback_video=False,
            sendback_audio=False,
            **_NOT_USED,
        )
        try:
            return worker, worker.process_offer(sdp, "offer", timeout=OFFER_S).sdp
        except SignallingTimeoutError as error:
            raise Refusal(HTTPStatus.GATEWAY_TIMEOUT, _LATE) from error
        except _REFUSALS as error:
            raise Refusal(HTTPStatus.UNPROCESSABLE_ENTITY, _WRONG) from error


def _stop_made(job: Future[tuple[_Worker, str]]) -> None:
    """Stop what was made though nobody waits for it any more; called in its thread."""
    if not job.cancelled() and job.exception() is None:
        job.result()[0].stop()


def _into(stream: LiveRater) -> Callable[[VideoFrame], None]:
    """Return what gives a stream its frames, and does not keep it alive."""
    receiver = weakref.WeakMethod(stream.recv)

    def take(frame: VideoFrame) -> None:
        if recv := receiver():
            recv(frame)

    return take

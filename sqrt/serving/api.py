"""The API: ``POST /api/rate``, ``/api/rank``, ``/api/fix``, ``/api/clip``, and their description, without the page."""

import asyncio
import base64
from collections import deque
from collections.abc import Callable, Sequence
from contextlib import closing
from functools import partial
from http import HTTPStatus
from threading import Event, Semaphore
from typing import Annotated, Any

from fastapi import Query
from starlette.datastructures import UploadFile
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from sqrt import __version__
from sqrt.choosing.clip import Moment, rate_clip
from sqrt.choosing.ranking import rank
from sqrt.choosing.shots import Shot, shot_of
from sqrt.errors import BusyError, PhotoError
from sqrt.improving import Fixed, Repair, fix
from sqrt.monitoring import analysed
from sqrt.rating import VERSION, WAIT_S, Rater, Rating
from sqrt.reading import Photo
from sqrt.serving import answers
from sqrt.serving.bodies import Held, Sender
from sqrt.serving.clients import Clients, watched
from sqrt.serving.describing import PICTURE, Described, clip_body, photo_body, photos_body, problems
from sqrt.serving.forms import one_file, several_files
from sqrt.serving.problems import HANDLERS, Refusal
from sqrt.settings import PurposeKey, Settings
from sqrt.showing import schema

_FIX_COUNTS = 6
"""Photos for which a better one counts: as often it is rated, about, and decoded and encoded whole."""
_For = Annotated[
    PurposeKey | None, Query(alias="for", description="What the photos are for; the server's PURPOSE unless given")
]


class Api:
    """The API of one server.

    Parameters
    ----------
    settings : Settings
        Limits on photos, clips and clients.
    rater : callable
        Gives the rater in use; called off the event loop.
    clip_turns : callable
        Gives what lets so many clips be decoded at a time; called off the event loop.
    held : Held
        The account of what clients and visitors have sent.
    """

    def __init__(
        self, settings: Settings, rater: Callable[[], Rater], clip_turns: Callable[[], Semaphore], held: Held
    ) -> None:
        self._settings, self._rater, self._clip_turns, self._held = settings, rater, clip_turns, held
        self._clients = Clients(settings)
        # More would never be taken: each counts for the rate limit.
        self._most = min(settings.max_photos, settings.api_rate_limit)
        self._most_bytes = min(self._most * settings.max_file_mb, settings.max_held_mb // 2) * 2**20
        self.app = self._described()

    def _described(self) -> Described:
        settings = self._settings
        app = Described(
            title="SQRT, the Selfie Quality Rater",
            version=__version__,
            openapi_url="/api/openapi.json",
            # Their pages load scripts from elsewhere.
            docs_url=None,
            redoc_url=None,
            redirect_slashes=False,
            exception_handlers=HANDLERS,
            # Whatever the environment says: nobody is told who visits.
            telemetry={"tracing": False, "metrics": False, "logs": False, "auto_configure": False},
        )
        post = partial(app.add_api_route, methods=["POST"], response_model_exclude_unset=True)
        one, together = f"{settings.max_file_mb} MB", f"{self._most_bytes / 2**20:.0f} MB"
        post(
            "/api/rate",
            self._rate,
            operation_id="rate",
            summary="Rate one photo",
            response_model=schema.Rating,
            responses=problems("photo", one),
            openapi_extra=photo_body(settings),
        )
        post(
            "/api/rank",
            self._rank,
            operation_id="rank",
            summary="Tell which of several photos to keep",
            response_model=answers.Ranking,
            responses=problems("form", together),
            openapi_extra=photos_body(settings, self._most, self._most_bytes),
        )
        post(
            "/api/fix",
            self._fix,
            operation_id="fix",
            summary="Make one photo better",
            response_model=answers.Fixed,
            responses={**problems("photo", one), HTTPStatus.OK.value: PICTURE},
            openapi_extra=photo_body(settings),
        )
        post(
            "/api/clip",
            self._clip,
            operation_id="clip",
            summary="Find the best moments of a clip",
            response_model=answers.Moments,
            responses=problems("clip", f"{settings.max_clip_mb} MB"),
            openapi_extra=clip_body(settings),
        )
        return app

    @property
    def routes(self) -> list[Route]:
        """Everything under ``/api``: Streamlit would answer addresses that nobody knows with its page."""
        return [Route("/api/{rest:path}", self.app)]

    async def _rate(self, request: Request, purpose: _For = None) -> dict[str, Any]:
        """Rate one photo."""
        client = _client(request)
        with self._clients.in_hand(client), self._held.arriving(Sender("", client)) as add:
            data = await one_file(request, "photo", ("image/",), self._settings.max_file_mb, add)
            with self._clients.pending(client):
                _, rating = await self._clients.run(partial(self._examined, client, data, purpose))
        return rating.to_dict()

    async def _rank(self, request: Request, purpose: _For = None) -> dict[str, Any]:
        """Rate several photos, and tell which to keep. Who is refused is in no group, and spoils no other."""
        client = _client(request)
        with self._clients.in_hand(client), self._held.arriving(Sender("", client)) as add:
            async with several_files(request, self._most, self._most_bytes, add) as files:
                self._clients.count(client, len(files) - 1)  # one is in hand already
                async with watched(request) as gone:
                    rated = await self._all_rated(client, files, gone, purpose)
                names = [file.filename or "" for file in files]
        return await self._clients.run(partial(_ranking, names, rated))

    async def _fix(
        self, request: Request, only: str = "", location: bool = True, told: bool = False, purpose: _For = None
    ) -> Response:
        """Make one photo better by what helps; `only` names steps, with commas between, of which none else is tried.

        The answer is the picture, and with `told` what was done, too. Without `location` it does not tell where it was
        taken.
        """
        client, clients, repairs = _client(request), self._clients, _repairs(only)
        with clients.in_hand(client), self._held.arriving(Sender("", client)) as add:
            data = await one_file(request, "photo", ("image/",), self._settings.max_file_mb, add)
            clients.count(client, min(_FIX_COUNTS, self._settings.api_rate_limit) - 1)  # one is in hand already
            with clients.pending(client):
                mend = partial(fix, data, self._rater_for(client, purpose), repairs, location=location, wait_s=WAIT_S)
                fixed = await clients.run(partial(_mended, mend))
        return JSONResponse(_fixed(fixed)) if told else Response(fixed.jpeg, media_type="image/jpeg")

    async def _clip(self, request: Request, frames: bool = False, purpose: _For = None) -> dict[str, Any]:
        """Find the at most three best moments of a clip that clearly differ; with `frames` their pictures, too."""
        client, clients = _client(request), self._clients
        with clients.in_hand(client), clients.only_clip(client), self._held.arriving(Sender("", client)) as add:
            data = await one_file(request, "clip", ("video/", "image/"), self._settings.max_clip_mb, add)
            async with watched(request) as gone:
                with clients.pending(client):
                    moments = await clients.run(partial(self._best_moments, client, data, gone, purpose))
        return {"version": VERSION, "moments": [_moment(one, frames) for one in moments]}

    def _rater_for(self, client: str, purpose: PurposeKey | None) -> Rater:
        rater = self._rater().of(client)
        return rater.suited_to(purpose) if purpose else rater

    def _examined(self, client: str, data: bytes, purpose: PurposeKey | None = None) -> tuple[Photo, Rating]:
        return analysed("api", lambda: self._rater_for(client, purpose).examine(data, WAIT_S))

    async def _all_rated(
        self, client: str, files: Sequence[UploadFile], gone: Event, purpose: PurposeKey | None
    ) -> list[Shot | str]:
        """Return what is kept of each photo, or why it was refused."""
        rated: dict[int, Shot | str] = {}
        waiting = deque(enumerate(files))

        async def work() -> None:
            while waiting and not gone.is_set():
                index, file = waiting.popleft()
                data = await file.read()
                await file.close()
                try:
                    rated[index] = await self._clients.run(
                        partial(self._shot, client, file.filename or "", data, purpose)
                    )
                except BaseException:
                    waiting.clear()  # what one place cannot do ends it for all
                    raise

        with self._clients.pending(client, min(self._settings.engine_pool_size, len(files))) as places:
            for outcome in await asyncio.gather(*(work() for _ in range(places)), return_exceptions=True):
                if outcome:
                    raise outcome
        if gone.is_set():
            raise _left()
        return [rated[index] for index in range(len(files))]

    def _shot(self, client: str, name: str, data: bytes, purpose: PurposeKey | None) -> Shot | str:
        try:
            photo, rating = self._examined(client, data, purpose)
        except PhotoError as error:
            return error.user_message
        return shot_of(name, photo, rating)

    def _best_moments(self, client: str, data: bytes, gone: Event, purpose: PurposeKey | None) -> list[Moment]:
        turns = self._clip_turns()
        if not turns.acquire(timeout=WAIT_S):
            raise BusyError(f"no turn for a clip within {WAIT_S} s")
        try:
            moments: list[Moment] = []
            with closing(rate_clip(data, self._rater_for(client, purpose), rate_hz=self._settings.clip_rate)) as steps:
                for progress in steps:
                    moments = progress.moments
                    if gone.is_set():
                        raise _left()
            return moments
        finally:
            turns.release()


def _client(request: Request) -> str:
    return request.client.host if request.client else ""


def _left() -> Refusal:
    return Refusal(HTTPStatus.BAD_REQUEST, "Nobody waits for the answer any more.")


def _ranking(names: Sequence[str], rated: Sequence[Shot | str]) -> dict[str, Any]:
    """Return the order of the rated photos, as `answers.Ranking` has it: by their places among all."""
    places = [place for place, one in enumerate(rated) if isinstance(one, Shot)]
    ranking = rank([one for one in rated if isinstance(one, Shot)])
    return {
        "version": VERSION,
        "order": [places[index] for index in ranking.order],
        "groups": [[places[index] for index in group] for group in ranking.groups],
        "ties": sorted([places[one], places[other]] for one, other in ranking.ties),
        "reasons": {str(places[index]): reason for index, reason in sorted(ranking.reasons.items())},
        "photos": [
            {"file": name, "problem": one} if isinstance(one, str) else {"file": name, "rating": one.rating.to_dict()}
            for name, one in zip(names, rated, strict=True)
        ],
    }


def _mended(mend: Callable[[], Fixed]) -> Fixed:
    def examine() -> tuple[Fixed, Rating]:
        fixed = mend()
        return fixed, fixed.after

    return analysed("api", examine)[0]


def _repairs(only: str) -> list[Repair]:
    try:
        return [Repair(name.strip()) for name in only.split(",")] if only else [*Repair]
    except ValueError:
        known = f"only takes some of {', '.join(Repair)}, with commas between."
        raise Refusal(
            HTTPStatus.UNPROCESSABLE_ENTITY, f"The address has a value that cannot be taken: {known}"
        ) from None


def _fixed(fixed: Fixed) -> dict[str, Any]:
    return {
        "version": VERSION,
        "steps": [{"name": step.name, "gain": round(step.gain, 1)} for step in fixed.steps],
        "gain": round(fixed.gain, 1),
        "before": fixed.before.to_dict(),
        "after": fixed.after.to_dict(),
        "jpeg": base64.b64encode(fixed.jpeg).decode("ascii"),
    }


def _moment(moment: Moment, frames: bool) -> dict[str, Any]:
    said = {"at_s": round(moment.at_s, 2), "rating": moment.rating.to_dict()}
    return {**said, "jpeg": base64.b64encode(moment.jpeg).decode("ascii")} if frames else said

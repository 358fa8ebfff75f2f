"""Several photos: rated side by side, and what sets each apart."""

import time
from collections import deque
from collections.abc import Callable, Generator, Iterable, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from contextlib import AbstractContextManager
from statistics import median
from typing import NamedTuple, TypeVar

from sqrt.choosing.shots import Shot, shot_of
from sqrt.errors import SqrtError
from sqrt.metrics import METRICS
from sqrt.rating import Rating, overall_of
from sqrt.reading import Photo
from sqrt.words import N_, listed

_WORDS = 2
_WORTH_SAYING = 0.3  # points of the overall score

_File = TypeVar("_File", bound=AbstractContextManager[bytes])

Examine = Callable[[bytes], tuple[Photo, Rating]]
Keep = Callable[[Shot, bytes], None]


class Progress(NamedTuple):
    """How far the rating of several photos has come: the shots best first, and each refused file with its reason."""

    total: int
    shots: list[Shot]
    refused: list[tuple[str, str]]
    remaining_s: float


def rate_all(
    files: deque[tuple[str, _File]],
    examine: Examine,
    workers: int,
    keep: Keep | None = None,
    more: Callable[[], bool] = lambda: False,
) -> Generator[Progress]:
    """Rate named files, `workers` at a time; yield after each, in the order in which they are done.

    They are taken from `files`, to which others may be added meanwhile; where there is none left and none in hand,
    `more` waits a moment for the next and tells whether there may be one.

    A file is opened when its turn comes and closed as soon as it is rated; before that `keep`, in one of several
    threads, is given the shot and its bytes. Between two steps no new one is begun: while
    nobody asks for the next step, the `workers` in hand are finished and no more. What `examine` raises other than a
    SqrtError ends it all.
    """
    started = time.monotonic()
    shots: list[Shot] = []
    refused: list[tuple[str, str]] = []
    in_hand: dict[Future[Shot], str] = {}
    with ThreadPoolExecutor(workers, thread_name_prefix="compare") as pool:
        while files or in_hand or more():
            while files and len(in_hand) < workers:
                name, file = files.popleft()
                in_hand[pool.submit(_shot, name, file, examine, keep)] = name
            done, _ = wait(in_hand, return_when=FIRST_COMPLETED)
            for future in done:
                name = in_hand.pop(future)
                try:
                    shots.append(future.result())
                except SqrtError as error:
                    refused.append((name, error.user_message))
                rated = len(shots) + len(refused)
                total = rated + len(in_hand) + len(files)
                left_s = (time.monotonic() - started) / rated * (total - rated)
                yield Progress(total, ranked(shots), refused.copy(), left_s)


def _shot(name: str, file: AbstractContextManager[bytes], examine: Examine, keep: Keep | None) -> Shot:
    with file as data:
        photo, rating = examine(data)
        shot = shot_of(name, photo, rating)
        if keep:
            keep(shot, data)
    return shot


def ranked(shots: Iterable[Shot]) -> list[Shot]:
    """Return the shots, best first; equals keep their order."""
    return sorted(shots, key=lambda shot: -shot.rating.overall)


def typical(ratings: Sequence[Rating]) -> dict[str, float]:
    """Return the median score of each metric over the photos in which it could be assessed."""
    keys = [key for key in METRICS if any(key in rating.scores for rating in ratings)]
    return {key: median(rating.scores[key] for rating in ratings if key in rating.scores) for key in keys}


def reason(rating: Rating, usual: Mapping[str, float]) -> str:
    """Say in a few words what sets a photo apart from those with the `usual` scores; empty where nothing does.

    The words are of the metrics which, were they as usual, would change the overall score most: strengths if the photo
    owes its difference to them more than to its weaknesses, otherwise those.
    """
    if not rating.faces:
        return N_("no face found")
    metrics = rating.purpose.metrics
    effects = {
        key: rating.overall - overall_of({**rating.scores, key: usual[key]}, metrics=metrics)
        for key in rating.scores
        if key in usual
    }
    better = sum(effects.values()) >= 0
    telling = sorted((key for key in effects if (effects[key] > 0) == better), key=lambda key: -abs(effects[key]))
    words = [metrics[key].compared[0 if better else 1] for key in telling if abs(effects[key]) >= _WORTH_SAYING]
    return listed(words[:_WORDS])

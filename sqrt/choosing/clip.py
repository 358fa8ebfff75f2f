"""From a clip to its best moments."""

from collections.abc import Generator, Iterable, Iterator
from contextlib import closing
from dataclasses import dataclass
from functools import partial

import cv2
import numpy as np
from numpy.typing import NDArray

from sqrt.choosing.light import Light, light_of
from sqrt.choosing.ranking import rank_scene
from sqrt.faces import Face
from sqrt.faces.crop import reduced
from sqrt.monitoring import analysed
from sqrt.rating import FLAW, Rater, Rating
from sqrt.reading import Photo, load_photo, to_jpeg
from sqrt.reading.film import frames

MAX_MOMENTS = 3
CLOSER = 12
"""Times as many frames are looked at around the best moments, so that no more are rated than this for each of them."""
MARGIN = 10.0
"""Points that a frame may lose against the best one, overall and in what passes, and still be worth showing."""
OTHER_SCENE = 16.0
"""Levels by which two thumbnails must differ on average: moved by a twelfth of the width, nearer by a third."""
OTHER_FACE = 0.15
"""Inter-eye distances that a point of the face must have moved against the eyes: turned by eight degrees, a smile."""

# A turned head, a blur, a blink: what passes, while light and place stay.
_PASSING = ("head_pose", "sharpness", "eyes_open")
_POSED = ("head_pose", "eyes_open")
_KEPT = 16
_COARSE = 0.7  # of the time, as a rule, before it looks closer
_THUMBNAIL_SIDE = 8


@dataclass(frozen=True, eq=False)
class Moment:
    """A rated frame of a clip.

    Attributes
    ----------
    at_s : float
        Seconds since the clip's first frame.
    rating : Rating
    jpeg : bytes
        The frame at full size, as a file.
    thumbnail : numpy.ndarray
        HxWx3 uint8, 8 pixels of the long side: by this and the face, moments are told apart.
    light : Light
        By which it is compared with the frames around it.
    """

    at_s: float
    rating: Rating
    jpeg: bytes
    thumbnail: NDArray[np.uint8]
    light: Light

    @property
    def photo(self) -> Photo:
        """The frame as a photo, decoded at each call and reduced as every file is: by two, if it is 4K."""
        return load_photo(self.jpeg)


@dataclass(frozen=True, eq=False)
class Progress:
    """How far the rating of a clip has come.

    Attributes
    ----------
    share : float
        Of the work, 0 to 1.
    at_s : float
        Time of the newest rated frame, in seconds since the clip's first.
    rating : Rating
        Of the newest frame.
    moments : list of Moment
        The best so far, the best first.
    """

    share: float
    at_s: float
    rating: Rating
    moments: list[Moment]


def rate_clip(data: bytes, rater: Rater, *, rate_hz: float | None = None) -> Generator[Progress, None, None]:
    """Rate frames of a clip, and tell after each how far it has come; closing the generator frees everything.

    Parameters
    ----------
    data : bytes
        See `frames`; its limits are those of the rater's settings.
    rate_hz : float, optional
        Frames rated of each second; the settings' unless given.

    Notes
    -----
    At most sixteen frames are kept, as JPEGs: the best of each stretch of the clip, where stretches get twice as long
    whenever there would be more. `best_moments` chooses among them. Then the clip is gone through once more, and of
    the frames around each moment, up to half of the time between two that were rated, a careful eye takes the best
    (`rank_scene`): the one with open eyes.

    Raises
    ------
    ClipError
        For everything that is not a usable clip.
    """
    settings = rater.settings
    rate_hz = rate_hz or settings.clip_rate
    looked_at = partial(frames, data, max_s=settings.max_clip_s, max_bytes=settings.max_clip_mb * 2**20)
    kept = _Kept(1 / rate_hz)
    with closing(looked_at(rate_hz=rate_hz)) as sampled:
        for at_s, share, photo in sampled:
            _, rating = analysed("clip", partial(_rated, rater, photo))
            kept.offer(at_s, photo, rating)
            yield Progress(_COARSE * share, at_s, rating, best_moments(kept))
    moments = _Closer(best_moments(kept), reach_s=0.5 / rate_hz)
    with closing(looked_at(rate_hz=CLOSER * rate_hz, wanted=moments.near)) as nearby:
        for at_s, share, photo in nearby:
            _, rating = analysed("clip", partial(_rated, rater, photo))
            moments.offer(_moment(at_s, photo, rating))
            yield Progress(_COARSE + (1 - _COARSE) * share, at_s, rating, moments.best())


def _rated(rater: Rater, photo: Photo) -> tuple[Photo, Rating]:
    return photo, rater.rate_photo(photo)


def _moment(at_s: float, photo: Photo, rating: Rating) -> Moment:
    thumbnail = reduced(photo.pixels, _THUMBNAIL_SIDE)
    return Moment(at_s, rating, to_jpeg(photo.pixels), thumbnail, light_of(photo, rating))


def best_moments(moments: Iterable[Moment]) -> list[Moment]:
    """Return the at most three best and clearly different moments, the best first.

    None loses more than `MARGIN` points against the best, neither overall nor in head pose, sharpness or open eyes:
    what differs by a flaw is no moment. Two are clearly different if the picture as a whole is (`OTHER_SCENE`: place,
    framing, light), or else the face (`OTHER_FACE`: expression, head pose). How far apart they are does not matter: a
    clip of one still view has one moment.
    """
    found = sorted(moments, key=lambda moment: -moment.rating.overall)
    # A turned head or shut eyes are no moment, however sharp, as long as there is any other.
    found = [moment for moment in found if all(moment.rating.scores.get(key, FLAW) >= FLAW for key in _POSED)] or found
    chosen: list[Moment] = []
    for moment in found:
        if not chosen or (_is_as_good(moment, chosen[0]) and all(_differ(moment, other) for other in chosen)):
            chosen.append(moment)
    return chosen[:MAX_MOMENTS]


def _is_as_good(moment: Moment, best: Moment) -> bool:
    scores, those = moment.rating.scores, best.rating.scores
    return moment.rating.overall >= best.rating.overall - MARGIN and all(
        scores.get(key, 0.0) >= those[key] - MARGIN for key in _PASSING if key in those
    )


def _of_one_scene(one: Moment, other: Moment) -> bool:
    if one.thumbnail.shape != other.thumbnail.shape:
        return False
    return bool(cv2.absdiff(one.thumbnail, other.thumbnail).mean() <= OTHER_SCENE)


def _differ(one: Moment, other: Moment) -> bool:
    if not _of_one_scene(one, other):
        return True
    shapes = [_shape(moment.rating.faces[0]) for moment in (one, other) if moment.rating.faces]
    known = [shape for shape in shapes if shape is not None]
    return len(known) == 2 and float(np.linalg.norm(known[0] - known[1], axis=1).max()) > OTHER_FACE


def _shape(face: Face) -> NDArray[np.float32] | None:
    """Return 478x2: the landmarks around the middle of the eyes, in inter-eye distances; None without landmarks."""
    if face.landmarks is None or face.eyes is None:
        return None
    left, right = np.array(face.eyes, np.float32)
    return (face.landmarks[:, :2] - (left + right) / 2) / max(float(np.linalg.norm(right - left)), 1.0)


class _Kept:
    """The best frame of each stretch of the clip."""

    def __init__(self, stretch_s: float) -> None:
        self._stretch_s = stretch_s
        self._best: dict[int, Moment] = {}

    def __iter__(self) -> Iterator[Moment]:
        return iter(self._best.values())

    def offer(self, at_s: float, photo: Photo, rating: Rating) -> None:
        while at_s >= _KEPT * self._stretch_s:
            self._stretch_s *= 2
            # The better comes later, and stays.
            best = sorted(self, key=lambda moment: moment.rating.overall)
            self._best = {int(moment.at_s / self._stretch_s): moment for moment in best}
        stretch = int(at_s / self._stretch_s)
        if stretch not in self._best or rating.overall > self._best[stretch].rating.overall:
            self._best[stretch] = _moment(at_s, photo, rating)


class _Closer:
    """Moments, each with the frames around it."""

    def __init__(self, moments: Iterable[Moment], reach_s: float) -> None:
        self._around = [[moment] for moment in moments]
        self._reach_s = reach_s

    def near(self, at_s: float) -> bool:
        """Say whether a frame belongs to a moment, and is not it."""
        apart = [abs(at_s - around[0].at_s) for around in self._around]
        return bool(apart) and 0 < min(apart) <= self._reach_s

    def offer(self, frame: Moment) -> None:
        for around in self._around:
            if abs(frame.at_s - around[0].at_s) <= self._reach_s and _of_one_scene(frame, around[0]):
                around.append(frame)

    def best(self) -> list[Moment]:
        """Return the best frame of each moment, where it clearly differs from those before, the best first."""
        chosen: list[Moment] = []
        for around in self._around:
            apart = [frame for frame in around if all(_differ(frame, other) for other in chosen)]
            if apart:
                chosen.append(apart[rank_scene(apart).order[0]])
        return sorted(chosen, key=lambda moment: -moment.rating.overall)

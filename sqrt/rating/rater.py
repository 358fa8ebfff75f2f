"""From a photo to its rating."""

import logging
import os
from collections.abc import Callable, Hashable, Mapping
from contextlib import AbstractContextManager
from copy import copy
from typing import Any, Self

from numpy.typing import NDArray

from sqrt.errors import ModelFileError, NotMeasurable
from sqrt.faces import FaceEngine
from sqrt.faces.cascade import CascadeEngine
from sqrt.faces.device import usable
from sqrt.faces.landmarks import LandmarkEngine
from sqrt.faces.model_file import SEGMENTATION, model_path, read_networks
from sqrt.metrics import METRICS, Measured, Metric
from sqrt.metrics.analysis import Analysis
from sqrt.metrics.people import everyone
from sqrt.rating.advice import FLAW, advise
from sqrt.rating.engines import Engines
from sqrt.rating.id_rules import id_rules, with_broken
from sqrt.rating.overall import overall_of
from sqrt.rating.purposes import PURPOSES
from sqrt.rating.rating import Rating
from sqrt.reading import Photo, load_photo
from sqrt.settings import Settings

_log = logging.getLogger(__name__)

WAIT_S = 20.0
"""How long visitors wait for their turn, before they are told that the server is busy."""

TERMS = {"max_image_size", "cascade_scale_factor", "cascade_min_neighbors", "min_face_size", "purpose"}
"""Settings that change what a rating says."""

Source = str | os.PathLike[str] | bytes | bytearray | memoryview | NDArray[Any]


def terms_of(settings: Settings) -> str:
    """Return `TERMS` as they are set, as JSON."""
    return settings.model_dump_json(include=TERMS)


def assess(analysis: Analysis, metrics: Mapping[str, Metric] = METRICS) -> tuple[dict[str, Measured], dict[str, str]]:
    """Return what each metric measured, and for those that could not, why; `metrics` as they count for a purpose."""
    measured: dict[str, Measured] = {}
    absent: dict[str, str] = {}
    people = everyone(analysis)
    for key, metric in metrics.items():
        found = []
        for face, person in people if metric.personal else people[:1]:
            try:
                one = metric.measure(person)
            except NotMeasurable as reason:
                if not face:
                    absent[key] = reason.user_message
                    break
            else:
                found.append((one if isinstance(one, Measured) else Measured(one))._replace(face=face))
        if found:
            # Who fares worst decides: one person's shut eyes spoil the picture for all.
            worst = min(found, key=lambda one: metric.quality(one.value))
            flawed = [one for one in found if one.cause == worst.cause and metric.quality(one.value) < FLAW]
            measured[key] = worst._replace(people=len(found), alike=max(len(flawed), 1))
    return measured, absent


class Rater:
    """Rates photos, as many at a time as there are engines; safe to share between threads.

    Raters that are given the same `engines` share them, and one line; without them a rater has its own, as many as its
    settings say. Raises ModelFileError where the settings insist on the landmark engine and its file is missing.
    """

    def __init__(self, settings: Settings, engines: Engines | None = None) -> None:
        self.settings = settings
        self.purpose = PURPOSES[settings.purpose]
        """What the photos are for."""
        self._engines = engines or Engines(settings.engine_pool_size)
        self._client = ""
        self._networks = _networks(settings)
        self.engine = LandmarkEngine.name if self._networks else CascadeEngine.name
        """The name of the face engine in use."""
        self.sees_outlines = SEGMENTATION.name in self._networks
        """Whether the person's outline is seen, and not guessed from the face."""
        self._kind, self._make = self._engine_maker()

    def of(self, client: str) -> Self:
        """Return this rater as it works for a client: in line, the clients take turns."""
        one = copy(self)
        one._client = client
        return one

    def suited_to(self, purpose: str) -> Self:
        """Return this rater as it rates photos for a purpose of `PURPOSES`."""
        one = copy(self)
        one.settings = self.settings.model_copy(update={"purpose": purpose})
        one.purpose = PURPOSES[purpose]
        return one

    def read(self, image: Source, *, whole: bool = False) -> Photo:
        """Decode an image within the settings' limits, `whole` with every pixel it has; raises PhotoError."""
        settings = self.settings
        return load_photo(
            image,
            max_side=None if whole else settings.max_image_size,
            max_bytes=settings.max_file_mb * 2**20,
            max_pixels=settings.max_megapixels * 1_000_000,
            max_whole_pixels=settings.max_whole_megapixels * 1_000_000,
        )

    def rate(self, image: Source) -> Rating:
        """Rate a path, encoded bytes or an HxWx3 uint8 RGB array; raises PhotoError."""
        return self.examine(image)[1]

    def examine(self, image: Source, wait_s: float | None = None) -> tuple[Photo, Rating]:
        """Return the photo as it was read, and its rating; raises PhotoError.

        While all engines are in use nothing is decoded, so that memory holds a few photos however many are waiting.
        Raises BusyError where that takes longer than `wait_s`.
        """
        with self.borrowed(wait_s) as engine:
            photo = self.read(image)
            return photo, self._rated(photo, engine)

    def rate_photo(self, photo: Photo) -> Rating:
        """Rate a photo that was read before; waits while all engines are in use."""
        with self.borrowed() as engine:
            return self._rated(photo, engine)

    def _rated(self, photo: Photo, engine: FaceEngine) -> Rating:
        faces = engine.find(photo.pixels)
        # Without a face nothing asks for the person.
        outline = engine.outline(photo.pixels) if faces else None
        analysis, purpose = Analysis(photo, faces, outline), self.purpose
        measured, absent = assess(analysis, purpose.metrics)
        scores = {key: purpose.metrics[key].quality(found.value) for key, found in measured.items()}
        natives = {key: found.value for key, found in measured.items()}
        overall = overall_of(scores, bool(faces), purpose.metrics)
        rules = id_rules(analysis, natives, absent) if purpose.document else []
        return Rating(
            overall=overall,
            scores=scores,
            natives=natives,
            absent=absent,
            advice=with_broken(advise(scores, measured, faces, purpose.metrics), rules),
            faces=[face.scaled(1 / photo.scale) for face in faces],
            size_wh=photo.size_wh,
            engine=self.engine,
            has_gps=photo.has_gps,
            outline=outline,
            purpose=purpose,
            rules=rules,
        )

    @property
    def waiting(self) -> int:
        """Photos that stand in line for an engine."""
        return self._engines.waiting

    def borrowed(self, wait_s: float | None = None) -> AbstractContextManager[FaceEngine]:
        """Lend an engine to whoever is next in line; raises BusyError where that takes longer than `wait_s`."""
        return self._engines.borrowed(self._kind, self._make, wait_s, self._client)

    def _engine_maker(self) -> tuple[Hashable, Callable[[], FaceEngine]]:
        """Return what tells this rater's engines from others, and what makes one."""
        settings, networks = self.settings, self._networks
        if networks:
            device = usable(settings.face_device)
            return (device, *networks), lambda: LandmarkEngine(networks, device)
        terms = settings.cascade_scale_factor, settings.cascade_min_neighbors, settings.min_face_size
        return terms, lambda: CascadeEngine(*terms)


def _networks(settings: Settings) -> Mapping[str, bytes]:
    """Return the networks of the landmark engine, or none where the cascades are to find faces."""
    if settings.face_engine == "cascade":
        return {}
    try:
        return read_networks(model_path(settings.face_model_path))
    except ModelFileError as error:
        if settings.face_engine == "landmarks":
            raise
        _log.info("rating on the cascades: %s", error)
        return {}

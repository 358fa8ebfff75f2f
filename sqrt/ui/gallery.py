"""What a session compares: the shots in groups of one scene, and what was decided of each."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from threading import RLock

from sqrt.choosing.compare import Progress, reason, typical
from sqrt.choosing.ranking import Ranking, rank
from sqrt.choosing.shots import Shot
from sqrt.rating import Rater
from sqrt.ui.arrivals import Arrivals
from sqrt.ui.decisions import Decision, Decisions
from sqrt.ui.job import Job
from sqrt.ui.originals import Originals
from sqrt.ui.uploads import Intake
from sqrt.words import N_, Text

SCENE_SIZE = 24
"""Shots that are laid side by side at most."""


@dataclass(frozen=True)
class Scene:
    """Shots to be compared with each other, by their places in the gallery, the best first.

    `title` is in English. `first` is the number of the first one: a large group is a row of scenes.
    """

    title: str
    places: Sequence[int]
    first: int = 1


@dataclass
class Gallery:
    """What a session compares; a shot is known by its place in `shots`, which stays when others join.

    Attributes
    ----------
    scene : int
        Number of the scene that is looked at.
    shown : int or None
        The shot that was asked for there.
    revision : int
        Decisions that the browser has made, as far as is known here.
    refused : list of pairs
        Names of files that were not rated, each with the reason.
    incomplete : str or None
        The sentence on uploads that did not arrive.
    all_sent : bool
        Whether the browser has just told that all files of a drop have arrived or failed.
    lock : RLock
        Held while work begins or is taken over.
    """

    originals: Originals
    arrivals: Arrivals
    shots: list[Shot] = field(default_factory=list)
    ranking: Ranking = field(default_factory=lambda: rank([]))
    scenes: list[Scene] = field(default_factory=list)
    decisions: Decisions = field(default_factory=Decisions)
    scene: int = 0
    shown: int | None = None
    revision: int = 0
    refused: list[tuple[str, str]] = field(default_factory=list)
    intake: Intake = field(default_factory=lambda: Intake("photos"))
    job: Job[Progress] | None = None
    rater: Rater | None = None
    incomplete: str | None = None
    all_sent: bool = False
    lock: RLock = field(default_factory=RLock)

    def hear_all_sent(self) -> None:
        """Take note that all files of a drop have arrived or failed."""
        self.all_sent = True

    def begin(self, work: Callable[[], Job[Progress]], rater: Rater) -> None:
        """Let work begin, unless it has: while the page waits for engines, Streamlit may draw it in a second thread."""
        with self.lock:
            if self.job is None:
                self.rater, self.refused, self.incomplete = rater, [], None
                self.job = job = work()
                self.arrivals.busy = lambda: job.running

    def settle(self, job: Job[Progress], too_many: str) -> None:
        """Take over, once, what the batch at work has brought; for what there was no room, say `too_many`."""
        with self.lock:
            if self.job is not job:
                return
            if progress := job.newest:
                self.shots += progress.shots
                self.refused += progress.refused
                self.ranking = rank(self.shots)
                self.decisions.proposed = {group[0] for group in self.ranking.groups}
                self.scenes = [*_scenes(self.ranking.groups)]
                self.scene, self.shown = 0, None
            self.refused += [(name, too_many) for name in self.arrivals.left_out]
            self.arrivals.left_out.clear()
            self.job = None

    def forget(self) -> None:
        """Let go of everything that a visitor brought, whoever still holds the gallery."""
        self.originals.forget()
        self.arrivals.forget()
        self.shots.clear()
        self.scenes.clear()

    def kept(self) -> list[tuple[Shot, bytes]]:
        """Return the shots that are to be kept and whose files are held, with these; the best first."""
        shots = [self.shots[place] for place in self.decisions.among(self.ranking.order, Decision.KEEP)]
        return [(shot, data) for shot in shots if (data := self.originals.of(shot)) is not None]

    def show(self, place: int) -> None:
        """Turn to the scene of a shot."""
        self.scene = next(number for number, scene in enumerate(self.scenes) if place in scene.places)
        self.shown = place

    def reasons(self, scene: Scene) -> dict[int, str]:
        """Return for each shot of a scene in a few English words why it stands where it does, if anything tells."""
        usual = typical([self.shots[place].rating for place in scene.places])
        return {place: self._reason(place, usual) for place in scene.places}

    def _reason(self, place: int, usual: dict[str, float]) -> str:
        if (equal := self._equal_to(place)) is not None:
            return Text("as good as number {number}", number=equal)
        if place in self.ranking.reasons:
            return self.ranking.reasons[place]
        return reason(self.shots[place].rating, usual) if len(self.shots) > 1 else ""

    def _equal_to(self, place: int) -> int | None:
        """Return the number of the best shot of a group from which one cannot be told apart, if there is one."""
        group = next(group for group in self.ranking.groups if place in group)
        for number, better in enumerate(group[: group.index(place)], 1):
            if (min(better, place), max(better, place)) in self.ranking.ties:
                return number
        return None


def _scenes(groups: Sequence[Sequence[int]]) -> Iterator[Scene]:
    """Yield the groups in their order, then what is like no other; in pieces where there are too many."""
    alike = [group for group in groups if len(group) > 1]
    single = [group[0] for group in groups if len(group) == 1]
    for number, group in enumerate(alike, 1):
        title = Text("{count} almost equal photos", count=len(group))
        if len(alike) > 1:
            title = Text("Group {number} of {groups}: {title}", number=number, groups=len(alike), title=title)
        yield from _pieces(title, group)
    if len(single) == 1:
        yield from _pieces(N_("1 photo like no other") if alike else N_("1 photo"), single)
    elif single:
        template = N_("{count} photos like no other") if alike else N_("{count} photos")
        yield from _pieces(Text(template, count=len(single)), single)


def _pieces(title: str, places: Sequence[int]) -> Iterator[Scene]:
    for first in range(0, len(places), SCENE_SIZE):
        piece = places[first : first + SCENE_SIZE]
        if len(places) <= SCENE_SIZE:
            yield Scene(title, piece)
            return
        which = Text("{title}, {first} to {last}", title=title, first=first + 1, last=first + len(piece))
        yield Scene(which, piece, first + 1)

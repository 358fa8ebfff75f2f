"""What tests have in a `Rater`'s place where the rating is not the point; workers import it."""

import os
import resource
import select
import signal
from pathlib import Path

from sqrt.archiving.worker import GivenUp
from sqrt.errors import PhotoError
from sqrt.rating import Rating

RATING = Rating(
    overall=70.5,
    scores={"sharpness": 80.0},
    natives={"sharpness": 1.5},
    absent={},
    advice=[],
    faces=[],
    size_wh=(640, 480),
    engine="stub",
)


def limit_files(most):
    """Set how many bytes a file of this process may have."""
    hard = resource.getrlimit(resource.RLIMIT_FSIZE)[1]
    resource.setrlimit(resource.RLIMIT_FSIZE, (hard if most == resource.RLIM_INFINITY else most, hard))


class Stub:
    """Rates every photo alike, refuses what begins with "no"."""

    engine = "stub"
    sees_outlines = False

    def __init__(self, _settings):
        pass

    def examine(self, image):
        limit_files(resource.RLIM_INFINITY)
        if image.startswith(b"no"):
            raise PhotoError("no")
        return None, RATING


def for_the_first_time(image):
    """Whether a photo is "once:" and a path where no file is yet; makes one there."""
    mark = Path(os.fsdecode(image.removeprefix(b"once:")))
    if not image.startswith(b"once:") or mark.exists():
        return False
    mark.touch()
    return True


class Leaving(Stub):
    """Is given up by its cluster at "once:", once."""

    def examine(self, image):
        if for_the_first_time(image):
            raise GivenUp
        return super().examine(image)


class Poisoned(Stub):
    """Ends its process at what begins with "poison", and at "once:", once."""

    def examine(self, image):
        if for_the_first_time(image):
            os.kill(os.getpid(), signal.SIGKILL)
        if image.startswith(b"poison"):
            os.kill(os.getpid(), signal.SIGKILL)
        return super().examine(image)


class Slow(Stub):
    """Says that it has begun, and waits until something is written into the named pipe whose path the photo holds."""

    def examine(self, image):
        go = Path(os.fsdecode(image))
        pipe = os.open(go, os.O_RDONLY | os.O_NONBLOCK)
        go.with_name("begun").touch()
        select.select([pipe], [], [])
        os.close(pipe)
        return super().examine(image)


class Buggy(Stub):
    """Has a bug at what begins with "bug"."""

    def examine(self, image):
        if image.startswith(b"bug"):
            raise ZeroDivisionError("a bug")
        return super().examine(image)


class NoDisk(Stub):
    """Lets its process write no file, as on a full disk."""

    def examine(self, image):
        found = super().examine(image)
        limit_files(100)
        return found


class Deadly:
    """Cannot be made."""

    def __init__(self, _settings):
        os.kill(os.getpid(), signal.SIGKILL)

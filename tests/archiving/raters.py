"""What tests have in a `Rater`'s place where the rating is not the point; workers import it."""

import os
import resource
import signal
import time
from pathlib import Path

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


class Poisoned(Stub):
    """Ends its process at what begins with "poison"; for "once:" only if the file named after it is not there yet."""

    def examine(self, image):
        if image.startswith(b"once:"):
            mark = Path(os.fsdecode(image[5:]))
            if not mark.exists():
                mark.touch()
                os.kill(os.getpid(), signal.SIGKILL)
        if image.startswith(b"poison"):
            os.kill(os.getpid(), signal.SIGKILL)
        return super().examine(image)


class Slow(Stub):
    """Says that it has begun, and waits until a file is there that is named by the photo."""

    def examine(self, image):
        go = Path(os.fsdecode(image))
        go.with_name("begun").touch()
        while not go.exists():
            time.sleep(0.01)
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

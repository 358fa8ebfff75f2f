"""Work for other processes, which some files end."""

import os
import signal
from pathlib import Path

from sqrt.rating import Rater


def once(marks: Path, rater: Rater, file: str) -> str:
    """Die at a file whose name tells so, and not when it is tried again."""
    mark = marks / f"{Path(file).name}.tried"
    if "deadly" in file and not mark.exists():
        mark.touch()
        os.kill(os.getpid(), signal.SIGKILL)
    return f"{file} by {rater.engine}"


def always(rater: Rater, file: str) -> str:
    """Die at each file whose name tells so."""
    if "deadly" in file:
        os.kill(os.getpid(), signal.SIGKILL)
    return f"{file} by {rater.engine}"

"""What the commands share: how they speak, and with what they rate."""

import sys
import threading
from collections.abc import Collection, Iterable, Iterator, Sequence
from pathlib import Path
from typing import TextIO, TypeVar

import cv2
import numpy as np

from sqrt.errors import ModelFileError
from sqrt.rating import Rater
from sqrt.reading import EXTENSIONS
from sqrt.settings import Settings
from sqrt.showing.batch import Refused
from sqrt.showing.reports import Format, printable

_Found = TypeVar("_Found")


def say(*lines: str) -> None:
    """Write lines to standard output."""
    _write(sys.stdout, lines)


def put(pieces: Iterable[str]) -> None:
    """Write text to standard output as it comes."""
    for piece in pieces:
        sys.stdout.write(_known_to(sys.stdout, piece))
        sys.stdout.flush()


def complain(sentence: str) -> None:
    """Write a sentence to standard error."""
    _write(sys.stderr, [sentence])


def _write(stream: TextIO, lines: Sequence[str]) -> None:
    print(*(_known_to(stream, line) for line in lines), sep="\n", file=stream)


def _known_to(stream: TextIO, text: str) -> str:
    # A terminal or file without Unicode gets "?" for a degree sign, not a traceback.
    encoding = stream.encoding or "utf-8"
    return text.encode(encoding, "replace").decode(encoding)


def watched(found: Iterator[_Found], total: int) -> Iterable[_Found]:
    """Draw a bar on a terminal's standard error while all is gone through."""
    if not sys.stderr.isatty():
        return found
    from tqdm import tqdm  # takes its time to load

    return tqdm(found, total=total, unit="photo", leave=False)


def told(found: Iterable[_Found | Refused]) -> Iterator[_Found]:
    """Say what was refused, and pass on the rest."""
    for one in found:
        if isinstance(one, Refused):
            complain(f"{printable(one.file)}: {one.reason}")
        else:
            yield one


def rater_for(settings: Settings, jobs: int, photos: int) -> Rater | int:
    """Return what rates so many photos, `jobs` at a time; or, having said why there is none, an exit status."""
    # Before its first colours in CIELAB OpenCV makes tables, for a twentieth of a second: here while models are read.
    threading.Thread(target=cv2.cvtColor, args=(np.zeros((1, 1, 3), np.float32), cv2.COLOR_RGB2Lab)).start()
    try:
        rater = Rater(settings.model_copy(update={"engine_pool_size": jobs}))
    except ModelFileError as error:  # FACE_ENGINE=landmarks without the file
        complain(f"{error.user_message} Run `python -m sqrt fetch-models`, or set FACE_ENGINE=auto.")
        return 2
    if rater.engine == "cascade" and settings.face_engine == "auto":
        complain("The landmark model is not there, so less is assessed; `python -m sqrt fetch-models` fetches it.")
    if not photos:
        complain("There are no photos in that folder.")
        return 1
    return rater


def form_of(path: Path | None, wanted: str | None, known: Collection[Format] = tuple(Format)) -> Format | None:
    """Return the format of what is to be written: that of the file's name unless another is wanted, or else text.

    Says why and returns none where the name is a photo's.
    """
    suffix = path.suffix[1:].lower() if path else ""
    if suffix in EXTENSIONS:
        complain("A report would take the place of a photo: please name FILE otherwise.")
        return None
    return Format[(wanted or (suffix if suffix in known else Format.TXT)).upper()]

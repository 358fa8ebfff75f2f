"""What a ranking leaves on the disk: sidecars, and copies of or links to what is kept. Nothing is ever overwritten.

What cannot be written raises FileError, whose sentence names it.
"""

import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from sqrt.choosing.sidecar import Pick, is_ours, sidecar, sidecar_name
from sqrt.errors import FileError, LocationError
from sqrt.rating import Rating
from sqrt.reading.location import without_location
from sqrt.showing.reports import printable


def write_sidecar(photo: Path, rating: Rating, pick: Pick) -> None:
    """Write a photo's sidecar beside it; an earlier one of ours is renewed, another's is left as it is."""
    path = photo.with_name(sidecar_name(photo.name))
    with _told(path):
        if path.exists() and not is_ours(path.read_text(encoding="utf-8", errors="replace")):
            raise _refusal(path, "is of other software, and stays as it is")
        new = path.with_name(f"{path.name}.new")
        new.write_text(sidecar(rating, pick), encoding="utf-8")
        new.replace(path)


class Shelf:
    """A folder for what is kept, each under its own name; with " (2)" and so on where two are called the same."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._taken: set[str] = set()
        with _told(folder):
            folder.mkdir(parents=True, exist_ok=True)

    def link(self, photo: Path) -> Path:
        """Make a hard link to a photo; return its path.

        A symbolic link would break where the photo is moved, is passed over by programs that upload or pack folders,
        and asks for a privilege on Windows. A hard link needs the same file system.
        """
        return self._put(photo, lambda path: path.hardlink_to(photo), lambda path: path.samefile(photo))

    def copy(self, photo: Path, *, location: bool) -> Path:
        """Copy a photo with its times, perhaps without its location; return the copy's path."""
        with _told(photo, "read"):
            data = photo.read_bytes()
        if not location:
            try:
                data = without_location(data)
            except LocationError as error:
                raise _refusal(photo, f"is not copied. {error.user_message}", end="") from error

        def make(path: Path) -> None:
            with path.open("xb") as file:
                try:
                    file.write(data)
                except OSError:
                    path.unlink()
                    raise
            shutil.copystat(photo, path)

        return self._put(photo, make, lambda path: path.read_bytes() == data)

    def _put(self, photo: Path, make: Callable[[Path], None], is_it: Callable[[Path], bool]) -> Path:
        number, name = 1, photo.name
        while name.casefold() in self._taken:
            number += 1
            name = f"{photo.stem} ({number}){photo.suffix}"
        self._taken.add(name.casefold())
        path = self._folder / name
        with _told(path):
            if not path.exists():
                make(path)
            elif not is_it(path):  # by an earlier run of the same
                raise _refusal(path, "is another file, and stays as it is")
        return path


@contextmanager
def _told(path: Path, what: str = "written") -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise _refusal(path, f"cannot be {what}: {error.strerror or type(error).__name__}") from error


def _refusal(path: Path, why: str, end: str = ".") -> FileError:
    message = f"{printable(os.fspath(path))} {why}{end}"
    return FileError(message, message)

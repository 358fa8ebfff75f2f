"""The photos of an archive's source one after the other, however many: no list of them is held.

Of a folder, the names that lie directly in it are, since they are sorted: an interrupted run must find the same order.
"""

import os
import re
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

from sqrt.archiving.places import ArchiveError, absolute, facts, facts_of, is_remote, is_s3, store, trouble, why
from sqrt.reading import EXTENSIONS

_SUFFIXES = tuple(f".{one}" for one in EXTENSIONS)
_WILD = re.compile(r"[*?[]")
_PARQUET_ROWS = 1000


class Entry(NamedTuple):
    """A photo as it is listed; size in bytes and time in ns (or ETag) are None where a list does not tell them."""

    address: str
    bytes: int | None = None
    changed: str | None = None


def _heed_not(_folder: str) -> None:
    pass


def entries(source: str, unread: Callable[[str], None] = _heed_not) -> Iterator[Entry]:
    """Yield the photos of a source.

    Parameters
    ----------
    source
        A folder (all below it; hidden ones and links to folders are left out), a glob, a photo, a list of addresses
        (Parquet with a column ``address``, else text with one a line), or any of these where fsspec reaches.
    unread
        Called with each folder below the source that cannot be read; what lies in it is left out.

    Raises ArchiveError where the source is not there or cannot be read.
    """
    try:
        yield from _remote(source) if is_remote(source) else _local(absolute(source), unread)
    except trouble() as error:
        raise ArchiveError(f"The photos cannot be listed: {why(error)}.") from error


def folder_of(source: str) -> str | None:
    """Return the folder whose loss would lose the source: that itself, or none where only its photos tell."""
    return absolute(source) if not is_remote(source) and os.path.isdir(absolute(source)) else None


def count(source: str, stopped: Callable[[], bool] = lambda: False) -> int | None:
    """Count a source's photos where that is cheap, without asking for their sizes; none where it is not, or stopped."""
    if is_remote(source):
        return None
    path = absolute(source)
    found = 0
    try:
        if os.path.isdir(path):
            for _, names in _folders(path, _heed_not):
                if stopped():
                    return None
                found += len(names)
        elif path.endswith(".parquet"):
            import pyarrow.parquet as pq

            return int(pq.read_metadata(path).num_rows)
        elif os.path.isfile(path) and not _is_photo(path):
            with open(path, "rb") as lines:
                for line in lines:
                    found += bool(line.strip())
        else:
            return None
    except (OSError, ValueError):
        return None  # the listing says why
    return found


def _is_photo(name: str) -> bool:
    return name.lower().endswith(_SUFFIXES)


def _is_hidden(path: str) -> bool:
    return path.startswith(".") or "/." in path


def _local(path: str, unread: Callable[[str], None]) -> Iterator[Entry]:
    if os.path.isdir(path):
        for folder, names in _folders(path, unread):
            yield from (_entry(os.path.join(folder, name)) for name in names)
    elif os.path.isfile(path):
        yield from [_entry(path)] if _is_photo(path) else _listed(path)
    elif wild := _WILD.search(path):
        levels = None if "**" in path else path[wild.start() :].count("/")
        wanted = _pattern(path)
        for folder, names in _folders(path[: wild.start()].rpartition("/")[0] or "/", unread, levels):
            found = (os.path.join(folder, name) for name in names)
            yield from (_entry(photo) for photo in found if wanted.match(photo))
    else:
        raise ArchiveError("The source is not there.")


def _pattern(glob: str) -> re.Pattern[str]:
    from fsspec.utils import glob_translate

    return re.compile(glob_translate(glob))


def _folders(top: str, unread: Callable[[str], None], levels: int | None = None) -> Iterator[tuple[str, list[str]]]:
    """Yield each folder with the names of its photos, as `sqrt.showing.batch.photo_files` goes through them.

    With `levels`, only so many below `top`.
    """
    waiting = [(top, 0)]
    while waiting:
        folder, level = waiting.pop()
        names, below = [], []
        try:
            with os.scandir(folder) as found:
                for one in found:
                    if one.name.startswith("."):
                        continue
                    if one.is_dir():
                        if not one.is_symlink():  # a link may lead in a circle
                            below.append(one.name)
                    elif _is_photo(one.name):
                        names.append(one.name)
        except OSError:
            if folder == top:
                raise
            unread(folder)
            continue
        names.sort()
        yield folder, names
        if level != levels:
            waiting += [(os.path.join(folder, name), level + 1) for name in sorted(below, reverse=True)]


def _entry(path: str) -> Entry:
    try:
        return Entry(path, *facts(path))
    except OSError:
        return Entry(path)  # a link to nowhere, or gone since: whoever rates it says so


def _remote(source: str) -> Iterator[Entry]:
    file_system, path = store(source)
    if wild := _WILD.search(path):
        yield from _matching(file_system, path[: wild.start()].rpartition("/")[0], path)
        return
    try:
        info = file_system.info(path)
    except FileNotFoundError as error:
        raise ArchiveError("The source is not there.") from error
    if info["type"] == "directory":
        yield from _objects(file_system, path)
    elif _is_photo(path):
        yield Entry(source, *facts_of(info))
    else:
        yield from _listed(source)


def _matching(file_system: Any, folder: str, pattern: str) -> Iterator[Entry]:
    wanted = _pattern(pattern)
    for entry in _objects(file_system, folder):
        if wanted.match(file_system._strip_protocol(entry.address)):
            yield entry


def _objects(file_system: Any, folder: str) -> Iterator[Entry]:
    """Yield the photos below a folder: of s3 a page of thousand at a time, of others a folder at a time."""
    listed = _pages(file_system, folder) if is_s3(file_system) else _walk(file_system, folder)
    for path, info in listed:
        if _is_photo(path) and not _is_hidden(path.removeprefix(folder)):
            yield Entry(file_system.unstrip_protocol(path), *facts_of(info))


def _pages(file_system: Any, folder: str) -> Iterator[tuple[str, dict[str, Any]]]:
    # s3fs itself lists a prefix as a whole.
    bucket, _, key = folder.partition("/")
    asked = {"Bucket": bucket, "Prefix": f"{key.rstrip('/')}/" if key else ""}
    while True:
        page = file_system.call_s3("list_objects_v2", **asked)
        for one in page.get("Contents", ()):
            yield f"{bucket}/{one['Key']}", {"size": one["Size"], "ETag": one["ETag"]}
        if not page.get("IsTruncated"):
            return
        asked["ContinuationToken"] = page["NextContinuationToken"]


def _walk(file_system: Any, folder: str) -> Iterator[tuple[str, dict[str, Any]]]:
    for above, _, files in file_system.walk(folder, detail=True):
        yield from ((f"{above}/{name}", info) for name, info in sorted(files.items()))


def _listed(source: str) -> Iterator[Entry]:
    """Yield what a list names; its relative paths are seen from the working folder."""
    for address in _rows(source) if source.endswith(".parquet") else _lines(source):
        if address:
            yield Entry(absolute(address))


def _lines(source: str) -> Iterator[str]:
    import fsspec

    with fsspec.open(source, "rt", encoding="utf-8-sig", errors="surrogateescape", newline=None) as lines:
        yield from (line.rstrip("\n") for line in lines)


def _rows(source: str) -> Iterator[str]:
    import fsspec
    import pyarrow.parquet as pq

    with fsspec.open(source, "rb") as file, pq.ParquetFile(file) as table:
        if "address" not in table.schema_arrow.names:
            raise ArchiveError("The list has no column 'address'.")
        for batch in table.iter_batches(_PARQUET_ROWS, columns=["address"]):
            yield from batch.column(0).to_pylist()

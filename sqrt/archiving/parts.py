"""An archive's target: a folder of Parquet parts, each there as a whole or not at all."""

import json
import os
import time
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from functools import partial
from hashlib import blake2b
from pathlib import Path
from typing import NamedTuple, TypeAlias
from uuid import uuid4

import pyarrow as pa
import pyarrow.parquet as pq

from sqrt.archiving.listing import Entry
from sqrt.archiving.places import ArchiveError, absolute, files_in, is_remote, is_s3, storable, store, trouble, why
from sqrt.archiving.schema import KEY, VERSION, Row, is_part, table

_UNFINISHED = ".part-"
_FORGOTTEN_S = 3600  # after which nobody is still writing it
_READERS = 4
# Where what is put is seen as a whole or not at all; elsewhere it is written beside and renamed.
_ATOMIC = {"s3", "s3a", "gs", "gcs", "abfs", "abfss", "az"}

Known: TypeAlias = tuple[str, int | None, str | None]
"""Of a row: address, size in bytes, and when it was changed (or its ETag)."""


def part_name(entries: Sequence[Entry], known: Sequence[Sequence[int]]) -> str:
    """Name the part of a batch after what is sent of it: rated twice, it takes its own part's place, and no other.

    `known` are the hashes of what each photo was when it was rated before: those that still are it have no row here.
    """
    digest = blake2b(digest_size=10)
    for entry, hashes in zip(entries, known, strict=True):
        told = f"{storable(entry.address)}\0{entry.bytes}\0{entry.changed}\0{sorted(hashes)}\n"
        digest.update(told.encode())
    return f"part-{digest.hexdigest()}.parquet"


class Part(NamedTuple):
    """A file of an archive: where in its file system, its bytes, and its modification time or ETag."""

    path: str
    size: int | None
    changed: str

    @property
    def name(self) -> str:
        """Its name without its folder."""
        return os.path.basename(self.path)


def parts_in(target: str) -> Iterator[Part]:
    """Yield the parts of an archive; raises one of `trouble`, FileNotFoundError where there is no such folder."""
    for path, facts in files_in(target):
        part = Part(path, facts.bytes, facts.changed or "")
        if is_part(part.name):
            yield part


class Parts:
    """The parts in a folder, or at an address that fsspec reaches; can be sent to another process.

    Every method raises ArchiveError, with a sentence that says why.
    """

    def __init__(self, target: str) -> None:
        self.target = absolute(target).rstrip("/") or "/"

    def prepare(self) -> None:
        """Make the folder where it is missing, see that it can be written to, and clear what a sudden end left."""
        try:
            if is_remote(self.target):
                file_system, path = store(self.target)
                if not is_s3(file_system):
                    file_system.makedirs(path, exist_ok=True)
                return
            os.makedirs(self.target, exist_ok=True)
            with os.scandir(self.target) as found:
                old = [one.path for one in found if one.name.startswith(_UNFINISHED) and _is_old(one)]
            for path in old:
                os.unlink(path)
            attempt = Path(self.target, f"{_UNFINISHED}{uuid4().hex}")
            attempt.write_bytes(b"")
            attempt.unlink()
        except trouble() as error:
            raise self._cannot("written to", error) from error

    def write(self, name: str, rows: Iterable[Row]) -> None:
        """Write the rows of a batch as the part of that name."""
        sink = pa.BufferOutputStream()
        pq.write_table(table(rows), sink, compression="zstd")
        content = sink.getvalue().to_pybytes()
        try:
            if is_remote(self.target):
                self._put(name, content)
            else:
                self._rename(name, content)
        except trouble() as error:
            raise self._cannot("written to", error) from error

    def rows(self, terms: str) -> Iterator[Known]:
        """Yield what tells of each row which photo it is; some parts are read at a time.

        `terms` are the settings that change a rating, as JSON: where another rated with others, that is refused.
        """
        try:
            with ThreadPoolExecutor(_READERS, thread_name_prefix="parts") as pool:
                waiting = list(self._there())
                for start in range(0, len(waiting), 4 * _READERS):
                    some = waiting[start : start + 4 * _READERS]
                    for rows in pool.map(partial(self._read, terms=terms), some):
                        yield from rows
        except trouble() as error:
            raise self._cannot("read", error) from error

    def rows_in(self, name: str) -> tuple[int, int] | None:
        """Return how many photos the part of that name holds, and how many of these are refused; none without it."""
        try:
            refused = self._table(name, ["refused"]).column(0)
        except FileNotFoundError:
            return None
        except trouble() as error:
            raise self._cannot("read", error) from error
        return len(refused), len(refused) - refused.null_count

    def _there(self) -> Iterator[str]:
        # Where there is no such bucket, writing says so.
        with suppress(FileNotFoundError):
            yield from (part.name for part in parts_in(self.target))

    def _read(self, name: str, terms: str) -> list[Known]:
        found = self._table(name, ["address", "bytes", "changed", "version"])
        for rated_by in found.column("version").unique().to_pylist():
            _check(rated_by, terms)
        return list(zip(*(found.column(place).to_pylist() for place in range(3)), strict=True))

    def _table(self, name: str, columns: list[str]) -> pa.Table:
        try:
            if is_remote(self.target):
                file_system, path = store(self.target)
                found = pq.read_table(pa.BufferReader(file_system.cat_file(f"{path}/{name}")), columns=columns)
            else:
                with open(os.path.join(self.target, name), "rb") as file:
                    found = pq.read_table(pa.PythonFile(file), columns=columns)
        except (pa.ArrowInvalid, KeyError) as error:
            raise ArchiveError(f"{name} is damaged: please remove it, and its photos are rated again.") from error
        if (version := (found.schema.metadata or {}).get(KEY)) != str(VERSION).encode():
            written = version.decode("ascii", "replace") if version else "none"
            raise ArchiveError(f"{name} has version {written}, and {VERSION} is known: please name another folder.")
        return found

    def _put(self, name: str, content: bytes) -> None:
        file_system, path = store(self.target)
        protocol = file_system.protocol
        if _ATOMIC & {protocol} if isinstance(protocol, str) else _ATOMIC & set(protocol):
            file_system.pipe_file(f"{path}/{name}", content)
            return
        beside = f"{path}/.{name}.{uuid4().hex}"
        file_system.pipe_file(beside, content)
        file_system.mv(beside, f"{path}/{name}")

    def _rename(self, name: str, content: bytes) -> None:
        beside = os.path.join(self.target, f".{name}.{uuid4().hex}")
        try:
            with open(beside, "xb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())  # or a power cut could leave the name without the content
            os.replace(beside, os.path.join(self.target, name))
        except OSError:
            with suppress(OSError):
                os.unlink(beside)
            raise

    def _cannot(self, what: str, error: Exception) -> ArchiveError:
        return ArchiveError(f"The archive cannot be {what}: {why(error)}.")


def _check(rated_by: str, terms: str) -> None:
    theirs = rated_by[rated_by.find("{") :]
    if theirs != terms:
        ours = json.loads(terms)
        try:
            others = [
                f"{name.upper()}={value}" for name, value in json.loads(theirs).items() if ours.get(name) != value
            ]
        except ValueError:
            others = []
        told = f" ({', '.join(others)})" if others else ""
        raise ArchiveError(f"The archive was made with other settings{told}: please use these, or name another folder.")


def _is_old(one: "os.DirEntry[str]") -> bool:
    return one.stat().st_mtime < time.time() - _FORGOTTEN_S

"""What an archive holds: read part by part, so that memory stays flat whatever its size.

Of one address the row that was rated last counts; while it is found out which that is, some 40 bytes are held for each
row, and one from then on.
"""

import os
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import cached_property
from hashlib import blake2b

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.dataset as ds
from numpy.typing import NDArray
from pyarrow import fs

from sqrt.archiving.parts import parts_in
from sqrt.archiving.places import ArchiveError, absolute, is_remote, store, trouble
from sqrt.archiving.schema import KEY, VERSION, schema
from sqrt.words import N_, Text

_ROWS = 8192  # are looked at together, at least where there are so many
_FOOTERS = 256  # are held at a time
_READERS = 8
_AHEAD = 8 * 2**20  # bytes of parts that are read before they are asked for, or one part
_CHOSEN = "chosen?"  # no column is called so


class Archive:
    """The parts that are there now, in a folder or at an address of fsspec.

    Raises ArchiveError where there are none, here, and when one is read that is damaged, another program's, or of a
    newer version.
    """

    def __init__(self, target: str) -> None:
        with _readable(missing=N_("There is no archive here.")):
            target = absolute(target)
            self._files = _file_system(target)
            self.parts = tuple(sorted(parts_in(target)))
        if not self.parts:
            raise ArchiveError(N_("There are no results of an archive here."))

    @cached_property
    def key(self) -> str:
        """What tells this archive from any other, and from itself once it has grown."""
        return blake2b(repr(self.parts).encode("utf-8", "surrogateescape"), digest_size=16).hexdigest()

    @cached_property
    def newest(self) -> NDArray[np.bool_]:
        """Of each row, in the order of the parts, whether it counts: no other of its address was rated later."""
        hashes, times = [np.zeros(0, np.int64)], [np.zeros(0, np.int64)]
        for table in self._read(["address", "rated_at"]):
            # Python's hash of a text is keyed anew in each process: nobody can make two addresses that look the same.
            hashes.append(np.fromiter(map(hash, table["address"].to_pylist()), np.int64, len(table)))
            times.append(table["rated_at"].cast(pa.int64()).to_numpy())
        address = np.concatenate(hashes)
        order = np.lexsort((np.concatenate(times), address))
        last = np.ones(len(order), bool)
        last[:-1] = np.diff(address[order]) != 0
        newest = np.zeros(len(order), bool)
        newest[order[last]] = True
        return newest

    def tables(self, columns: Sequence[str], where: pc.Expression | None = None) -> Iterator[pa.Table]:
        """Yield these columns of the rows that count and for which `where` is true, in the order of the parts."""
        wanted = {name: pc.field(name) for name in columns}
        at, newest = 0, self.newest
        for table in self._read(wanted if where is None else wanted | {_CHOSEN: where}):
            chosen = pa.array(newest[at : at + len(table)])
            at += len(table)
            if where is not None:
                chosen = pc.and_(chosen, table[_CHOSEN])
                table = table.drop_columns(_CHOSEN)
            yield table.filter(chosen)

    def _read(self, columns: Sequence[str] | Mapping[str, pc.Expression]) -> Iterator[pa.Table]:
        """Yield these columns of all rows, in the order of the parts, many small parts as one table."""
        held: list[pa.RecordBatch] = []
        for batch in self._batches(columns):
            held.append(batch)
            if sum(map(len, held)) >= _ROWS:
                yield pa.Table.from_batches(held)
                held = []
        if held:
            yield pa.Table.from_batches(held)

    def _batches(self, columns: Sequence[str] | Mapping[str, pc.Expression]) -> Iterator[pa.RecordBatch]:
        kind = ds.ParquetFileFormat()
        with _readable(), ThreadPoolExecutor(_READERS, thread_name_prefix="footers") as pool:
            # A fragment keeps its footer, some 50 kB: of thousands of parts not all at once.
            for start in range(0, len(self.parts), _FOOTERS):
                parts = self.parts[start : start + _FOOTERS]
                fragments = [kind.make_fragment(one.path, self._files, file_size=one.size) for one in parts]
                list(pool.map(_check, fragments))
                found = ds.FileSystemDataset(fragments, schema(), kind, self._files)
                ahead = _AHEAD // max(one.size or 1 for one in parts)
                yield from found.to_batches(
                    columns=columns,
                    batch_size=_ROWS,
                    batch_readahead=2,
                    fragment_readahead=min(max(ahead, 1), 2 * _READERS),
                )


@contextmanager
def _readable(otherwise: str = ArchiveError.user_message, missing: str | None = None) -> Iterator[None]:
    """Say in one sentence what the disk, the network, or a file's content raises."""
    try:
        yield
    except (pa.ArrowException, *trouble()) as error:
        there = not isinstance(error, (FileNotFoundError, NotADirectoryError))
        message = otherwise if there or missing is None else missing
        raise ArchiveError(message, f"{type(error).__name__}: {error}") from error


def _file_system(target: str) -> fs.FileSystem:
    return fs.PyFileSystem(fs.FSSpecHandler(store(target)[0])) if is_remote(target) else fs.LocalFileSystem()


def _check(fragment: ds.ParquetFileFragment) -> None:
    """Read a part's footer, and ask it whether this version can read the part."""
    name = os.path.basename(fragment.path)
    with _readable(Text("{name} is damaged, or cannot be read.", name=name)):
        told = (fragment.physical_schema.metadata or {}).get(KEY, b"").decode("ascii", "replace")
    if not told.isdecimal():
        message = Text("{name} was not written by SQRT: this is no archive.", name=name)
        raise ArchiveError(message, f"metadata {told!r}")
    if int(told) > VERSION:
        values = {"name": name, "found": int(told), "known": VERSION}
        message = Text("{name} is of version {found}; this SQRT reads archives up to version {known}.", **values)
        raise ArchiveError(message, f"version {told}, known {VERSION}")

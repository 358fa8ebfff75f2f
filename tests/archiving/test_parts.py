"""Parts are there as a whole or not at all, and are believed only where they are what they say."""

import os
import resource

import fsspec
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from sqrt.archiving.listing import Entry
from sqrt.archiving.parts import Parts, part_name
from sqrt.archiving.places import ArchiveError
from sqrt.archiving.schema import is_part, row
from tests.archiving.raters import RATING

ENTRIES = [Entry("/a/one.jpg", 1, "10"), Entry("/a/two.jpg", 2, "20")]
TERMS = '{"purpose":"profile"}'
ROWS = [row(*entry, RATING, f"0.1.0 stub guessed {TERMS}") for entry in ENTRIES]


NAME = part_name(ENTRIES, [[], []])


def test_what_is_written_is_read_again(tmp_path):
    parts = Parts(str(tmp_path / "new" / "folder"))
    assert list(parts.rows(TERMS)) == []
    parts.prepare()
    parts.write(NAME, ROWS)
    parts.write(NAME, ROWS)
    assert os.listdir(parts.target) == [NAME]
    assert is_part(NAME)
    assert list(parts.rows(TERMS)) == [tuple(entry) for entry in ENTRIES]


def test_another_batch_has_another_part():
    changed = [ENTRIES[0]._replace(changed="11"), ENTRIES[1]]
    names = {part_name(ENTRIES[:1], [[]]), part_name(changed, [[], []]), part_name(ENTRIES, [[], [7]])}
    assert len(names - {NAME}) == 3
    assert part_name(ENTRIES, [[], []]) == NAME


def test_a_part_tells_how_many_rows_it_has(tmp_path):
    parts = Parts(str(tmp_path))
    assert parts.rows_in(NAME) is None
    parts.write(NAME, [*ROWS, row("/a/three.jpg", 3, "30", "No photo.", ROWS[0]["version"])])
    assert parts.rows_in(NAME) == (3, 1)


def test_where_a_part_does_not_fit_nothing_is_left_of_it(tmp_path):
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (100, hard))
    try:
        with pytest.raises(ArchiveError, match="cannot be written to: File too large"):
            Parts(str(tmp_path)).write(NAME, ROWS)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert os.listdir(tmp_path) == []


def test_a_target_that_is_a_file_is_refused(tmp_path):
    (tmp_path / "file").touch()
    for target in ("file", "file/below"):
        with pytest.raises(ArchiveError, match="cannot be written to"):
            Parts(str(tmp_path / target)).prepare()


def test_what_a_sudden_end_left_goes_once_nobody_can_be_writing_it(tmp_path):
    old, new, other = (tmp_path / name for name in (".part-1.parquet.x", ".part-2.parquet.x", ".others"))
    for path in (old, new, other):
        path.touch()
    os.utime(old, (0, 0))
    os.utime(other, (0, 0))
    Parts(str(tmp_path)).prepare()
    assert set(tmp_path.iterdir()) == {new, other}
    assert list(Parts(str(tmp_path)).rows(TERMS)) == []


def test_a_damaged_part_is_named(tmp_path):
    parts = Parts(str(tmp_path))
    parts.write(NAME, ROWS)
    path = tmp_path / NAME
    path.write_bytes(path.read_bytes()[:-20])
    with pytest.raises(ArchiveError, match=f"{path.name} is damaged"):
        list(parts.rows(TERMS))


def test_a_part_of_another_version_or_program_is_refused(tmp_path):
    parts = Parts(str(tmp_path))
    parts.write(NAME, ROWS)
    path = tmp_path / NAME
    table = pq.read_table(path)
    for metadata, said in (({b"sqrt.archive": b"99"}, "version 99"), ({}, "version none")):
        pq.write_table(table.replace_schema_metadata(metadata), path)
        with pytest.raises(ArchiveError, match=said):
            list(parts.rows(TERMS))
    pq.write_table(pa.table({"x": [1]}), path)
    with pytest.raises(ArchiveError, match="damaged"):
        list(parts.rows(TERMS))


def test_ratings_for_another_purpose_are_not_mixed(tmp_path):
    parts = Parts(str(tmp_path))
    parts.write(NAME, ROWS)
    with pytest.raises(ArchiveError, match="other settings \\(PURPOSE=profile\\)"):
        list(parts.rows('{"purpose":"work"}'))


def test_elsewhere_a_part_is_renamed_once_it_is_whole():
    memory = fsspec.filesystem("memory")
    parts = Parts("memory://kept/archive")
    parts.prepare()
    try:
        parts.write(NAME, ROWS)
        assert memory.ls("/kept/archive", detail=False) == [f"/kept/archive/{NAME}"]
        assert list(parts.rows(TERMS)) == [tuple(entry) for entry in ENTRIES]
    finally:
        memory.rm("/kept", recursive=True)

"""An archive is read as a whole, whatever its parts are; what is none is one sentence."""

from pathlib import Path

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sqrt.archiving import results, schema
from sqrt.archiving.filters import expression
from sqrt.archiving.places import ArchiveError
from sqrt.archiving.results import Archive
from tests.archiving.parts import part, row, write, write_table


def addresses(archive: Archive, where: str | None = None) -> list[str]:
    wanted = expression(where, schema.schema()) if where else None
    return [one for table in archive.tables(["address"], where=wanted) for one in table["address"].to_pylist()]


def test_parts_are_read_in_the_order_of_their_names_and_nothing_else_is(tmp_path):
    write(tmp_path, [row("a", 1), row("b")], [], [row("c", 3)])
    (tmp_path / ".part-00000000000000000000.parquet").write_text("half of a part")
    (tmp_path / "_state.json").write_text("{}")
    (tmp_path / "part-1.parquet").write_text("somebody else's")
    assert addresses(Archive(str(tmp_path))) == ["a", "b", "c"]


def test_of_an_address_the_row_that_was_rated_last_counts(tmp_path):
    write(
        tmp_path,
        [row("a", 10, second=5), row("b", 20, second=1)],
        [row("a", 11, second=4), row("b", 21, second=2)],
        [row("b", 22, second=2), row("a", second=6)],  # at the same time: the later part; refused since
    )
    archive = Archive(str(tmp_path))
    assert archive.newest.tolist() == [False, False, False, False, True, True]
    rows = [one for table in archive.tables(["address", "overall"]) for one in table.to_pylist()]
    assert rows == [{"address": "b", "overall": 22}, {"address": "a", "overall": None}]
    assert addresses(archive, "overall < 22") == []  # what counted before counts no more


@given(
    parts=st.lists(
        st.lists(st.tuples(st.sampled_from("abcdefgh"), st.integers(0, 4), st.integers(0, 100)), max_size=6), max_size=6
    ),
    small=st.integers(1, 7),
)
def test_however_rows_are_spread_over_parts(parts, small, tmp_path_factory):
    folder = tmp_path_factory.mktemp("archive")
    write(folder, [], *([row(name, points, second=second) for name, second, points in one] for one in parts))
    newest: dict[str, tuple[int, int]] = {}
    for name, second, points in (one for several in parts for one in several):
        if second >= newest.get(name, (-1, 0))[0]:
            newest[name] = second, points
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(results, "_ROWS", small)
        patch.setattr(results, "_FOOTERS", small)
        tables = Archive(str(folder)).tables(["address", "overall"], expression("overall >= 50", schema.schema()))
        found = {one["address"]: one["overall"] for table in tables for one in table.to_pylist()}
    assert found == {name: points for name, (_, points) in newest.items() if points >= 50}


def test_what_an_older_version_did_not_measure_is_not_there(tmp_path):
    old = schema.table([row("a", 50)]).drop_columns(["style", "style_native"])
    write_table(old, part(tmp_path, 0))
    write(tmp_path, [row("b", 60, style=70)], first=1)
    (table,) = Archive(str(tmp_path)).tables(["address", "style"])
    assert table["style"].to_pylist() == [None, 70]


def foreign(folder: Path) -> None:
    write_table(pa.table({"address": ["a"]}), part(folder, 0))


def newer(folder: Path) -> None:
    table = schema.table([row("a", 1)])
    write_table(table.replace_schema_metadata({schema.KEY: b"2"}), part(folder, 0))


def damaged(folder: Path) -> None:
    write(folder, [row(str(number), 1) for number in range(1000)])
    whole = part(folder, 0).read_bytes()
    part(folder, 0).write_bytes(whole[: len(whole) // 2])


def scrambled(folder: Path) -> None:
    write(folder, [row(str(number), 1) for number in range(1000)])
    whole = part(folder, 0).read_bytes()
    part(folder, 0).write_bytes(whole[:4] + b"?" * 1000 + whole[1004:])  # its end, where its columns are told, is whole


def another_type(folder: Path) -> None:
    table = pa.table({"address": [1], "rated_at": ["x"]}).replace_schema_metadata({schema.KEY: b"1"})
    write_table(table, part(folder, 0))


def gone(folder: Path) -> None:
    folder.rmdir()


def a_file(folder: Path) -> None:
    folder.rmdir()
    folder.write_text("a text")


@pytest.mark.parametrize(
    ("make", "sentence"),
    [
        (gone, "There is no archive here."),
        (a_file, "There is no archive here."),
        (lambda _: None, "There are no results of an archive here."),
        (foreign, "{name} was not written by SQRT: this is no archive."),
        (newer, "{name} is of version 2; this SQRT reads archives up to version 1."),
        (damaged, "{name} is damaged, or cannot be read."),
        (scrambled, "This archive cannot be read."),
        (another_type, "This archive cannot be read."),
    ],
)
def test_what_is_no_archive_is_one_sentence(tmp_path, make, sentence):
    folder = tmp_path / "archive"
    folder.mkdir()
    make(folder)
    with pytest.raises(ArchiveError) as error:
        addresses(Archive(str(folder)))
    assert error.value.user_message == sentence.format(name=part(folder, 0).name)


def test_a_part_that_goes_while_it_is_read_is_one_sentence(tmp_path):
    archive = Archive(str(write(tmp_path, [row("a", 1)])))
    part(tmp_path, 0).unlink()
    with pytest.raises(ArchiveError, match=part(tmp_path, 0).name) as error:
        addresses(archive)
    assert error.value.user_message == f"{part(tmp_path, 0).name} is damaged, or cannot be read."


def test_an_address_that_nothing_opens_is_one_sentence():
    with pytest.raises(ArchiveError) as error:
        Archive("nobody-knows://bucket/prefix")
    assert error.value.user_message.startswith("nobody-knows:// cannot be reached: ")


def test_an_address_of_fsspec_is_read_as_a_folder_is(tmp_path):
    fsspec = pytest.importorskip("fsspec", reason="the extra 'archive' is not installed")
    write(tmp_path, [row("a", 1), row("b", 2)], [row("a", 3, second=1)])
    store = fsspec.filesystem("memory")
    for path in tmp_path.iterdir():
        store.pipe_file(f"/bucket/prefix/{path.name}", path.read_bytes())
    store.pipe_file("/bucket/prefix/_state.json", b"{}")
    archive = Archive("memory://bucket/prefix")
    assert addresses(archive) == ["b", "a"]
    assert [one.path for one in archive.parts] == [f"/bucket/prefix/{part(tmp_path, number).name}" for number in (0, 1)]
    with pytest.raises(ArchiveError, match="nowhere") as error:
        Archive("memory://bucket/nowhere")
    assert error.value.user_message == "There is no archive here."


def test_a_bucket_is_read_as_a_folder_is(bucket, tmp_path):
    write(tmp_path, [row("a", 1), row("b", 2)], [row("a", 3, second=1)])
    for path in tmp_path.iterdir():
        bucket.pipe_file(f"bucket/out/{path.name}", path.read_bytes())
    assert addresses(Archive("s3://bucket/out")) == addresses(Archive(str(tmp_path))) == ["b", "a"]
    assert Archive("s3://bucket/out").key == Archive("s3://bucket/out").key != Archive(str(tmp_path)).key
    for nowhere in ("s3://bucket/nothing", "s3://no-bucket/out"):
        with pytest.raises(ArchiveError) as error:
            Archive(nowhere)
        assert error.value.user_message == "There is no archive here."


def test_a_store_that_does_not_answer_is_one_sentence(bucket, monkeypatch):
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:1")
    type(bucket).clear_instance_cache()
    with pytest.raises(ArchiveError) as error:
        Archive("s3://bucket/out")
    assert error.value.user_message == "This archive cannot be read."


def test_many_parts_are_held_no_more_than_few(tmp_path, monkeypatch):
    monkeypatch.setattr(results, "_ROWS", 500)
    monkeypatch.setattr(results, "_FOOTERS", 4)

    def held(folder: Path, parts: int) -> int:
        """Return the bytes that Arrow holds at most while all rows are gone through."""
        for number in range(parts):
            rows = [row(f"/photos/{number}/{one}.jpg", one % 101, sharpness=one % 97) for one in range(500)]
            write(folder, rows, first=number)
        archive, before = Archive(str(folder)), pa.total_allocated_bytes()
        return max(pa.total_allocated_bytes() - before for _ in archive.tables(schema.schema().names))

    assert held(tmp_path / "many", 48) < 1.5 * held(tmp_path / "few", 8)

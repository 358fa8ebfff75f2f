"""What photos a source has, in which order, and that no list of them is held."""

import itertools
import os

import fsspec
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from sqrt.archiving.listing import count, entries
from sqrt.archiving.places import ArchiveError
from sqrt.showing.batch import photo_files


@pytest.fixture
def folder(tmp_path):
    folder = tmp_path / "photos"
    for name in (
        "b.jpg",
        "a.JPG",
        "notes.txt",
        ".hidden.jpg",
        "sub/c.png",
        "sub/deep/d.webp",
        ".dark/e.jpg",
        "a/f.tif",
    ):
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(name.encode())
    (folder / "sub" / "circle").symlink_to(folder)
    (folder / "nowhere.jpg").symlink_to(folder / "gone.jpg")
    return folder


def addresses(source):
    return [entry.address for entry in entries(str(source))]


def test_a_folder_is_listed_as_rate_lists_it_with_sizes_and_times(folder):
    found = list(entries(str(folder)))
    assert [entry.address for entry in found] == list(photo_files([str(folder)]))
    told = {os.path.basename(entry.address): entry for entry in found}
    status = (folder / "b.jpg").stat()
    assert told["b.jpg"][1:] == (5, str(status.st_mtime_ns))
    assert told["nowhere.jpg"][1:] == (None, None)
    assert count(str(folder)) == len(found)


def test_a_relative_folder_and_a_file_address_are_made_absolute(folder, monkeypatch):
    monkeypatch.chdir(folder.parent)
    assert addresses("photos") == addresses(folder) == addresses(folder.as_uri())


def test_a_glob_a_photo_and_a_missing_source(folder):
    assert addresses(f"{folder}/**/*.[pw]*") == [f"{folder}/sub/c.png", f"{folder}/sub/deep/d.webp"]
    assert addresses(f"{folder}/*/*.*") == [f"{folder}/a/f.tif", f"{folder}/sub/c.png"]
    assert addresses(folder / "b.jpg") == [f"{folder}/b.jpg"]
    with pytest.raises(ArchiveError, match="not there"):
        addresses(folder / "nothing")


def test_lists_of_text_and_parquet_say_the_same(folder, monkeypatch):
    monkeypatch.chdir(folder)
    names = ["b.jpg", f"{folder}/sub/c.png", "s3://bucket/é x.jpg"]
    text, table = folder / "list.txt", folder / "list.parquet"
    text.write_text("\ufeff" + "\r\n\n".join(names))
    pq.write_table(pa.table({"address": [*names, None], "other": [1, 2, 3, 4]}), table)
    expected = [f"{folder}/b.jpg", f"{folder}/sub/c.png", "s3://bucket/é x.jpg"]
    assert addresses(text) == addresses(table) == expected
    assert [entry[1:] for entry in entries(str(text))] == [(None, None)] * 3
    assert (count(str(text)), count(str(table))) == (3, 4)


def test_a_list_without_addresses_is_refused(folder):
    pq.write_table(pa.table({"file": ["b.jpg"]}), folder / "list.parquet")
    (folder / "broken.parquet").write_bytes(b"PAR1")
    with pytest.raises(ArchiveError, match="no column 'address'"):
        addresses(folder / "list.parquet")
    with pytest.raises(ArchiveError, match="cannot be listed"):
        addresses(folder / "broken.parquet")


def test_a_folder_that_cannot_be_read_is_told_and_left_out(folder, monkeypatch):
    scan = os.scandir

    def refuse(path):
        if str(path).endswith("deep"):
            raise PermissionError(13, "Permission denied", str(path))
        return scan(path)

    monkeypatch.setattr(os, "scandir", refuse)
    told = []
    found = [entry.address for entry in entries(str(folder), told.append)]
    assert told == [f"{folder}/sub/deep"]
    assert f"{folder}/sub/c.png" in found
    assert f"{folder}/sub/deep/d.webp" not in found


def test_a_name_that_is_no_text_is_listed(folder):
    with open(os.fsencode(folder) + b"/\xff.jpg", "wb") as file:
        file.write(b"x")
    assert [os.fsencode(one) for one in addresses(folder)].count(os.fsencode(folder) + b"/\xff.jpg") == 1


def test_only_as_much_is_listed_as_is_asked_for(folder):
    def forever():
        yield from itertools.repeat(b"b.jpg\n")

    first = itertools.islice(entries(str(folder)), 2)
    assert len(list(first)) == 2
    pipe = folder / "endless.txt"
    with pipe.open("wb") as file:
        file.writelines(itertools.islice(forever(), 100_000))
    found = entries(str(pipe))
    assert next(found).address.endswith("b.jpg")
    found.close()


def test_another_file_system_of_fsspec():
    memory = fsspec.filesystem("memory")
    for name in ("/shelf/a.jpg", "/shelf/sub/b.png", "/shelf/.dark/c.jpg", "/shelf/list.txt"):
        memory.pipe_file(name, b"12345")
    try:
        assert addresses("memory://shelf") == ["memory:///shelf/a.jpg", "memory:///shelf/sub/b.png"]
        assert addresses("memory://shelf/*/b.*") == ["memory:///shelf/sub/b.png"]
        assert next(entries("memory://shelf/a.jpg")).bytes == 5
        with pytest.raises(ArchiveError, match="not there"):
            addresses("memory://nothing")
    finally:
        memory.rm("/shelf", recursive=True)


def test_an_unknown_scheme_is_told():
    with pytest.raises(ArchiveError, match="nothing://"):
        addresses("nothing://there")

"""Batches on real workers: nothing is lost, nothing twice, and what kills its worker is found."""

import os

import pyarrow.parquet as pq
import pytest

from sqrt.archiving import cluster, run
from sqrt.archiving.done import Done
from sqrt.archiving.listing import entries, folder_of
from sqrt.archiving.parts import Parts
from sqrt.archiving.places import ArchiveError
from sqrt.archiving.run import Run, Tally, batches
from sqrt.archiving.worker import RatingPlugin
from sqrt.rating.rater import terms_of
from tests.archiving.raters import Buggy, Deadly, Leaving, NoDisk, Poisoned, Stub

# On a busy machine a process may be killed later than it should.
pytestmark = pytest.mark.flaky(reruns=1)

NO = "This file is not a photo that can be read."


@pytest.fixture(scope="module")
def client(tmp_path_factory):
    """Two workers, which live through all tests here."""
    with cluster.embedded(2) as client:
        yield client


@pytest.fixture
def source(tmp_path):
    folder = tmp_path / "photos"
    folder.mkdir()
    for place in range(20):
        (folder / f"{place:02}.jpg").write_bytes(b"photo %d" % place)
    (folder / "20.jpg").write_bytes(b"no photo")
    return folder


@pytest.fixture
def archive(client, settings, source, tmp_path):
    """Runs once through the source, or a list of it, and returns the tally and all rows by address."""
    parts = Parts(str(tmp_path / "archive"))

    def archive(make=Stub, size=4, listed=source, **options):
        parts.prepare()
        tally = Tally()
        plugin = RatingPlugin(settings, parts, folder_of(str(listed)), "0.1.0", embedded=True, make=make)
        left = batches(entries(str(listed)), size, Done(parts.rows(terms_of(settings))), tally)
        Run(client, plugin, tally, **options).through(left)
        return tally, rows(parts)

    archive.parts = parts
    return archive


def rows(parts):
    found = [row for name in os.listdir(parts.target) for row in pq.read_table(f"{parts.target}/{name}").to_pylist()]
    return sorted(found, key=lambda row: (row["address"], row["rated_at"]))


def names(found):
    return [os.path.basename(row["address"]) for row in found]


ALL = [f"{place:02}.jpg" for place in range(21)]


def test_each_photo_stands_there_once(archive):
    tally, found = archive()
    assert tally == Tally(rated=20, refused=1)
    assert names(found) == ALL
    assert [row["refused"] for row in found] == [None] * 20 + [NO]
    assert {row["overall"] for row in found[:20]} == {70.5}
    assert len(os.listdir(archive.parts.target)) == 6


def test_what_is_done_is_not_done_again_however_large_the_batches(archive, source):
    archive(size=4)
    (source / "new.jpg").write_bytes(b"photo")
    tally, found = archive(size=7)
    assert tally == Tally(rated=1, skipped=21)
    assert names(found) == [*ALL, "new.jpg"]


def test_a_changed_photo_is_rated_again(archive, source):
    archive()
    os.utime(source / "07.jpg", ns=(1, 1))
    (source / "20.jpg").write_bytes(b"a photo now")
    tally, found = archive()
    assert tally == Tally(rated=2, skipped=19)
    assert names(found) == sorted([*ALL, "07.jpg", "20.jpg"])
    old, new = (row for row in found if row["address"].endswith("07.jpg"))
    assert old["changed"] != new["changed"] == "1"


def test_a_list_is_asked_for_sizes_by_the_workers_and_done_once(archive, source, tmp_path):
    listed = tmp_path / "list.txt"
    photos = [str(source / name) for name in ALL]
    listed.write_text("\n".join([*photos, photos[0], str(source / "gone.jpg")]))
    tally, found = archive(listed=listed)
    assert tally == Tally(rated=20, refused=2, skipped=1)
    assert names(found) == [*ALL, "gone.jpg"]
    assert [row["bytes"] for row in found] == [*(os.stat(photo).st_size for photo in photos), None]
    (source / "03.jpg").write_bytes(b"another photo")
    tally, found = archive(listed=listed)
    assert tally == Tally(rated=1, skipped=22)
    (source / "gone.jpg").write_bytes(b"here it is")
    tally, found = archive(listed=source)
    assert tally == Tally(rated=1, skipped=21)


def test_a_photo_that_kills_its_workers_is_found_and_the_others_are_rated(archive, source):
    (source / "11.jpg").write_bytes(b"poison")
    tally, found = archive(Poisoned)
    assert (tally.rated, tally.refused) == (19, 2)
    assert names(found) == ALL
    assert [row["refused"] for row in found if row["refused"]] == [
        "This photo could not be rated: what tried to ended at once.",
        NO,
    ]
    assert archive(Poisoned)[0] == Tally(skipped=21)


def test_a_killed_workers_batch_runs_again(archive, source, tmp_path):
    (source / "05.jpg").write_bytes(b"once:" + os.fsencode(tmp_path / "mark"))
    tally, found = archive(Poisoned)
    assert (tmp_path / "mark").exists()
    assert (tally.rated, tally.refused) == (20, 1)
    assert tally.retried >= 1
    assert names(found) == ALL


def test_a_photo_of_a_worker_that_was_given_up_is_tried_again(archive, source, tmp_path):
    (source / "05.jpg").write_bytes(b"once:" + os.fsencode(tmp_path / "mark"))
    tally, found = archive(Leaving, size=1)
    assert (tally.rated, tally.refused, tally.retried) == (20, 1, 1)
    assert names(found) == ALL


def test_a_bug_costs_one_photo_and_is_logged_without_its_name(archive, source, caplog):
    (source / "11.jpg").write_bytes(b"bug")
    tally, found = archive(Buggy)
    assert (tally.rated, tally.refused) == (19, 2)
    assert found[11]["refused"] == "This photo could not be rated: something unexpected went wrong."
    assert names(found) == ALL
    assert "ZeroDivisionError" in caplog.text
    assert "11.jpg" not in caplog.text


def test_workers_that_end_with_every_photo_end_the_run(archive, monkeypatch):
    monkeypatch.setattr(run, "_IN_A_ROW", 3)
    with pytest.raises(ArchiveError, match="The workers end with whatever they are given"):
        archive(Deadly)


def test_a_full_disk_ends_with_a_sentence_and_can_be_resumed(archive):
    with pytest.raises(ArchiveError, match="The archive cannot be written to: File too large"):
        archive(NoDisk)
    assert os.listdir(archive.parts.target) == []
    assert archive()[0] == Tally(rated=20, refused=1)


def test_a_lost_source_ends_the_run_and_says_nothing_of_its_photos(archive, source):
    aside = source.with_name("aside")
    with pytest.raises(ArchiveError, match="The photos cannot be read any more"):
        archive(size=1, changed=lambda: aside.exists() or source.rename(aside))
    aside.rename(source)
    tally, found = archive(size=1)
    assert 1 <= tally.skipped < 20  # one more than was told of may have been in hand
    assert (tally.rated + tally.skipped, tally.refused) == (20, 1)
    assert names(found) == ALL


def test_told_to_stop_it_finishes_what_is_in_hand(archive):
    asked = []

    def stopped():
        asked.append(None)
        return len(asked) > 3

    tally, found = archive(size=1, stopped=stopped)
    assert len(found) == tally.rated == 3
    assert archive()[0] == Tally(rated=17, refused=1, skipped=3)

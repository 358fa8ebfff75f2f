"""An object store as source and target: a real server, in a process of its own."""

import pytest
from distributed.core import Status

from sqrt.archiving.done import Done
from sqrt.archiving.listing import Entry, entries
from sqrt.archiving.parts import Parts
from sqrt.archiving.places import ArchiveError, content, is_there
from sqrt.archiving.run import Tally, batches
from sqrt.archiving.schema import row
from sqrt.archiving.worker import Batch, Counts, RatingPlugin
from sqrt.rating.rater import terms_of
from tests.archiving.raters import RATING, Stub


class Here:
    """A worker's state as a plugin sees it, for a plugin that is set up in this process."""

    status = Status.running

    class state:
        nthreads = 1


def plugin_of(settings, target):
    plugin = RatingPlugin(settings, Parts(target), None, "0.1.0", embedded=False, make=Stub)
    plugin.setup(Here)
    return plugin


def test_a_prefix_is_listed_page_by_page(bucket, monkeypatch):
    names = [f"bucket/photos/{place:02}.jpg" for place in range(5)]
    for name in [*names, "bucket/photos/.dark/x.jpg", "bucket/photos/notes.txt", "bucket/photos2/y.jpg"]:
        bucket.pipe_file(name, b"photo")
    asked = []
    call = type(bucket).call_s3

    def counted(self, method, **kwargs):
        asked.append(method)
        return call(self, method, **kwargs, MaxKeys=2)

    monkeypatch.setattr(type(bucket), "call_s3", counted)
    listed = entries("s3://bucket/photos")
    first = next(listed)
    assert (first.address, first.bytes) == ("s3://bucket/photos/00.jpg", 5) or len(asked) > 1
    assert first.changed == bucket.info(names[0])["ETag"].strip('"')
    rest = [entry.address for entry in listed]
    assert rest == [f"s3://{name}" for name in names[1:]]
    assert asked == ["list_objects_v2"] * 4
    assert [entry.address for entry in entries("s3://bucket/photos/*3.jpg")] == ["s3://bucket/photos/03.jpg"]


def test_photos_are_read_and_parts_written_there(bucket, settings):
    for name, photo in {"a.jpg": b"photo", "b.jpg": b"no photo"}.items():
        bucket.pipe_file(f"bucket/photos/{name}", photo)
    bucket.pipe_file("bucket/list.txt", b"s3://bucket/photos/a.jpg\ns3://bucket/photos/gone.jpg\n")
    plugin = plugin_of(settings, "s3://bucket/archive")
    plugin.parts.prepare()

    def archived(source):
        tally = Tally()
        done = Done(plugin.parts.rows(terms_of(settings)))
        return [plugin.rate(batch) for batch in batches(entries(source), 10, done, tally)], tally.skipped

    assert archived("s3://bucket/photos") == ([Counts(rated=1, refused=1)], 0)
    assert archived("s3://bucket/photos") == ([], 2)
    assert archived("s3://bucket/list.txt") == ([Counts(refused=1, skipped=1)], 0)
    assert archived("s3://bucket/list.txt") == ([Counts(skipped=2)], 0)
    bucket.pipe_file("bucket/photos/a.jpg", b"another photo")
    assert archived("s3://bucket/list.txt") == ([Counts(rated=1, skipped=1)], 0)
    found = sorted(plugin.parts.rows(terms_of(settings)), key=str)
    assert [address for address, *_ in found] == [
        *["s3://bucket/photos/a.jpg"] * 2,
        "s3://bucket/photos/b.jpg",
        "s3://bucket/photos/gone.jpg",
    ]


def test_a_lost_bucket_is_a_fault_and_no_property_of_photos(bucket, settings):
    bucket.pipe_file("bucket/photos/a.jpg", b"photo")
    listed = list(entries("s3://bucket/photos"))
    plugin = plugin_of(settings, "s3://missing/archive")
    assert plugin.rate(Batch(listed, [[]])).fault.startswith("The archive cannot be written to: ")
    bucket.rm("bucket", recursive=True)
    assert not is_there("s3://bucket/photos/a.jpg")
    assert plugin.rate(Batch(listed, [[]])).fault.startswith("The photos cannot be read any more: ")
    with pytest.raises(ArchiveError, match="The source is not there"):
        list(entries("s3://bucket/photos"))


def test_of_a_file_that_is_too_large_only_so_much_is_read(bucket):
    bucket.pipe_file("bucket/large.jpg", bytes(1000))
    assert len(content("s3://bucket/large.jpg", 1000, 100)) == 101
    assert len(content("s3://bucket/large.jpg", 1000, 1000)) == 1000


def test_a_part_is_counted_there(bucket):
    parts = Parts("s3://bucket/archive/")
    assert parts.rows_in("part-00000000000000000000.parquet") is None
    parts.write("part-00000000000000000000.parquet", [row(*Entry("s3://bucket/a.jpg", 1, "x"), RATING, "v {}")])
    assert parts.rows_in("part-00000000000000000000.parquet") == (1, 0)
    assert [one.rpartition("/")[2] for one in bucket.ls("bucket/archive")] == ["part-00000000000000000000.parquet"]

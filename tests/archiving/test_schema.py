"""What a part of an archive holds."""

from datetime import UTC, datetime

import pyarrow.parquet as pq
import pytest

from sqrt.archiving import schema
from sqrt.metrics import METRICS
from sqrt.rating import Rater
from sqrt.settings import Settings

AT = datetime(2026, 1, 2, 3, 4, 5, 678_000, tzinfo=UTC)


@pytest.fixture(scope="module")
def rating(astronaut):
    return Rater(Settings.model_construct()).rate(astronaut)


def test_a_rating_comes_back_from_its_part(rating, tmp_path):
    rows = [
        schema.row("/a/one.jpg", 123, "1700000000000000000", rating, "0.1.0 landmarks", AT),
        schema.row("s3://b/two.jpg", None, None, "This file is not a photo that can be read.", "0.1.0 landmarks", AT),
    ]
    path = tmp_path / "part-0123456789abcdef0123.parquet"
    pq.write_table(schema.table(rows), path)
    one, two = pq.read_table(path).to_pylist()
    assert (one["address"], one["bytes"], one["changed"], one["rated_at"]) == (
        "/a/one.jpg",
        123,
        "1700000000000000000",
        AT,
    )
    assert (one["width"], one["height"], one["faces"]) == (512, 512, len(rating.faces))
    assert one["refused"] is None
    assert one["overall"] == pytest.approx(rating.overall)
    assert one["advice"] == [advice.metric for advice in rating.advice]
    assert {key: one[key] for key in METRICS if one[key] is not None} == pytest.approx(rating.scores)
    found = {key: one[schema.native(key)] for key in METRICS if one[schema.native(key)] is not None}
    assert found == pytest.approx(rating.natives)
    assert two["refused"] == "This file is not a photo that can be read."
    told = {"address", "rated_at", "version", "refused"}
    assert {name for name, value in two.items() if value is not None} == told


def test_a_part_says_its_version_and_units(tmp_path):
    pq.write_table(schema.table([]), tmp_path / "part.parquet")
    found = pq.read_schema(tmp_path / "part.parquet")
    assert found.metadata[b"sqrt.archive"] == b"1"
    assert found.equals(schema.schema())
    for key, metric in METRICS.items():
        assert found.field(f"{key}_native").metadata[b"unit"].decode() == metric.unit


def test_parts_are_told_by_their_names():
    names = {
        "part-0123456789abcdef0123.parquet": True,
        "part-0123456789abcdef012.parquet": False,
        ".part-0123456789abcdef0123.parquet": False,
        "part-0123456789abcdef0123.parquet.tmp": False,
        "part-0123456789ABCDEF0123.parquet": False,
    }
    assert {name: schema.is_part(name) for name in names} == names

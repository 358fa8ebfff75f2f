"""What stands in an archive: Parquet parts, one row a photo. What changes here changes `VERSION`.

A part is a file ``part-<20 hexadecimal digits>.parquet`` in the archive's folder; what is called otherwise is none. A
photo that has changed stands in another part again: of one address's rows that with the newest ``rated_at`` counts.
"""

import re
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any, TypeAlias

import pyarrow as pa

from sqrt.archiving.places import storable
from sqrt.metrics import METRICS
from sqrt.rating import Rating

VERSION = 1
"""Of the columns; stands under `KEY` in the metadata of each part's schema."""
KEY = b"sqrt.archive"
PART = re.compile(r"part-[0-9a-f]{20}\.parquet")
"""How a part is called."""

Row: TypeAlias = dict[str, Any]


def native(key: str) -> str:
    """Name the column that holds what a metric measured; its score's is called as the metric itself."""
    return f"{key}_native"


def schema() -> pa.Schema:
    """Return the columns of a part.

    ===================  ==========================================================================================
    address              as it was listed: a file's absolute path, or an address such as ``s3://bucket/key``
    bytes                size of the file
    changed              when it was, in nanoseconds since 1970 (local); or the object's ETag
    rated_at             when that was, UTC, to the millisecond
    version              what rated it: SQRT's version, engine, purpose, and settings that change a rating
    refused              why it could not be rated, in a sentence; then all that follows is null
    width, height        pixels of the upright photo
    faces                how many were found
    overall              0 to 100
    advice               keys of metrics, the largest gain first
    <metric>             score, 0 to 100; null where it could not be assessed
    <metric>_native      what was measured, in the unit that the field's metadata names (``unit``)
    ===================  ==========================================================================================
    """
    fields = [
        pa.field("address", pa.string(), nullable=False),
        pa.field("bytes", pa.int64()),
        pa.field("changed", pa.string()),
        pa.field("rated_at", pa.timestamp("ms", tz="UTC"), nullable=False),
        pa.field("version", pa.string(), nullable=False),
        pa.field("refused", pa.string()),
        pa.field("width", pa.int32()),
        pa.field("height", pa.int32()),
        pa.field("faces", pa.int16()),
        pa.field("overall", pa.float32()),
        pa.field("advice", pa.list_(pa.string())),
    ]
    for key, metric in METRICS.items():
        fields += [
            pa.field(key, pa.float32()),
            pa.field(native(key), pa.float32(), metadata={b"unit": metric.unit.encode()}),
        ]
    return pa.schema(fields, metadata={KEY: str(VERSION).encode()})


def row(
    address: str,
    size: int | None,
    changed: str | None,
    found: Rating | str,
    version: str,
    rated_at: datetime | None = None,
) -> Row:
    """Return the row of a photo: its rating, or the sentence why there is none.

    `size` is that of the file in bytes; `rated_at` is now unless given. What is no UTF-8 in a name stands in
    ``address`` as ``\\udcff``.
    """
    at = rated_at or datetime.now(UTC)
    head: Row = {"address": storable(address), "bytes": size, "changed": changed, "rated_at": at, "version": version}
    if isinstance(found, str):
        return head | {"refused": found}
    width, height = found.size_wh
    facts: Row = {"width": width, "height": height, "faces": len(found.faces), "overall": found.overall}
    natives = {native(key): value for key, value in found.natives.items()}
    return head | facts | {"advice": [one.metric for one in found.advice]} | found.scores | natives


def table(rows: Iterable[Row]) -> pa.Table:
    """Return rows as a part holds them."""
    return pa.Table.from_pylist(list(rows), schema=schema())


def is_part(name: str) -> bool:
    """Whether a file of this name, without its folder, is a part of an archive."""
    return PART.fullmatch(name) is not None

"""Parts of an archive made of a few rows, for tests."""

import hashlib
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from sqrt.archiving import schema

AT = datetime(2026, 1, 2, tzinfo=UTC)


def row(address: str, overall: float | None = None, *, second: int = 0, **others: Any) -> schema.Row:
    """Return a row with a score, or else with none; rated so many seconds after `AT`."""
    head = {"address": address, "rated_at": AT + timedelta(seconds=second), "version": "made for a test"}
    return head | ({} if overall is None else {"overall": overall, "faces": 1}) | others


def part(folder: Path, number: int) -> Path:
    """Return where a part lies; parts are read in the order of their numbers."""
    return folder / f"part-{number:08x}{hashlib.sha256(str(number).encode()).hexdigest()[:12]}.parquet"


def write(folder: Path, *parts: list[schema.Row], first: int = 0) -> Path:
    """Write parts into a folder, and return that."""
    folder.mkdir(exist_ok=True)
    for number, rows in enumerate(parts, first):
        write_table(schema.table(rows), part(folder, number))
    return folder


def write_table(table: pa.Table, path: Path) -> None:
    """Write one part."""
    pq.write_table(table, path)

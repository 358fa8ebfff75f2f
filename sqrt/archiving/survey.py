"""What there is to tell of an archive: how many, how good, which are the best and the worst, what was refused."""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Literal, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from sqrt.archiving.results import Archive
from sqrt.archiving.schema import schema
from sqrt.metrics import METRICS
from sqrt.words import N_

OVERALL = "overall"
BINS = 20
"""Of a distribution: each of 5 points."""
REASONS = 1000
"""Different sentences of refusal that are counted one by one; more are counted as `OTHERS`."""
OTHERS = N_("other reasons")


class Found(NamedTuple):
    """A photo among the best or the worst: `score` is that by which it is; `advice` the metric to change first."""

    address: str
    score: float
    overall: float
    advice: str | None


class Mean(NamedTuple):
    """The mean of a score, 0 to 100, and over how many photos."""

    score: float
    photos: int


@dataclass(frozen=True)
class Survey:
    """What there is to tell of the chosen rows of an archive.

    Attributes
    ----------
    total, count, refused : int
        Photos in the archive, those chosen, and of these those that could not be rated.
    reasons : pairs of a sentence and how often it was said
        The most frequent first.
    by : str
        The score looked at: a metric's key, or `OVERALL`.
    distribution : BINS of int
        How many photos have a score from 0 to under 5, ..., from 95 to 100.
    means : Mean by key
        Of the overall score and all metrics; those that no photo has are left out.
    best, worst : tuple of Found
        By that score, the best and the worst first; of equals in the order of their addresses.
    """

    total: int
    count: int
    refused: int
    reasons: tuple[tuple[str, int], ...]
    by: str
    distribution: tuple[int, ...]
    means: Mapping[str, Mean]
    best: tuple[Found, ...]
    worst: tuple[Found, ...]


def survey(
    archive: Archive, by: str = OVERALL, where: pc.Expression | None = None, best: int = 0, worst: int = 0
) -> Survey:
    """Look at all rows for which `where` is true, and keep so many of the best and of the worst by a score."""
    scores = [OVERALL, *METRICS]
    high, low = _Extreme(by, best, "descending"), _Extreme(by, worst, "ascending")
    count, refused, reasons = 0, 0, Counter[str]()
    distribution = np.zeros(BINS, np.int64)
    sums, counts = Counter[str](), Counter[str]()
    for table in archive.tables(["address", "refused", "advice", *scores], where):
        count += len(table)
        told = table["refused"].drop_null()
        refused += len(told)
        for one in pc.value_counts(told).to_pylist():
            known = one["values"] in reasons or len(reasons) < REASONS
            reasons[one["values"] if known else OTHERS] += one["counts"]
        distribution += np.histogram(table[by].drop_null().to_numpy(), BINS, (0, 100))[0]
        for key in scores:
            sums[key] += pc.sum(table[key]).as_py() or 0
            counts[key] += pc.count(table[key]).as_py()
        high.add(table)
        low.add(table)
    means = {key: Mean(sums[key] / counts[key], counts[key]) for key in scores if counts[key]}
    total = int(np.count_nonzero(archive.newest))
    ordered = tuple(reasons.most_common())
    return Survey(total, count, refused, ordered, by, tuple(distribution.tolist()), means, high.found(), low.found())


def chosen(
    archive: Archive, by: str = OVERALL, where: pc.Expression | None = None, best: int = 0, worst: int = 0
) -> Iterator[pa.Table]:
    """Yield all columns of the best and then of the worst by a score, no row twice; of all rows unless asked."""
    tables = archive.tables(schema().names, where)
    if not best and not worst:
        yield from tables
        return
    high, low = _Extreme(by, best, "descending"), _Extreme(by, worst, "ascending")
    for table in tables:
        high.add(table)
        low.add(table)
    above = high.rows
    yield above
    yield low.rows.filter(pc.invert(pc.is_in(low.rows["address"], above["address"].combine_chunks())))


class _Extreme:
    """The first rows of many by a score, without those that have none."""

    def __init__(self, by: str, count: int, order: Literal["ascending", "descending"]) -> None:
        self._by, self._count = by, count
        self._keys = [(by, order), ("address", "ascending")]
        self._not_behind = pc.greater_equal if order == "descending" else pc.less_equal
        self.rows: pa.Table = schema().empty_table()

    def add(self, table: pa.Table) -> None:
        if not self._count:
            return
        # Of a large archive hardly any row comes so far.
        last = self.rows[self._by][-1] if len(self.rows) == self._count else None
        ahead = table[self._by].is_valid() if last is None else self._not_behind(table[self._by], last)
        table = table.filter(ahead)
        if len(table):
            both = pa.concat_tables([self.rows.select(table.column_names), table])
            first = pc.select_k_unstable(both, min(self._count, len(both)), self._keys)
            self.rows = both.take(first).combine_chunks()

    def found(self) -> tuple[Found, ...]:
        names = dict.fromkeys(("address", OVERALL, "advice", self._by))
        rows = self.rows.select(list(names)).to_pylist()
        return tuple(
            Found(one["address"], one[self._by], one[OVERALL], next(iter(one["advice"] or []), None)) for one in rows
        )

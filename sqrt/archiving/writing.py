"""An archive's results as text and HTML for people, and as CSV and JSON for programs, in English.

What photos are called comes from their owners: it is escaped in every format.
"""

import io
import json
from collections.abc import Iterable, Iterator
from datetime import datetime
from html import escape

import pyarrow as pa
import pyarrow.compute as pc
from pyarrow import csv

from sqrt.archiving.survey import BINS, OVERALL, Found, Survey
from sqrt.metrics import METRICS
from sqrt.showing.html_page import ENDING, opening
from sqrt.showing.reports import harmless, printable

_BAR = 20  # characters, or of the distribution twice as many
_REASONS = 10  # are told one by one
_STEP = 100 // BINS


def label(key: str) -> str:
    """Name a score for people, in English: that of a metric's key, or the overall."""
    return "Overall" if key == OVERALL else METRICS[key].label


# --- For programs --------------------------------------------------------------------------------------------------


def csv_pieces(tables: Iterable[pa.Table]) -> Iterator[str]:
    """Yield a file piece by piece, each of whole lines: the columns of a part as a spreadsheet reads them.

    It begins with the mark by which spreadsheets know UTF-8.
    """
    options = csv.WriteOptions(include_header=True, quoting_header="none")
    for number, table in enumerate(tables):
        plain = _plain(table)
        for name in ("address", "changed", "version", "refused"):
            plain = _replaced(
                plain, name, pa.array([one and harmless(one) for one in table[name].to_pylist()], "string")
            )
        plain = _replaced(plain, "advice", pc.binary_join(table["advice"], " "))
        file = io.BytesIO()
        csv.write_csv(plain, file, options)
        yield ("" if number else "\ufeff") + file.getvalue().decode("utf-8")
        options = csv.WriteOptions(include_header=False)


def json_pieces(tables: Iterable[pa.Table]) -> Iterator[str]:
    """Yield a file piece by piece, each of whole lines: a list of one object a row, its names those of the columns."""
    yield "[\n"
    before = " "
    for table in tables:
        for one in _plain(table).to_pylist():
            yield f"{before}{json.dumps(one, allow_nan=False)}\n"
            before = ","
    yield "]\n"


def _plain(table: pa.Table) -> pa.Table:
    """Write times as ISO 8601, and numbers of single precision with the digits they have."""
    for field in table.schema:
        column = table[field.name]
        if field.type == pa.float32():
            there = pc.if_else(pc.is_finite(column), column, pa.scalar(None, field.type))
            table = _replaced(table, field.name, there.cast(pa.string()).cast(pa.float64()))
        elif pa.types.is_timestamp(field.type):
            table = _replaced(table, field.name, pc.replace_substring(column.cast(pa.string()), " ", "T"))
    return table


def _replaced(table: pa.Table, name: str, column: pa.ChunkedArray | pa.Array) -> pa.Table:
    return table.set_column(table.column_names.index(name), name, column)


# --- For people ----------------------------------------------------------------------------------------------------


def text(found: Survey, where: str) -> Iterator[str]:
    """Yield the lines of a summary, `where` the filter; ASCII but for the names."""
    yield printable(counted(found, where))
    if found.refused:
        yield "Why photos were refused:"
        yield from (f"  {count:>9,}  {printable(reason)}" for reason, count in _reasons(found))
    if not found.means:
        return
    if mean := found.means.get(found.by):
        yield f"{label(found.by)}, of 100: {mean.score:.1f} on average"
        most = max(found.distribution)
        for low, count in zip(range(0, 100, _STEP), found.distribution, strict=True):
            bar = "#" * round(2 * _BAR * count / most)
            yield f"  {low:>3} to {low + _STEP:>3}  {count:>9,}  {bar}".rstrip()
    yield "On average:"
    width = max(len(label(key)) for key in found.means)
    for key, mean in found.means.items():
        bar = "#" * round(mean.score * _BAR / 100)
        yield f"  {label(key):<{width}}  {bar:.<{_BAR}} {mean.score:>5.1f}  of {mean.photos:,} photos"
    for heading, photos in (("best", found.best), ("worst", found.worst)):
        if photos:
            yield f"The {heading} by {label(found.by).lower()}:"
            yield from (f"  {_points(one)}  {printable(one.address)}{_change(one)}" for one in photos)


def counted(found: Survey, where: str) -> str:
    """Say how many photos there are, and what became of them."""
    chosen = f"{found.count:,} of {found.total:,} photos, where {where}" if where else f"{found.total:,} photos"
    return f"{chosen}: {found.count - found.refused:,} rated, {found.refused:,} refused"


def _reasons(found: Survey) -> list[tuple[str, int]]:
    told, rest = list(found.reasons[:_REASONS]), found.reasons[_REASONS:]
    return told + ([(f"{len(rest)} other reasons", sum(count for _, count in rest))] if rest else [])


def _points(one: Found) -> str:
    return f"{one.score:>5.1f}"


def _change(one: Found) -> str:
    return f"  (change first: {_advice(one).lower()})" if one.advice else ""


def _advice(one: Found) -> str:
    return METRICS[one.advice].label if one.advice in METRICS else one.advice or ""


_STYLE = """
th { font-weight: normal } thead th { font-weight: bold } .photos th { overflow-wrap: anywhere }
.scores th, .scores td.number, .scores td:last-child { white-space: nowrap; width: 1% }
.bar { background: var(--accent); border-radius: .2rem; display: block; height: .8rem; min-width: 1px }
"""


def html(found: Survey, where: str, at: datetime) -> str:
    """Return a page made at a time; it shows no photo."""
    parts = []
    if mean := found.means.get(found.by):
        most = max(found.distribution)
        rows = (
            _row(f"{low} to {low + _STEP}", _bar(count / most), f"{count:,}")
            for low, count in zip(range(0, 100, _STEP), found.distribution, strict=True)
        )
        parts.append(_table(f"{label(found.by)}, of 100: {mean.score:.1f} on average", "scores", rows))
    if found.means:
        means = (
            _row(label(key), _bar(mean.score / 100), f"{mean.score:.1f}", f"{mean.photos:,} photos")
            for key, mean in found.means.items()
        )
        parts.append(_table("On average", "scores", means))
    for heading, photos in (("best", found.best), ("worst", found.worst)):
        if photos:
            rows = (_row(one.address, _points(one), f"{one.overall:.1f}", escape(_advice(one))) for one in photos)
            heads = ("Photo", label(found.by), "Overall", "Change first")
            parts.append(_table(f"The {heading} by {label(found.by).lower()}", "photos", rows, heads))
    if found.refused:
        reasons = (_row(reason, f"{count:,}") for reason, count in _reasons(found))
        parts.append(_table("Why photos were refused", "photos", reasons))
    below = f"""<p>{escape(counted(found, where))}</p>
<p class="faint">SQRT, the Selfie Quality Rater, {at:%Y-%m-%d %H:%M}. It rates the photo, never the person.</p>"""
    return "".join([opening("Report on an archive", below, _STYLE), *parts, ENDING])


def _table(heading: str, kind: str, rows: Iterable[str], heads: Iterable[str] = ()) -> str:
    cells = "".join(f'<th scope="col">{escape(head)}</th>' for head in heads)
    head = f"<thead><tr>{cells}</tr></thead>\n" if cells else ""
    return f'<h2>{escape(heading)}</h2>\n<table class="{kind}">\n{head}<tbody>\n{"".join(rows)}</tbody>\n</table>\n'


def _row(head: str, *cells: str) -> str:
    """Return a row: what it is about, as text, and cells as they are."""
    drawn = "".join(f"<td{' class=number' if _is_number(cell) else ''}>{cell}</td>" for cell in cells)
    return f'<tr><th scope="row">{escape(head)}</th>{drawn}</tr>\n'


def _is_number(cell: str) -> bool:
    return cell.strip().replace(",", "").replace(".", "").isdecimal()


def _bar(share: float) -> str:
    return f'<span class="bar" style="width:{100 * share:.1f}%"></span>' if share else ""

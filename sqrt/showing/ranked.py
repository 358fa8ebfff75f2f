"""A ranking as text, JSON and CSV: which shots to keep, and why."""

import csv
import io
import json
from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import NamedTuple

from sqrt.choosing.ranking import Ranking
from sqrt.choosing.shots import Shot
from sqrt.rating import band
from sqrt.showing.reports import Format, harmless, printable

FORMATS = (Format.TXT, Format.JSON, Format.CSV)
_BETWEEN = " | "  # names in a field of CSV; few file systems allow it in a name


class Row(NamedTuple):
    """One shot of a ranking.

    `group` counts from 1, and so does `place`, within the group. `equal_to` names the shots of the group from which
    this one cannot be told apart. `kept` is whether it is among the best of its group that are kept.
    """

    file: str
    group: int
    place: int
    overall: float
    band: str
    kept: bool
    equal_to: list[str]
    reason: str


def rows(shots: Sequence[Shot], ranking: Ranking, keep: int) -> list[Row]:
    """Return a ranking of `shots` in its order, of each group the first `keep` kept."""
    table = []
    for number, group in enumerate(ranking.groups, 1):
        for place, index in enumerate(group, 1):
            shot = shots[index]
            equals = [shots[one].name for one in group if (min(one, index), max(one, index)) in ranking.ties]
            overall, why = shot.rating.overall, ranking.reasons.get(index, "")
            row = Row(shot.name, number, place, round(overall, 1), band(overall), place <= keep, equals, why)
            table.append(row)
    return table


def write_ranking(table: Sequence[Row], form: Format, *, grouped: bool) -> str:
    """Return the text of a file with a ranking; `grouped` puts headings over the groups of a text."""
    if form is Format.JSON:
        return json.dumps([row._asdict() for row in table], indent=2, allow_nan=False) + "\n"
    if form is Format.CSV:
        return _csv(table)
    return "".join(f"{line}\n" for line in (_groups(table) if grouped else _lines(table)))


def _csv(table: Sequence[Row]) -> str:
    """RFC 4180, with the mark at its start by which spreadsheets know UTF-8."""
    file = io.StringIO()
    sheet = csv.writer(file)
    sheet.writerow(Row._fields)
    for row in table:
        equals = _BETWEEN.join(row.equal_to)
        sheet.writerow(row._replace(file=harmless(row.file), equal_to=harmless(equals)))  # type: ignore[arg-type]
    return "\ufeff" + file.getvalue()


def _groups(table: Sequence[Row]) -> Iterator[str]:
    for number, group in groupby(table, key=lambda row: row.group):
        shots = list(group)
        if number > 1:
            yield ""
        yield f"Group {number}: " + ("1 shot" if len(shots) == 1 else f"{len(shots)} shots")
        yield from _lines(shots)


def _lines(table: Sequence[Row]) -> Iterator[str]:
    number_of = {row.file: number for number, row in enumerate(table, 1)}
    digits = len(str(len(table)))
    for number, row in enumerate(table, 1):
        equals = ", ".join(str(number_of[file]) for file in row.equal_to)
        why = "; ".join(filter(None, [row.reason, equals and f"equal to {equals}"]))
        mark = "keep" if row.kept else "    "
        yield f"{number:{digits + 2}}. {mark} {row.overall:5.1f}  {printable(row.file)}{why and f'  ({why})'}"

"""``python -m sqrt report TARGET``: what an archive holds; how good its photos are, and which are the best."""

import argparse
from collections.abc import Iterable, Iterator
from datetime import datetime
from pathlib import Path

from sqrt.metrics import METRICS
from sqrt.settings import Settings
from sqrt.showing.reports import Format, printable
from sqrt.terminal import complain, form_of, say

MOST = 100_000
"""Photos among the best or the worst, which are held until all have been seen."""
# Of a report for people, unless it is asked for some: the best and the worst.
_FOR_PEOPLE = {Format.TXT: (10, 0), Format.HTML: (20, 20)}


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add all that this command asks for."""
    parser.add_argument("target", metavar="TARGET", help="a folder that `archive` wrote, or its address, s3://... too")
    parser.add_argument("--best", type=_count, metavar="N", help="so many of the best")
    parser.add_argument("--worst", type=_count, metavar="N", help="so many of the worst")
    parser.add_argument(
        "--by",
        choices=["overall", *METRICS],
        default="overall",
        metavar="SCORE",
        help=f"the score that counts: overall unless set, or {', '.join(METRICS)}",
    )
    parser.add_argument(
        "--where", default="", metavar="TEXT", help="only photos of which this is true: 'faces = 1 and overall > 80'"
    )
    parser.add_argument(
        "--format",
        choices=[*Format],
        help="that of FILE unless set, or else txt; txt and html are summaries, csv and json hold rows: all, or only "
        "the best and the worst",
    )
    parser.add_argument("-o", "--output", type=Path, metavar="FILE", help="write the report there")


def _count(text: str) -> int:
    if not (text.isdecimal() and 1 <= int(text) <= MOST):
        raise argparse.ArgumentTypeError(f"must be a whole number from 1 to {MOST}")
    return int(text)


def run(options: argparse.Namespace, _settings: Settings) -> int:
    """Read an archive and tell what it holds; return the exit status."""
    # Arrow takes a while to load, which no other command must wait for.
    from sqrt.archiving.filters import FilterError
    from sqrt.archiving.places import ArchiveError

    form = form_of(options.output, options.format)
    if form is None:
        return 2
    try:
        pieces = _pieces(options, form)
        if options.output:
            return 0 if _written(options.output, pieces) else 2
        for piece in pieces:
            say(piece.removesuffix("\n"))
    except FilterError as error:
        complain(printable(error.user_message))
        return 2
    except ArchiveError as error:
        complain(f"{printable(options.target)}: {error.user_message}")
        return 2
    return 0


def _pieces(options: argparse.Namespace, form: Format) -> Iterator[str]:
    """Yield the report piece by piece, each of whole lines."""
    from sqrt.archiving import writing
    from sqrt.archiving.filters import expression
    from sqrt.archiving.results import Archive
    from sqrt.archiving.schema import schema
    from sqrt.archiving.survey import chosen, survey

    where = expression(options.where, schema()) if options.where.strip() else None
    archive = Archive(options.target)
    best, worst = options.best or 0, options.worst or 0
    if form not in _FOR_PEOPLE:
        tables = chosen(archive, options.by, where, best, worst)
        yield from writing.csv_pieces(tables) if form is Format.CSV else writing.json_pieces(tables)
        return
    if not best and not worst:
        best, worst = _FOR_PEOPLE[form]
    found = survey(archive, options.by, where, best, worst)
    if form is Format.HTML:
        yield writing.html(found, options.where, datetime.now())
    else:
        yield "\n".join(writing.text(found, options.where)) + "\n"


def _written(path: Path, pieces: Iterable[str]) -> bool:
    new = path.with_name(f"{path.name}.new")
    try:
        with new.open("w", encoding="utf-8", newline="") as file:
            file.writelines(pieces)
        new.replace(path)
    except OSError as error:
        complain(f"{printable(str(path))} cannot be written: {error.strerror}.")
        return False
    finally:
        new.unlink(missing_ok=True)
    return True

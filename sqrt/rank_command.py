"""``python -m sqrt rank PATH...``: which of many photos to keep. No photo is ever changed or deleted."""

import argparse
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import TypeVar

from sqrt.choosing.ranking import rank
from sqrt.choosing.shots import Shot
from sqrt.choosing.sidecar import Pick
from sqrt.errors import FileError
from sqrt.settings import Settings
from sqrt.showing.batch import looked_at, photo_files
from sqrt.showing.kept import Shelf, write_sidecar
from sqrt.showing.ranked import FORMATS, Row, rows, write_ranking
from sqrt.showing.reports import printable
from sqrt.terminal import complain, form_of, rater_for, say, told, watched

_Made = TypeVar("_Made")


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add what this command asks for beside the photos."""
    parser.add_argument("--group", action="store_true", help="put headings over the shots of one scene")
    parser.add_argument("--keep", type=_count, default=1, metavar="N", help="shots of each scene to keep, 1 unless set")
    parser.add_argument("--format", choices=[*FORMATS], help="of the list; that of FILE unless set, or else txt")
    parser.add_argument("-o", "--output", type=Path, metavar="FILE", help="write the list there")
    parser.add_argument(
        "--xmp",
        action="store_true",
        help="write each photo's stars and pick beside it, for digiKam, darktable and others",
    )
    place = parser.add_mutually_exclusive_group()
    place.add_argument("--copy-to", type=Path, metavar="DIR", help="copy there what is to be kept")
    place.add_argument("--link-to", type=Path, metavar="DIR", help="make hard links there to what is to be kept")
    parser.add_argument("--without-location", action="store_true", help="leave out of the copies where they were taken")


def _count(text: str) -> int:
    if not (text.isdecimal() and int(text) >= 1):
        raise argparse.ArgumentTypeError("must be a whole number from 1")
    return int(text)


def run(options: argparse.Namespace, settings: Settings) -> int:
    """Rank the photos, and do with them what the options ask for; return the exit status."""
    if options.without_location and not options.copy_to:
        complain("Only copies can be without location: please use --without-location with --copy-to.")
        return 2
    form = form_of(options.output, options.format, FORMATS)
    if form is None:
        return 2
    files = list(dict.fromkeys(photo_files(options.paths)))
    rater = rater_for(settings, options.jobs, len(files))
    if isinstance(rater, int):
        return rater
    shots = list(told(watched(looked_at(files, rater), len(files))))
    table = rows(shots, rank(shots), options.keep)
    text = write_ranking(table, form, grouped=options.group)
    if options.output is None:
        if text:
            say(text.removesuffix("\n"))
    elif not _written(options.output, text):
        return 2
    complete = _take(options, table, {shot.name: shot for shot in shots})
    return 0 if complete and len(shots) == len(files) else 1


def _written(path: Path, text: str) -> bool:
    try:
        new = path.with_name(f"{path.name}.new")
        new.write_text(text, encoding="utf-8", newline="")
        new.replace(path)
    except OSError as error:
        complain(f"{printable(str(path))} cannot be written: {error.strerror}.")
        return False
    return True


def _take(options: argparse.Namespace, table: Sequence[Row], shots: dict[str, Shot]) -> bool:
    """Write sidecars, copies and links; return whether all were, having told of those that were not."""
    folder = options.copy_to or options.link_to
    told: list[FileError] = []
    shelf = _done(told, partial(Shelf, folder)) if folder else None
    for row in table:
        photo, rating = Path(row.file), shots[row.file].rating
        places = [photo]
        if shelf and row.kept:
            put = shelf.link if options.link_to else partial(shelf.copy, location=not options.without_location)
            places += filter(None, [_done(told, partial(put, photo))])
        # What is not kept is not rejected either: that is for a person to say.
        pick = Pick.ACCEPTED if row.kept else Pick.PENDING
        for place in places if options.xmp else []:
            _done(told, partial(write_sidecar, place, rating, pick))
    return not told


def _done(told: list[FileError], act: Callable[[], _Made]) -> _Made | None:
    """Do something; where that fails say why, and go on."""
    try:
        return act()
    except FileError as error:
        complain(error.user_message)
        told.append(error)
        return None

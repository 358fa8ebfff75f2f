"""SQRT in a terminal: ``python -m sqrt rate PATH...``, ``... serve`` and ``... fetch-models``.

Results go to standard output, sentences about what went wrong to standard error. Exit status: 0 all went well, 1 some
photo could not be rated or some model file not be fetched, 2 wrong usage or settings.
"""

import argparse
import os
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from tqdm import tqdm

from sqrt import __version__, logs
from sqrt.errors import ModelFileError, SettingsError
from sqrt.faces import model_file
from sqrt.rating import Rater
from sqrt.reading import EXTENSIONS
from sqrt.settings import Settings, load_settings
from sqrt.showing.batch import Journal, Refused, photo_files, rated
from sqrt.showing.reports import Format, Report, lines, printable, write

_MAX_JOBS = 64
# Settings that change what a rating says.
_TERMS = {"max_image_size", "cascade_scale_factor", "cascade_min_neighbors", "min_face_size"}


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command, by default that of the process, and return its exit status."""
    options = _parser().parse_args(argv)
    command: Callable[[argparse.Namespace, Settings], int] = options.command
    try:
        settings = load_settings()
        # A sentence is said about whatever a person at a terminal must know; who wants the log asks for a level.
        logs.configure(settings.log_level if "log_level" in settings.model_fields_set else "ERROR", settings.log_file)
        status = command(options, settings)
        sys.stdout.flush()
    except SettingsError as error:
        _complain(error.user_message)
        return 2
    except BrokenPipeError:  # `| head` has seen enough
        # Python flushes once more when it ends; what is left goes nowhere.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 128 + 13  # what shells report for the signal
    except KeyboardInterrupt:
        return 128 + 2
    return status


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m sqrt",
        description="Tell what is wrong with a selfie and how to fix it.",
        epilog="Exit status: 0 all went well, 1 some photo could not be rated or some model file not be fetched, "
        "2 wrong usage or settings. Settings are read from the environment and from .env, as the README lists them.",
    )
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    rate = commands.add_parser("rate", help="rate photos", description="Rate photos, side by side.")
    rate.add_argument(
        "paths", nargs="+", metavar="PATH", help="JPEG, PNG, WebP, AVIF, HEIC, GIF, BMP or TIFF, or a folder of such"
    )
    rate.add_argument("--format", choices=[*Format], help="of the report; that of FILE unless set, or else txt")
    rate.add_argument("--json", dest="format", action="store_const", const=Format.JSON, help="short for --format json")
    rate.add_argument(
        "-o", "--output", type=Path, metavar="FILE", help="write the report there; a run that was interrupted goes on"
    )
    rate.add_argument("--jobs", type=_jobs, default=os.cpu_count() or 1, metavar="N", help="photos rated at a time")
    rate.set_defaults(command=_rate)
    what = "serve the dashboard and the API"
    serve = commands.add_parser("serve", help=what, description=what.capitalize() + ", until told to stop.")
    serve.set_defaults(command=_serve)
    what = "fetch the model files, verify them and print where they lie"
    fetch = commands.add_parser(
        "fetch-models",
        aliases=["fetch-model"],
        help=what,
        description=what.capitalize() + ": the face landmarks, and the outline of people beside them.",
    )
    fetch.set_defaults(command=_fetch_models)
    return parser


def _jobs(text: str) -> int:
    if not (text.isdecimal() and 1 <= int(text) <= _MAX_JOBS):
        raise argparse.ArgumentTypeError(f"must be a whole number from 1 to {_MAX_JOBS}")
    return int(text)


def _rate(options: argparse.Namespace, settings: Settings) -> int:
    settings = settings.model_copy(update={"engine_pool_size": options.jobs})
    try:
        rater = Rater(settings)
    except ModelFileError as error:  # FACE_ENGINE=landmarks without the file
        _complain(f"{error.user_message} Run `python -m sqrt fetch-models`, or set FACE_ENGINE=auto.")
        return 2
    if rater.engine == "cascade" and settings.face_engine == "auto":
        _complain("The landmark model is not there, so less is assessed; `python -m sqrt fetch-models` fetches it.")
    files = list(photo_files(options.paths))
    if not files:
        _complain("There are no photos in that folder.")
        return 1
    if options.output:
        return _rate_into(options.output, options.format, files, rater)
    form = Format[options.format.upper()] if options.format else Format.TXT
    reports: list[Report] = []
    found = rated(files, rater, pictures=form is Format.HTML)
    for report in _told(found) if form is Format.TXT else _told(_watched(found, len(files))):
        if form is Format.TXT:  # as it comes
            _say(*([""] if reports else []), *lines(report))
        reports.append(report)
    if form is not Format.TXT:
        _say(write(reports, form, datetime.now()).removesuffix("\n"))
    return 0 if len(reports) == len(files) else 1


def _rate_into(path: Path, wanted: str | None, files: Sequence[str], rater: Rater) -> int:
    """Write a report into a file, in the format of its name unless another is wanted.

    What an interrupted run has done is not done again.
    """
    suffix = path.suffix[1:].lower()
    if suffix in EXTENSIONS:
        _complain("A report would take the place of a photo: please name FILE otherwise.")
        return 2
    form = Format[(wanted or (suffix if suffix in [*Format] else Format.TXT)).upper()]
    engine = f"{rater.engine} {'seen' if rater.sees_outlines else 'guessed'}"
    terms = f"{__version__} {form} {engine} {rater.settings.model_dump_json(include=_TERMS)}"
    try:
        with Journal(path.with_name(f"{path.name}.part"), terms) as journal:
            reports: list[Report] = []
            found = rated(files, rater, pictures=form is Format.HTML, done=journal.known)
            for report in _told(_watched(found, len(files))):
                journal.add(report)
                reports.append(report)
            new = path.with_name(f"{path.name}.new")
            new.write_text(write(reports, form, datetime.now()), encoding="utf-8", newline="")
            new.replace(path)
            journal.finish()
    except OSError as error:
        _complain(f"{printable(str(error.filename or path))} cannot be written: {error.strerror}.")
        return 2
    except KeyboardInterrupt:
        _complain("Interrupted; the same command goes on from here.")
        raise
    return 0 if len(reports) == len(files) else 1


def _watched(found: Iterator[Report | Refused], total: int) -> Iterable[Report | Refused]:
    """Draw a bar on a terminal's standard error while all is gone through."""
    return tqdm(found, total=total, unit="photo", leave=False, disable=None)


def _told(found: Iterable[Report | Refused]) -> Iterator[Report]:
    """Say what was refused, and pass on the rest."""
    for one in found:
        if isinstance(one, Refused):
            _complain(f"{printable(one.file)}: {one.reason}")
        else:
            yield one


def _serve(_options: argparse.Namespace, settings: Settings) -> int:
    from sqrt.serving.server import serve  # loads the page, which rating in a terminal must not wait for

    serve(settings)
    return 0


def _fetch_models(_options: argparse.Namespace, settings: Settings) -> int:
    status = 0
    for file in model_file.MODEL_FILES:
        try:
            path = model_file.fetch(file, model_file.model_path(settings.face_model_path, file))
        except ModelFileError as error:
            _complain(f"{file.name} could not be fetched: {error}.")
            status = 1
        else:
            _say(str(path))
    return status


def _say(*lines: str) -> None:
    _write(sys.stdout, lines)


def _complain(sentence: str) -> None:
    _write(sys.stderr, [sentence])


def _write(stream: Any, lines: Sequence[str]) -> None:
    # A terminal or file without Unicode gets "?" for a degree sign, not a traceback.
    encoding = stream.encoding or "utf-8"
    print(*(line.encode(encoding, "replace").decode(encoding) for line in lines), sep="\n", file=stream)


if __name__ == "__main__":
    sys.exit(main())

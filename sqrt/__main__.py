"""SQRT in a terminal: ``python -m sqrt rate PATH...``, ``rank``, ``fix``, ``archive``, ``serve``, ``fetch-models``.

Results go to standard output, sentences about what went wrong to standard error. Exit status: 0 all went well, 1 some
photo could not be rated, some file not be written or some model file not be fetched, 2 wrong usage or settings.
"""

import argparse
import gc
import os
import sys
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from pathlib import Path

from sqrt import __version__, archive_command, fix_command, logs, rank_command, report_command
from sqrt.errors import ModelFileError, SettingsError
from sqrt.rating import PURPOSES, Rater
from sqrt.rating.rater import terms_of
from sqrt.settings import Settings, load_settings
from sqrt.showing.batch import photo_files, rated
from sqrt.showing.journal import Journal
from sqrt.showing.reports import Format, Report, pieces, printable
from sqrt.terminal import complain, form_of, put, rater_for, say, told, watched

_MAX_JOBS = 64


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command, by default that of the process, and return its exit status."""
    options = _parser().parse_args(argv)
    command: Callable[[argparse.Namespace, Settings], int] = options.command
    try:
        settings = load_settings()
        # A sentence is said about whatever a person at a terminal must know; who wants the log asks for a level.
        logs.configure(settings.log_level if "log_level" in settings.model_fields_set else "ERROR", settings.log_file)
        if purpose := getattr(options, "purpose", None):
            settings = settings.model_copy(update={"purpose": purpose})
        status = command(options, settings)
        sys.stdout.flush()
    except SettingsError as error:
        complain(error.user_message)
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
        epilog="Exit status: 0 all went well, 1 some photo could not be rated, some file not be written or some model "
        "file not be fetched, 2 wrong usage or settings. Settings are read from the environment and from .env, as the "
        "README lists them.",
    )
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    rate = commands.add_parser("rate", help="rate photos", description="Rate photos, side by side.")
    _take_photos(rate)
    rate.add_argument("--format", choices=[*Format], help="of the report; that of FILE unless set, or else txt")
    rate.add_argument("--json", dest="format", action="store_const", const=Format.JSON, help="short for --format json")
    rate.add_argument(
        "-o", "--output", type=Path, metavar="FILE", help="write the report there; a run that was interrupted goes on"
    )
    rate.set_defaults(command=_rate)
    what = "tell which of many photos to keep"
    rank = commands.add_parser("rank", help=what, description=what.capitalize() + ": the best first.")
    _take_photos(rank)
    rank_command.add_options(rank)
    rank.set_defaults(command=rank_command.run)
    what = "make a photo better"
    described = (
        what.capitalize() + ": light, colours, contrast, grain, a tilt, the crop, each only if it is rated better."
    )
    mend = commands.add_parser("fix", help=what, description=described)
    fix_command.add_options(mend)
    mend.set_defaults(command=fix_command.run)
    what = "rate photos by the hundred thousand"
    archive = commands.add_parser(
        "archive", help=what, description=what.capitalize() + ", on Dask, into Parquet files."
    )
    archive_command.add_options(archive)
    archive.set_defaults(command=archive_command.run)
    what = "tell what an archive holds"
    report = commands.add_parser(
        "report", help=what, description=what.capitalize() + ", and which photos are the best."
    )
    report_command.add_options(report)
    report.set_defaults(command=report_command.run)
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


def _take_photos(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "paths", nargs="+", metavar="PATH", help="JPEG, PNG, WebP, AVIF, HEIC, GIF, BMP or TIFF, or a folder of such"
    )
    parser.add_argument(
        "--for", dest="purpose", choices=[*PURPOSES], help="what the photos are for; PURPOSE unless set"
    )
    parser.add_argument("--jobs", type=_jobs, default=os.cpu_count() or 1, metavar="N", help="photos rated at a time")


def _jobs(text: str) -> int:
    if not (text.isdecimal() and 1 <= int(text) <= _MAX_JOBS):
        raise argparse.ArgumentTypeError(f"must be a whole number from 1 to {_MAX_JOBS}")
    return int(text)


def _rate(options: argparse.Namespace, settings: Settings) -> int:
    files = list(photo_files(options.paths))
    rater = rater_for(settings, options.jobs, len(files))
    if isinstance(rater, int):
        return rater
    if options.output:
        return _rate_into(options.output, options.format, files, rater)
    form = Format[options.format.upper()] if options.format else Format.TXT
    found = rated(files, rater, pictures=form is Format.HTML, tell=complain)
    # What comes photo by photo tells how far it is; on the same terminal a bar would come between.
    comes = form is Format.TXT or (form is not Format.HTML and sys.stdout.isatty())
    count = 0

    def reports() -> Iterator[Report]:
        nonlocal count
        for report in told(found if comes else watched(found, len(files))):
            count += 1
            yield report

    put(pieces(reports(), form, datetime.now()))
    return 0 if count == len(files) else 1


def _rate_into(path: Path, wanted: str | None, files: Sequence[str], rater: Rater) -> int:
    """Write a report into a file, in the format of its name unless another is wanted.

    What an interrupted run has done is not done again.
    """
    form = form_of(path, wanted)
    if form is None:
        return 2
    engine = f"{rater.engine} {'seen' if rater.sees_outlines else 'guessed'}"
    terms = f"{__version__} {form} {engine} {terms_of(rater.settings)}"
    try:
        with Journal(path.with_name(f"{path.name}.part"), terms) as journal:
            found = rated(files, rater, pictures=form is Format.HTML, done=journal.known, tell=complain)
            for report in told(watched(found, len(files))):
                journal.add(report)
            new = path.with_name(f"{path.name}.new")
            with new.open("w", encoding="utf-8", newline="") as file:
                file.writelines(pieces(journal, form, datetime.now()))
            new.replace(path)
            journal.finish()
    except OSError as error:
        complain(f"{printable(str(error.filename or path))} cannot be written: {error.strerror}.")
        return 2
    except KeyboardInterrupt:
        complain("Interrupted; the same command goes on from here.")
        raise
    return 0 if len(journal) == len(files) else 1


def _serve(_options: argparse.Namespace, settings: Settings) -> int:
    try:
        from sqrt.serving.server import serve  # loads the page, which rating in a terminal must not wait for
    except ModuleNotFoundError as error:
        complain(f"{error.name} is not installed: the page and the API need what requirements.txt lists.")
        return 2
    serve(settings)
    return 0


def _fetch_models(_options: argparse.Namespace, settings: Settings) -> int:
    from sqrt.faces import fetching, model_file  # what speaks to servers takes its time to load

    status = 0
    for file in model_file.MODEL_FILES:
        try:
            path = fetching.fetch(file, model_file.model_path(settings.face_model_path, file))
        except ModelFileError as error:
            complain(f"{file.name} could not be fetched: {error}.")
            status = 1
        else:
            say(str(path))
    return status


if __name__ == "__main__":
    gc.freeze()  # what is loaded by now lives to the end: to go through it then would take a twentieth of a second
    sys.exit(main())

"""SQRT in a terminal: ``python -m sqrt rate FILE... [--json]``, ``... serve`` and ``... fetch-model``.

Results go to standard output, sentences about what went wrong to standard error. Exit status: 0 all went well, 1 some
photo could not be rated or the model not be fetched, 2 wrong usage or settings.
"""

import argparse
import json
import os
import sys
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import Any

from sqrt import logs
from sqrt.errors import ModelFileError, SettingsError, SqrtError
from sqrt.faces import model_file
from sqrt.metrics import GROUPS, METRICS
from sqrt.monitoring import analysed
from sqrt.rating import Rater, Rating, band
from sqrt.settings import Settings, load_settings

_BAR = 20  # characters
_BEST_CHANGES = 3


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
        epilog="Exit status: 0 all went well, 1 some photo could not be rated or the model not be fetched, "
        "2 wrong usage or settings. Settings are read from the environment and from .env, as the README lists them.",
    )
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    rate = commands.add_parser("rate", help="rate photos", description="Rate photos, one after another.")
    rate.add_argument("files", nargs="+", metavar="FILE", help="JPEG, PNG, WebP, AVIF, HEIC, GIF, BMP or TIFF")
    rate.add_argument("--json", action="store_true", help="print a JSON array: one object for each photo rated")
    rate.set_defaults(command=_rate)
    what = "serve the dashboard and the API"
    serve = commands.add_parser("serve", help=what, description=what.capitalize() + ", until told to stop.")
    serve.set_defaults(command=_serve)
    what = "fetch the face landmark model, verify it and print where it lies"
    fetch = commands.add_parser("fetch-model", help=what, description=what.capitalize() + ".")
    fetch.set_defaults(command=_fetch_model)
    return parser


def _rate(options: argparse.Namespace, settings: Settings) -> int:
    try:
        rater = Rater(settings)
    except ModelFileError as error:  # FACE_ENGINE=landmarks without the file
        _complain(f"{error.user_message} Run `python -m sqrt fetch-model`, or set FACE_ENGINE=auto.")
        return 2
    if rater.engine == "cascade" and settings.face_engine == "auto":
        _complain("The face landmark model is not there, so less is assessed; `python -m sqrt fetch-model` fetches it.")
    rows: list[dict[str, Any]] = []
    rated = 0
    for file in options.files:
        try:
            _, rating = analysed("command line", partial(rater.examine, file))
        except SqrtError as error:
            _complain(f"{_printable(file)}: {error.user_message}")
            continue
        if options.json:
            rows.append({"file": file, **rating.to_dict()})
        else:
            _say(*([""] if rated else []), _printable(file), *_lines(rating))
        rated += 1
    if options.json:
        _say(json.dumps(rows, indent=2, allow_nan=False))
    return 0 if rated == len(options.files) else 1


def _serve(_options: argparse.Namespace, settings: Settings) -> int:
    from sqrt.server import serve  # loads the page, which rating in a terminal must not wait for

    serve(settings)
    return 0


def _fetch_model(_options: argparse.Namespace, settings: Settings) -> int:
    try:
        path = model_file.fetch(model_file.model_path(settings.face_model_path))
    except ModelFileError as error:
        _complain(f"The face landmark model could not be fetched: {error}.")
        return 1
    _say(str(path))
    return 0


def _lines(rating: Rating) -> Iterator[str]:
    yield f"Overall {rating.overall:.0f} of 100: {band(rating.overall)}"
    if rating.has_gps:
        yield "This file tells where it was taken: it carries a GPS position."
    if rating.advice:
        yield "What to change first:"
        for advice in rating.advice[:_BEST_CHANGES]:
            yield f"  {advice.gain:+5.1f}  {advice.text}"
    label_width = max(len(metric.label) for metric in METRICS.values())
    for group, heading in GROUPS.items():
        yield heading
        for key, metric in METRICS.items():
            if metric.group == group:
                yield f"  {metric.label:<{label_width}}  {_result(rating, key)}"


def _result(rating: Rating, key: str) -> str:
    if key not in rating.scores:
        return f"not assessed: {rating.absent[key]}"
    score = rating.scores[key]
    bar = "#" * round(score * _BAR / 100)  # ASCII: a terminal of any encoding, and a screen reader skips it
    return f"{bar:.<{_BAR}} {score:3.0f}  {METRICS[key].text(rating.natives[key])}"


def _printable(file: str) -> str:
    """Make a file name safe for a terminal: names may hold line breaks, escape codes and undecodable bytes."""
    return "".join(char if char.isprintable() else ascii(char)[1:-1] for char in file)


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

"""``python -m sqrt fix PHOTO -o FILE``: a better picture made of the photo itself, which is never changed."""

import argparse
import os
from pathlib import Path

from sqrt.errors import SqrtError
from sqrt.improving import Fixed, Repair, fix
from sqrt.settings import Settings
from sqrt.showing.reports import printable
from sqrt.terminal import complain, rater_for, say


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add all that this command asks for."""
    parser.add_argument("photo", metavar="PHOTO", help="JPEG, PNG, WebP, AVIF, HEIC, GIF, BMP or TIFF")
    parser.add_argument("-o", "--output", type=Path, required=True, metavar="FILE", help="write the result there: JPEG")
    known = ", ".join(Repair)
    parser.add_argument(
        "--only", type=_repairs, default=list(Repair), metavar="STEPS", help=f"with commas between, of {known}"
    )
    parser.add_argument("--without-location", action="store_true", help="leave out where it was taken")


def _repairs(text: str) -> list[Repair]:
    wanted = [one.strip() for one in text.split(",")]
    if unknown := [one for one in wanted if one not in [*Repair]]:
        raise argparse.ArgumentTypeError(f"{unknown[0]!r} is none of {', '.join(Repair)}")
    return [Repair(one) for one in wanted]


def run(options: argparse.Namespace, settings: Settings) -> int:
    """Make a photo better, and tell what was done; return the exit status."""
    path: Path = options.output
    if path.suffix.lower() not in (".jpg", ".jpeg"):
        complain("The result is a JPEG: please name FILE with .jpg.")
        return 2
    if path.exists() and os.path.exists(options.photo) and path.samefile(options.photo):
        complain("The result would take the place of the photo: please name FILE otherwise.")
        return 2
    rater = rater_for(settings, jobs=1, photos=1)
    if isinstance(rater, int):
        return rater
    try:
        fixed = fix(options.photo, rater, options.only, location=not options.without_location)
    except SqrtError as error:
        complain(f"{printable(options.photo)}: {error.user_message}")
        return 1
    try:
        new = path.with_name(f"{path.name}.new")
        new.write_bytes(fixed.jpeg)
        new.replace(path)
    except OSError as error:
        complain(f"{printable(str(path))} cannot be written: {error.strerror}.")
        return 2
    say(_said(fixed))
    return 0


def _said(fixed: Fixed) -> str:
    before, after = fixed.before.overall, fixed.after.overall
    if not fixed.steps:
        return f"{before:.0f} of 100; nothing that can be changed would make it better."
    steps = ", ".join(f"{step.name.label.lower()} +{step.gain:.0f}" for step in fixed.steps)
    return f"{before:.0f} to {after:.0f} of 100: {steps}"

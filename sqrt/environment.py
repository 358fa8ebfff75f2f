"""What the process was told: the variables of its environment, and those of ``.env`` in the working folder."""

import os
from pathlib import Path

_FILE = Path(".env")


def variables() -> dict[str, str]:
    """Return what is set and not empty, by its name in lower case; the environment wins over ``.env``.

    Raises OSError or UnicodeDecodeError where ``.env`` cannot be read.
    """
    told: dict[str, str | None] = {}
    if _FILE.is_file():
        from dotenv import dotenv_values  # takes its time, and few have the file

        # A byte order mark would hide the first name in the file.
        told = dotenv_values(_FILE, encoding="utf-8-sig")
    return {name.lower(): value for name, value in (*told.items(), *os.environ.items()) if value}

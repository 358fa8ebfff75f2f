"""Where SQRT's log lines go, and what they look like: one entry, one line, always."""

import logging
import sys
from collections.abc import Iterable
from contextlib import suppress
from io import TextIOWrapper
from logging.handlers import RotatingFileHandler
from pathlib import Path

_CONSOLE = "sqrt console"
_FILE = "sqrt file"
_FILE_BYTES = 10 * 2**20
_OLDER_FILES = 9
_WARNINGS = "py.warnings"  # where Python itself logs them

_log = logging.getLogger(__name__)


def configure(level: str, file: Path | None = None, others: Iterable[str] = ()) -> None:
    """Write the ``sqrt`` loggers' lines from `level` (a name such as ``"INFO"``) up to standard error and to `file`.

    The loggers named in `others`, and Python's warnings, write theirs from WARNING up to the same places, and nowhere
    else; whoever else logs without a handler of their own, to standard error alone. Calling it again changes level and
    file and adds no second handler. For programs only: the library just logs.
    """
    logger = logging.getLogger("sqrt")
    logger.setLevel(level)
    handlers: list[logging.Handler] = [_dressed(logging.StreamHandler(), _CONSOLE)]
    if file is not None:
        # One handler a file, kept for as long as it is wanted: two would rotate it under each other's feet.
        name = f"{_FILE} {file.absolute()}"
        kept = next((old for old in logger.handlers if old.name == name), None)
        handlers.append(kept or _dressed(_File(file), name))
    logging.captureWarnings(True)
    for owner in (logger, *map(logging.getLogger, (_WARNINGS, *others))):
        for old in owner.handlers:
            # By name: Streamlit may load this module anew, and the handlers of the earlier one must go.
            if _is_ours(old) and old not in handlers:
                old.close()
        owner.handlers = [*(old for old in owner.handlers if owner is logger and not _is_ours(old)), *handlers]
        if owner is not logger:
            owner.setLevel(max(logger.level, logging.WARNING))
    logging.lastResort = _dressed(logging.StreamHandler(), _CONSOLE)
    logging.lastResort.setLevel(max(logger.level, logging.WARNING))


class _OneLine(logging.Formatter):
    r"""Message and trace on one line; a line break, and whatever else cannot be printed, stands as ``repr`` shows it.

    What decoders say may quote the file, and so hold anything. ``sed 's/\\n/\n/g'`` unfolds a trace.
    """

    def format(self, record: logging.LogRecord) -> str:
        text = super().format(record)
        return "".join(char if char.isprintable() else repr(char)[1:-1] for char in text)


class _File(RotatingFileHandler):
    """Opened with its folder at the first line. A file that cannot be written costs one warning, and no line more."""

    def __init__(self, path: Path) -> None:
        super().__init__(path, maxBytes=_FILE_BYTES, backupCount=_OLDER_FILES, encoding="utf-8", delay=True)
        self._warned = False

    def _open(self) -> TextIOWrapper:
        Path(self.baseFilename).parent.mkdir(parents=True, exist_ok=True)
        return super()._open()

    def close(self) -> None:
        with suppress(OSError):  # closing tries once more to write what the disk had no room for
            super().close()

    def handleError(self, record: logging.LogRecord) -> None:
        error = sys.exc_info()[1]
        if not isinstance(error, OSError):
            super().handleError(record)
        elif not self._warned:
            self._warned = True  # before the warning comes by here itself
            _log.warning("LOG_FILE cannot be written, so the log goes to the console alone: %s", error.strerror)


def _is_ours(handler: logging.Handler) -> bool:
    return (handler.name or "").startswith((_CONSOLE, _FILE))


def _dressed(handler: logging.Handler, name: str) -> logging.Handler:
    handler.set_name(name)
    handler.setFormatter(_OneLine("%(asctime)s - %(name)s - %(levelname)s - %(message)s", datefmt="%Y-%m-%d %H:%M:%S"))
    return handler

"""Where SQRT's log lines go, and what they look like."""

import logging

_HANDLER = "sqrt"


def configure(level: str) -> None:
    """Write the ``sqrt`` loggers' lines from `level` (a name such as ``"INFO"``) up to standard error.

    Calling it again changes the level and adds no second handler. For programs only: the library just logs.
    """
    handler = logging.StreamHandler()
    handler.set_name(_HANDLER)
    handler.setFormatter(
        logging.Formatter("%(asctime)s - %(name)s - %(levelname)s - %(message)s", datefmt="%Y-%m-%d %H:%M:%S")
    )
    logger = logging.getLogger("sqrt")
    # By name: Streamlit may load this module anew, and the handler of the earlier one must go.
    logger.handlers = [*(old for old in logger.handlers if old.name != _HANDLER), handler]
    logger.setLevel(level)

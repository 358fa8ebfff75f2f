"""The shape of a log line."""

import logging
import re

import pytest

from sqrt import logs


@pytest.fixture(autouse=True)
def _logger_as_it_was():
    logger = logging.getLogger("sqrt")
    handlers, level = logger.handlers, logger.level
    yield
    logger.handlers = handlers
    logger.setLevel(level)


def test_a_line_is_written_once_and_looks_as_promised(capsys):
    logs.configure("DEBUG")
    logs.configure("INFO")
    logging.getLogger("sqrt.rating").info("message")
    logging.getLogger("sqrt.rating").debug("too small")
    line = r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d - sqrt\.rating - INFO - message\n"
    assert re.fullmatch(line, capsys.readouterr().err)

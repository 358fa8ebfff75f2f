"""The shape of a log line."""

import logging
import re
from pathlib import Path

import pytest

from sqrt import logs


@pytest.fixture(autouse=True)
def _logger_as_it_was():
    logger = logging.getLogger("sqrt")
    handlers, level = logger.handlers, logger.level
    yield
    for handler in logger.handlers:
        if handler not in handlers:
            handler.close()
    logger.handlers = handlers
    logger.setLevel(level)


def test_a_line_is_written_once_and_looks_as_promised(capsys):
    logs.configure("DEBUG")
    logs.configure("INFO")
    logging.getLogger("sqrt.rating").info("message")
    logging.getLogger("sqrt.rating").debug("too small")
    line = r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d - sqrt\.rating - INFO - message\n"
    assert re.fullmatch(line, capsys.readouterr().err)


def test_the_file_gets_the_same_lines_and_its_folder_is_made(tmp_path, capsys):
    file = tmp_path / "logs" / "sqrt.log"
    for _ in range(3):  # as often as the page runs
        logs.configure("INFO", file)
        logging.getLogger("sqrt.rating").info("analysis completed")
    assert file.read_text() == capsys.readouterr().err
    assert len(file.read_text().splitlines()) == 3


def test_a_stack_trace_reaches_the_file(tmp_path):
    logs.configure("INFO", tmp_path / "sqrt.log")
    try:
        raise ZeroDivisionError("of all things")
    except ZeroDivisionError:
        logging.getLogger("sqrt.server").exception("error 1234")
    text = (tmp_path / "sqrt.log").read_text()
    assert " - sqrt.server - ERROR - error 1234\nTraceback " in text
    assert text.endswith("ZeroDivisionError: of all things\n")


def test_the_file_is_rotated_and_loses_nothing(tmp_path):
    file = tmp_path / "sqrt.log"
    logs.configure("INFO", file)
    handler = logging.getLogger("sqrt").handlers[-1]
    handler.maxBytes = 1000
    for number in range(40):
        logging.getLogger("sqrt").info("line %02d", number)
    files = sorted(tmp_path.iterdir(), reverse=True)
    assert len(files) > 1
    assert all(part.stat().st_size <= 1000 for part in files)
    numbers = re.findall(r"line (\d\d)", "".join(part.read_text() for part in files))
    assert numbers == [f"{number:02d}" for number in range(40)]


def test_another_file_takes_the_place_of_the_first(tmp_path):
    logs.configure("INFO", tmp_path / "one.log")
    logging.getLogger("sqrt").info("first")
    logs.configure("INFO", tmp_path / "two.log")
    logging.getLogger("sqrt").info("second")
    logs.configure("INFO")
    logging.getLogger("sqrt").info("third")
    assert (tmp_path / "one.log").read_text().endswith("first\n")
    assert (tmp_path / "two.log").read_text().endswith("second\n")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no device here that is always full")
def test_a_full_disk_costs_one_warning(capsys):
    assert_one_warning(Path("/dev/full"), capsys)


def test_a_file_where_the_folder_should_be_costs_one_warning(tmp_path, capsys):
    (tmp_path / "logs").touch()
    assert_one_warning(tmp_path / "logs" / "sqrt.log", capsys)


def assert_one_warning(file, capsys):
    for number in range(3):
        logs.configure("INFO", file)
        logging.getLogger("sqrt.rating").info("line %d", number)
    lines = capsys.readouterr().err.splitlines()
    assert [line.split(" - ", 2)[2] for line in lines if "LOG_FILE" not in line] == [
        f"INFO - line {number}" for number in range(3)
    ]
    (warning,) = (line for line in lines if "LOG_FILE" in line)
    assert " - sqrt.logs - WARNING - LOG_FILE cannot be written" in warning

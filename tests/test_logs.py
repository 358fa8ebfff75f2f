"""The shape of a log line."""

import logging
import re
import subprocess
import sys
from pathlib import Path

import pytest

from sqrt import logs

ROOT = Path(__file__).parents[1]
LINE = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d - [\w.]+ - [A-Z]+ - .+")
# Damaged photos of every kind, then a film; each seed keeps its structure more or less.
DAMAGED_FILES = """
import random
from sqrt import errors, logs
from sqrt.monitoring import analysed
from sqrt.reading import load_photo
from sqrt.reading.film import frames
from tests.films import SMALL, film
from tests.reading.test_photo_refused import SEEDS

logs.configure("DEBUG")
dice = random.Random(1)

def damaged(file):
    broken = bytearray(file)
    for _ in range(dice.randrange(1, 10)):
        broken[dice.randrange(min(600, len(file)) if dice.random() < 0.5 else len(file))] = dice.randrange(256)
    return bytes(broken)

def attempt(read):
    try:
        analysed("upload", read)
    except errors.SqrtError:
        pass
    except Exception:
        logs._log.exception("a bug")

for data in SEEDS.values():
    for _ in range(60):
        attempt(lambda: load_photo(damaged(data)) and 1 / 0)
clip = film([SMALL] * 5)
for _ in range(60):
    attempt(lambda: list(frames(damaged(clip), rate_hz=2, max_s=9, max_bytes=2**20)) and 1 / 0)
"""


@pytest.fixture(autouse=True)
def _logger_as_it_was():
    logger = logging.getLogger("sqrt")
    handlers, level, last_resort = logger.handlers, logger.level, logging.lastResort
    yield
    logging.lastResort = last_resort
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
    assert " - sqrt.server - ERROR - error 1234\\nTraceback " in text
    assert text.endswith("ZeroDivisionError: of all things\n")
    assert len(text.splitlines()) == 1


@pytest.mark.parametrize("level", ["DEBUG", "INFO"])
def test_one_entry_is_one_line_whatever_it_quotes(tmp_path, level):
    file = tmp_path / "sqrt.log"
    logs.configure(level, file)
    logger = logging.getLogger("sqrt")
    logger.propagate = False  # what pytest catches it cannot always send on
    try:
        logger.warning("told %s", "a\r\nb\x1b[31m\0\x85\u2028\udc00 c: äöü 1 µm 😀")
    finally:
        logger.propagate = True
    (line,) = file.read_text(encoding="utf-8").splitlines()
    assert line.endswith(r"told a\r\nb\x1b[31m\x00\x85\u2028\udc00 c: äöü 1 µm 😀")


def test_other_loggers_and_python_write_such_lines_too():
    program = (
        "import logging, warnings; from sqrt import logs; logs.configure('INFO', others=('uvicorn',))\n"
        "for name in ('uvicorn', 'somebody.else'): logging.getLogger(name).warning('two\\nlines')\n"
        "warnings.warn('odd')"
    )
    lines = standard_error(program).splitlines()
    assert [line.split(" - ", 1)[1] for line in lines[:2]] == [
        rf"{name} - WARNING - two\nlines" for name in ("uvicorn", "somebody.else")
    ]
    assert re.search(r" - py\.warnings - WARNING - .*UserWarning: odd", lines[2])
    assert len(lines) == 3


def test_damaged_files_leave_nothing_but_log_lines():
    lines = standard_error(DAMAGED_FILES).splitlines()
    assert [line for line in lines if not LINE.fullmatch(line)] == []
    for told in ("refused", r"ERROR - a bug\nTraceback", "ZeroDivisionError"):
        assert any(told in line for line in lines)


def standard_error(program: str) -> str:
    """Run a program in a process of its own; return what it, and whatever it loads, writes to standard error."""
    done = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, timeout=120, check=True)
    return done.stderr.decode()


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

"""Photos rated by other processes: the same as in this one, and what happens when a process ends."""

import logging
import os
import re
import signal
import threading
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import pytest
from PIL import Image

from sqrt.rating import Rater
from sqrt.settings import Settings
from sqrt.showing import batch, processes
from sqrt.showing.batch import WORTH_PROCESSES, Refused, rated
from sqrt.showing.processes import AGAIN, each
from tests.programs import run
from tests.server import LIMIT_S
from tests.showing import deadly


@pytest.fixture
def rater(model_path) -> Rater:
    return Rater(Settings.model_construct(face_model_path=model_path))


@pytest.fixture
def folder(astronaut, tmp_path) -> Path:
    """As many photos as are worth processes, of two pictures; one is none."""
    folder = tmp_path / "shots"
    folder.mkdir()
    for number, pixels in enumerate((astronaut, astronaut[:, ::-1] // 2)):
        Image.fromarray(pixels).save(tmp_path / f"{number}.jpg")
    for number in range(WORTH_PROCESSES):
        (folder / f"{number:03}.jpg").hardlink_to(tmp_path / f"{number % 2}.jpg")
    (folder / "030.jpg").unlink()
    (folder / "030.jpg").write_bytes(b"no photo")
    return folder


def files_in(folder: Path) -> list[str]:
    return sorted(str(path) for path in folder.iterdir())


@pytest.mark.parametrize("pictures", [False, True])
def test_they_give_the_same_as_one_process_in_the_same_order(rater, folder, pictures, monkeypatch, caplog):
    caplog.set_level(logging.INFO, "sqrt")
    files = files_in(folder)[20:40]
    asked = []
    monkeypatch.setattr(batch, "WORTH_PROCESSES", len(files))
    monkeypatch.setattr(processes, "each", lambda *args, **options: asked.append(args) or each(*args, **options))
    found = list(rated(files, rater, pictures=pictures))
    assert len(asked) == 1
    lines = [re.sub(r"\d+ ms", "", record.getMessage()) for record in caplog.records]
    caplog.clear()
    monkeypatch.setattr(batch, "WORTH_PROCESSES", len(files) + 1)
    assert found == list(rated(files, rater, pictures=pictures))
    assert [type(one) for one in found].count(Refused) == 1
    assert len(asked) == 1
    assert sorted(lines) == sorted(re.sub(r"\d+ ms", "", record.getMessage()) for record in caplog.records)


def test_what_is_known_is_not_made_again(rater, folder):
    files = files_in(folder)
    known = {file: f"{file} is known" for file in files[::2]}
    found = each(files, deadly.always, rater.settings, 2, done=known.get, lost=str, tell=str)
    assert list(found) == [known.get(file, f"{file} by landmarks") for file in files]


class TestAProcessThatEnds:
    FILES = tuple(f"{number}.jpg" if number % 10 != 3 else f"deadly-{number}.jpg" for number in range(25))

    def test_what_was_in_hand_is_tried_once_more(self, rater, tmp_path):
        told: list[str] = []
        found = each(self.FILES, partial(deadly.once, tmp_path), rater.settings, 2, lost=pytest.fail, tell=told.append)
        assert list(found) == [f"{file} by landmarks" for file in self.FILES]
        assert {*told} == {AGAIN}

    def test_what_ends_it_twice_is_refused_and_the_others_go_on(self, rater):
        told: list[str] = []
        found = each(self.FILES, deadly.always, rater.settings, 2, lost="{} is lost".format, tell=told.append)
        wanted = [f"{file} is lost" if "deadly" in file else f"{file} by landmarks" for file in self.FILES]
        assert list(found) == wanted
        assert {*told} == {AGAIN}
        assert len(told) <= 3


def workers(parent: int) -> list[int]:
    """The processes that rate for another."""
    try:
        lists = [path.read_text() for path in Path(f"/proc/{parent}/task").glob("*/children")]
    except OSError:
        return []
    return [int(one) for one in " ".join(lists).split() if b"spawn_main" in command(int(one))]


def command(process: int) -> bytes:
    try:
        return Path(f"/proc/{process}/cmdline").read_bytes()
    except OSError:
        return b""


def until(what: Callable[[], object]) -> None:
    """Wait until something is true."""
    pause, end = threading.Event(), time.monotonic() + LIMIT_S
    while not what():
        assert time.monotonic() < end, "it never came"
        pause.wait(0.02)


pytestmark = [
    pytest.mark.skipif(not Path("/proc/self/task").is_dir(), reason="processes are looked up in /proc"),
    pytest.mark.flaky(reruns=1),  # on a busy machine a process may be killed later than it should
]


class TestTheCommand:
    @pytest.fixture
    def part(self, folder) -> Path:
        return folder.parent / "report.csv.part"

    @pytest.fixture
    def running(self, folder, part, bare_settings) -> Iterator:
        with run("rate", str(folder), "-o", "report.csv", "--jobs", "2", start_new_session=True) as process:
            until(lambda: process.poll() is not None or (part.exists() and part.read_bytes().count(b"\n") > 2))
            assert process.poll() is None, process.stderr.read()
            yield process
            if process.poll() is None:
                process.kill()

    def test_a_worker_that_is_killed_costs_a_sentence(self, running, folder):
        os.kill(workers(running.pid)[0], signal.SIGKILL)
        _, err = running.communicate(timeout=LIMIT_S)
        assert [line for line in err.splitlines() if "030.jpg" not in line] == [AGAIN]
        assert running.returncode == 1  # one is no photo
        report = Path("report.csv").read_text(encoding="utf-8-sig").splitlines()
        assert [line.split(",")[0] for line in report[1:]] == [one for one in files_in(folder) if "030" not in one]

    def test_ctrl_c_ends_all_without_a_trace(self, running, part):
        ours = workers(running.pid)
        os.killpg(running.pid, signal.SIGINT)
        _, err = running.communicate(timeout=LIMIT_S)
        assert running.returncode == 130, err
        assert [line for line in err.splitlines() if "030.jpg" not in line] == [
            "Interrupted; the same command goes on from here."
        ]
        assert part.exists()
        until(lambda: not any(command(one) for one in ours))

    def test_workers_end_with_who_is_killed(self, running):
        ours = workers(running.pid)
        assert ours
        running.kill()
        until(lambda: not any(command(one) for one in ours))

"""``python -m sqrt archive``: what a person at a terminal gets, with real workers on real photos."""

import os
import signal
import subprocess
import sys

import pyarrow.parquet as pq
import pytest
from PIL import Image

import sqrt
from sqrt.__main__ import main
from sqrt.archiving.schema import is_part
from sqrt.settings import Settings
from tests.archiving.conftest import answers, bucket, free_port, programs, wait_until
from tests.server import LIMIT_S, ROOT

# On a busy machine a process may be killed later than it should.
pytestmark = [pytest.mark.usefixtures("bare_settings"), pytest.mark.flaky(reruns=1)]

__all__ = ["bucket", "programs"]


@pytest.fixture
def folder(astronaut, tmp_path):
    """Six photos of two kinds, and what is none."""
    folder = tmp_path / "photos"
    folder.mkdir()
    Image.fromarray(astronaut).save(folder / "0.jpg", quality=95)
    Image.fromarray(astronaut[:, ::-1]).save(folder / "1.jpg", quality=95)
    for place in range(2, 6):
        os.link(folder / f"{place % 2}.jpg", folder / f"{place}.jpg")
    (folder / "broken.jpg").write_bytes(b"not a photo")
    return folder


def linked(folder, many, photos):
    """Fill a new folder with hard links to two photos."""
    many.mkdir()
    for place in range(photos):
        os.link(folder / f"{place % 2}.jpg", many / f"{place:02}.jpg")
    return many


def archived(target):
    found = [pq.read_table(target / name).to_pylist() for name in os.listdir(target) if is_part(name)]
    return sorted((row for rows in found for row in rows), key=lambda row: row["address"])


def test_a_folder_becomes_rows_that_say_what_rate_says_and_a_second_start_does_nothing(folder, tmp_path, capsys):
    target = tmp_path / "archive"
    command = ["archive", str(folder), "--to", str(target), "--workers", "2", "--batch", "2"]
    assert main(command) == 1
    assert capsys.readouterr().out == "6 photos rated, 1 refused.\n"
    rows = archived(target)
    assert [row["address"] for row in rows] == [
        *(f"{folder}/{place}.jpg" for place in range(6)),
        f"{folder}/broken.jpg",
    ]
    rating = sqrt.rate(folder / "0.jpg")
    assert rows[0]["overall"] == pytest.approx(rating.overall, abs=1e-3)
    assert rows[0]["sharpness"] == pytest.approx(rating.scores["sharpness"], abs=1e-3)
    assert rows[0]["advice"] == [advice.metric for advice in rating.advice]
    assert rows[0]["version"].startswith(f"{sqrt.__version__} landmarks seen {{")
    assert rows[-1]["refused"].startswith("This file is not a photo that can be read")
    assert main(["archive", str(folder), "--to", str(target)]) == 0
    assert capsys.readouterr().out == "0 photos rated, 0 refused, 7 done before.\n"
    assert main([*command, "--for", "work"]) == 2
    assert "other settings (PURPOSE=profile)" in capsys.readouterr().err


def test_a_dry_run_counts_estimates_and_writes_nothing(folder, tmp_path, capsys):
    assert main(["archive", str(folder), "--to", str(tmp_path / "archive"), "--dry-run", "--workers", "2"]) == 0
    told = capsys.readouterr().out.splitlines()
    assert told[0] == "7 photos to rate, 0 done before."
    assert "s a photo, 2 at a time, that takes about 0:00:0" in told[1]
    assert not (tmp_path / "archive").exists()


def test_object_stores_give_the_same_rows(folder, tmp_path, bucket, capsys):
    bucket.put(str(folder), "bucket/photos", recursive=True)
    assert main(["archive", "s3://bucket/photos", "--to", "s3://bucket/archive", "--workers", "1"]) == 1
    assert main(["archive", str(folder), "--to", str(tmp_path / "archive"), "--workers", "1"]) == 1
    bucket.get("bucket/archive", str(tmp_path / "fetched"), recursive=True)
    own = {"address", "changed", "rated_at"}
    there, here = (
        [{name: value for name, value in row.items() if name not in own} for row in archived(tmp_path / name)]
        for name in ("fetched", "archive")
    )
    assert there == here
    assert len(there) == 7


def test_a_cluster_that_is_there_does_the_same_and_is_left_as_it_was(folder, tmp_path, programs, capsys):
    port = free_port()
    address = f"tcp://127.0.0.1:{port}"
    quiet = ("--dashboard-address", "127.0.0.1:0", "--host", "127.0.0.1")
    scheduler = programs(sys.executable, "-m", "distributed.cli.dask_scheduler", "--port", str(port), *quiet)
    for _ in range(2):
        programs(sys.executable, "-m", "distributed.cli.dask_worker", address, "--nthreads", "1", "--no-nanny", *quiet)
    wait_until(lambda: answers(port))
    target = tmp_path / "archive"
    command = ["archive", str(folder), "--to", str(target), "--scheduler", address, "--batch", "2"]
    assert main(command) == 1
    assert capsys.readouterr().out == "6 photos rated, 1 refused.\n"
    assert len(archived(target)) == 7
    assert scheduler.poll() is None


def test_a_scheduler_that_is_lost_ends_with_a_sentence(folder, tmp_path, programs):
    many = linked(folder, tmp_path / "many", 90)
    port = free_port()
    address = f"tcp://127.0.0.1:{port}"
    quiet = ("--dashboard-address", "127.0.0.1:0", "--host", "127.0.0.1")
    scheduler = programs(sys.executable, "-m", "distributed.cli.dask_scheduler", "--port", str(port), *quiet)
    programs(sys.executable, "-m", "distributed.cli.dask_worker", address, "--nthreads", "1", "--no-nanny", *quiet)
    wait_until(lambda: answers(port))
    target = tmp_path / "archive"
    target.mkdir()
    with run_in_process("archive", many, "--to", target, "--scheduler", address, "--batch", "3") as ran:
        wait_until(lambda: any(map(is_part, os.listdir(target))))
        scheduler.kill()
        assert ran.wait(LIMIT_S) == 2
        assert ran.stderr.read() == "The scheduler is gone.\n"
    assert 3 <= len(archived(target)) < 90


def test_without_a_scheduler_one_sentence_says_so(folder, tmp_path, capsys, monkeypatch):
    from sqrt.archiving import cluster

    monkeypatch.setattr(cluster, "_CONNECT_S", 0.5)
    address = f"tcp://127.0.0.1:{free_port()}"
    assert main(["archive", str(folder), "--to", str(tmp_path / "archive"), "--scheduler", address]) == 2
    assert capsys.readouterr().err == "There is no scheduler at that address.\n"


@pytest.mark.parametrize(
    ("source", "target", "status", "sentence"),
    [
        ("missing", "archive", 2, "The source is not there."),
        ("empty", "archive", 1, "There are no photos in the source."),
        ("photos", "photos/0.jpg", 2, "The archive cannot be written to: File exists."),
        ("nothing://there", "archive", 2, "nothing:// cannot be reached"),
    ],
)
def test_what_cannot_be_is_told_before_a_worker_starts(source, target, status, sentence, folder, tmp_path, capsys):
    (tmp_path / "empty").mkdir()
    assert main(["archive", source, "--to", target]) == status
    assert sentence in capsys.readouterr().err


def run_in_process(*arguments, before="", **options):
    known = {name.upper() for name in Settings.model_fields}
    environment = {name: value for name, value in os.environ.items() if name not in known - {"FACE_MODEL_PATH"}}
    code = f"import sys; {before}; from sqrt.__main__ import main; sys.exit(main({[*map(str, arguments)]!r}))"
    # Its workers begin with the same file as it does, which must be one that a module's name leads to.
    command = [sys.executable, "-c", code] if before else [sys.executable, "-m", "sqrt", *map(str, arguments)]
    return subprocess.Popen(
        command, env=environment | {"PYTHONPATH": str(ROOT)}, text=True, stderr=subprocess.PIPE, **options
    )


def test_without_the_extra_one_sentence_says_what_to_install(folder, tmp_path):
    with run_in_process("archive", folder, "--to", tmp_path / "a", before="sys.modules['distributed'] = None") as ran:
        assert ran.wait(LIMIT_S) == 2
        told = ran.stderr.read()
    assert told.count("\n") == 1
    assert 'pip install "selfie-quality-rater[archive]"' in told
    assert 'pip install -e ".[archive]"' in told


def test_nothing_of_it_is_loaded_by_other_commands():
    code = (
        "import sys, sqrt.__main__; print(*{'dask', 'distributed', 'pyarrow', 'fsspec', 's3fs'} & sys.modules.keys())"
    )
    told = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, timeout=LIMIT_S)
    assert (told.stdout, told.stderr) == ("\n", "")


def test_after_a_sudden_end_the_same_command_goes_on_with_other_workers(folder, tmp_path, capsys):
    many = linked(folder, tmp_path / "many", 40)
    target = tmp_path / "archive"
    target.mkdir()
    with run_in_process("archive", many, "--to", target, "--workers", "2", "--batch", "3") as ran:
        wait_until(lambda: any(map(is_part, os.listdir(target))))
        ran.send_signal(signal.SIGKILL)
    before = len(archived(target))
    assert 3 <= before < 40
    assert main(["archive", str(many), "--to", str(target), "--workers", "1", "--batch", "3"]) == 0
    assert [row["address"] for row in archived(target)] == [f"{many}/{place:02}.jpg" for place in range(40)]


def test_ctrl_c_finishes_the_batches_in_hand(folder, tmp_path):
    many = linked(folder, tmp_path / "many", 90)
    target = tmp_path / "archive"
    target.mkdir()
    with run_in_process(
        "archive", many, "--to", target, "--workers", "2", "--batch", "3", start_new_session=True
    ) as ran:
        wait_until(lambda: any(map(is_part, os.listdir(target))))
        os.killpg(ran.pid, signal.SIGINT)  # as a terminal does: to the workers, too
        assert ran.wait(LIMIT_S) == 130
        told = ran.stderr.read()
    assert "The batches in hand are finished" in told
    assert told.endswith("Interrupted; the same command goes on from here.\n")
    rows = archived(target)
    assert 3 <= len(rows) < 90
    assert len({row["address"] for row in rows}) == len(rows)
    assert not [name for name in os.listdir(target) if not is_part(name)]

"""The command line, as a person at a terminal meets it."""

import io
import json
import logging
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from sqrt.__main__ import main
from sqrt.faces import fetching
from sqrt.metrics import GROUPS, METRICS
from sqrt.rating import Rater, band
from sqrt.settings import Settings, load_settings
from sqrt.showing.batch import photo_files, rated
from sqrt.showing.journal import Journal
from tests.programs import run

ROOT = Path(__file__).parents[1]


pytestmark = pytest.mark.usefixtures("bare_settings")


@pytest.fixture
def selfie(astronaut, tmp_path):
    path = tmp_path / "selfie.png"
    Image.fromarray(astronaut).save(path)
    return str(path)


@pytest.fixture
def broken(tmp_path):
    path = tmp_path / "broken.jpg"
    path.write_bytes(b"not a photo")
    return str(path)


@pytest.fixture
def rating(model_path, astronaut):
    return Rater(Settings.model_construct(face_model_path=model_path)).rate(astronaut)


def test_a_photo_is_rated(selfie, rating, capsys):
    assert main(["rate", selfie]) == 0
    out, err = capsys.readouterr()
    lines = out.splitlines()
    assert err == ""
    assert lines[:2] == [selfie, f"Overall {rating.overall:.1f} of 100: {band(rating.overall)}"]
    assert [line for line in lines if line in GROUPS.values()] == list(GROUPS.values())
    changes = [f"  {advice.gain:+5.1f}  {advice.text}" for advice in rating.advice[:3]]
    assert [line for line in lines if line.lstrip().startswith("+")] == changes
    for key, score in rating.scores.items():
        (line,) = (line for line in lines if line.startswith(f"  {METRICS[key].label}  "))
        assert line.endswith(f" {score:5.1f}  {METRICS[key].text(rating.natives[key])}")
        assert line.count("#") == round(round(score, 1) / 5)


def test_what_it_is_for_is_asked_for_or_set(selfie, capsys, monkeypatch):
    assert main(["rate", "--for", "id", selfie]) == 0
    asked = capsys.readouterr().out
    assert "What it is for: ID document" in asked
    assert "Rules for ID documents" in asked
    monkeypatch.setenv("PURPOSE", "id")
    assert main(["rate", selfie]) == 0
    assert capsys.readouterr().out == asked
    assert main(["rate", "--for", "work", selfie]) == 0
    assert "What it is for: Work" in capsys.readouterr().out
    monkeypatch.setenv("PURPOSE", "passport")
    assert main(["rate", selfie]) == 2
    assert "PURPOSE is 'passport'; it must be profile, work, social or id." in capsys.readouterr().err


def test_what_was_not_assessed_says_why(tmp_path, capsys):
    path = tmp_path / "grey.png"
    Image.fromarray(np.full((200, 300, 3), 128, np.uint8)).save(path)
    absent = Rater(Settings()).rate(str(path)).absent
    assert main(["rate", str(path)]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert absent
    for key, reason in absent.items():
        (line,) = (line for line in lines if line.startswith(f"  {METRICS[key].label}  "))
        assert line.endswith(f"not assessed: {reason}")


def test_several_files_stand_apart_and_one_bad_one_stops_nothing(selfie, broken, tmp_path, capsys):
    missing = str(tmp_path / "missing.jpg")
    assert main(["rate", broken, selfie, missing, selfie]) == 1
    out, err = capsys.readouterr()
    first, second = out.split("\n\n")
    assert first.strip() == second.strip()
    assert first.startswith(selfie)
    assert [line.split(": ")[0] for line in err.splitlines()] == [broken, missing]
    assert all(line.endswith(".") for line in err.splitlines())


def test_json_is_a_list_of_what_was_rated(selfie, broken, rating, capsys):
    assert main(["rate", "--json", selfie, broken]) == 1
    out, err = capsys.readouterr()
    assert json.loads(out) == json.loads(json.dumps([{"file": selfie, **rating.to_dict()}]))
    assert err.startswith(f"{broken}: ")


def test_json_of_nothing_is_an_empty_list(broken, capsys):
    assert main(["rate", broken, "--json"]) == 1
    assert json.loads(capsys.readouterr().out) == []


def test_a_position_in_the_file_is_told(astronaut, tmp_path, capsys):
    exif = Image.Exif()
    exif[0x8825] = {1: "N", 2: (47.0, 22.0, 0.0), 3: "E", 4: (8.0, 33.0, 0.0)}
    Image.fromarray(astronaut).save(tmp_path / "here.jpg", exif=exif)
    assert main(["rate", "here.jpg"]) == 0
    assert "GPS" in capsys.readouterr().out


def test_a_name_cannot_command_the_terminal(capsys):
    assert main(["rate", "a\x1b[2J\nb\udcff.jpg"]) == 1
    assert capsys.readouterr().err.startswith(r"a\x1b[2J\nb\udcff.jpg: ")


def test_a_terminal_without_unicode_gets_no_traceback(selfie, monkeypatch):
    out = io.TextIOWrapper(io.BytesIO(), encoding="ascii")
    monkeypatch.setattr(sys, "stdout", out)
    assert main(["rate", selfie]) == 0
    out.seek(0)
    assert "?" in out.read()


@pytest.mark.parametrize(
    "argv", [[], ["rate"], ["rate", "--jsno", "a.jpg"], ["rate", "--jobs", "0", "a.jpg"], ["grade", "a.jpg"]]
)
def test_wrong_usage(argv, capsys):
    with pytest.raises(SystemExit) as exit_info:
        main(argv)
    assert exit_info.value.code == 2
    assert "usage: python -m sqrt" in capsys.readouterr().err


@pytest.mark.parametrize("argv", [["rate", "a.jpg"], ["fetch-models"]])
def test_wrong_settings(argv, monkeypatch, capsys):
    monkeypatch.setenv("MAX_IMAGE_SIZE", "huge")
    assert main(argv) == 2
    assert capsys.readouterr() == ("", "MAX_IMAGE_SIZE is 'huge'; it must be a whole number from 256 to 16384.\n")


def test_without_the_model_it_says_how_to_get_it(selfie, tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("FACE_MODEL_PATH", str(tmp_path / "none.task"))
    assert main(["rate", selfie]) == 0
    out, err = capsys.readouterr()
    assert out.startswith(selfie)
    assert len(err.splitlines()) == 1
    assert "python -m sqrt fetch-model" in err

    monkeypatch.setenv("FACE_ENGINE", "landmarks")
    assert main(["rate", selfie]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert len(err.splitlines()) == 1
    assert "python -m sqrt fetch-model" in err

    monkeypatch.setenv("FACE_ENGINE", "cascade")
    assert main(["rate", selfie]) == 0
    assert capsys.readouterr().err == ""


def test_a_log_for_whoever_asks(selfie, monkeypatch):
    main(["rate", selfie])
    assert logging.getLogger("sqrt").level == logging.ERROR
    monkeypatch.setenv("LOG_LEVEL", "INFO")
    main(["rate", selfie])
    assert logging.getLogger("sqrt").level == logging.INFO


@pytest.mark.parametrize("command", ["fetch-models", "fetch-model"])
def test_fetch_models_prints_where_they_lie(command, model_path, capsys):
    assert main([command]) == 0
    assert capsys.readouterr() == (f"{model_path}\n{model_path.with_name('selfie_segmentation.tflite')}\n", "")


def test_models_that_cannot_be_written_are_one_sentence_each(model_path, tmp_path, monkeypatch, capsys):
    # The bytes are at hand; a file stands where the folder should be.
    monkeypatch.setattr(fetching, "from_url", lambda file: model_path.with_name(file.name).read_bytes())
    (tmp_path / "file").touch()
    monkeypatch.setenv("FACE_MODEL_PATH", str(tmp_path / "file" / "face.task"))
    assert main(["fetch-models"]) == 1
    out, err = capsys.readouterr()
    assert out == ""
    assert [line.split()[0] for line in err.splitlines()] == ["face_landmarker.task", "selfie_segmentation.tflite"]
    assert str(tmp_path / "file" / "face.task") in err


class TestIntoAFile:
    @pytest.fixture
    def folder(self, astronaut, tmp_path):
        """Six photos in two folders, and what must be left alone."""
        for number in range(6):
            path = tmp_path / "shots" / f"{number % 2}" / f"{number}.jpg"
            path.parent.mkdir(parents=True, exist_ok=True)
            Image.fromarray(astronaut // (1 + number)).save(path)
        (tmp_path / "shots" / "notes.txt").write_text("no photo")
        (tmp_path / "shots" / ".hidden.jpg").write_bytes(b"")
        (tmp_path / "shots" / "0" / "circle").symlink_to(tmp_path / "shots")
        return "shots"

    NAMES = tuple(os.path.join("shots", *parts) for parts in (("0", "0.jpg"), ("0", "2.jpg"), ("0", "4.jpg")))

    @pytest.mark.parametrize("form", ["json", "csv", "txt", "html"])
    def test_a_folder_is_gone_through(self, folder, form, capsys):
        assert main(["rate", folder, "--format", form, "-o", "report", "--jobs", "3"]) == 0
        assert capsys.readouterr() == ("", "")
        text = Path("report").read_text(encoding="utf-8")
        places = [text.index(name) for name in self.NAMES]
        assert places == sorted(places)
        assert "hidden" not in text
        assert "circle" not in text
        assert sorted(path.name for path in Path().glob("report*")) == ["report"]

    def test_to_standard_output_it_is_the_same(self, folder, capsys):
        main(["rate", folder, "--format", "csv", "-o", "report"])
        main(["rate", folder, "--format", "csv"])
        assert capsys.readouterr().out.splitlines() == Path("report").read_text(encoding="utf-8").splitlines()

    def test_what_cannot_be_rated_is_named_and_the_rest_written(self, folder, broken, capsys):
        assert main(["rate", folder, broken, "--json", "-o", "report"]) == 1
        assert capsys.readouterr().err.startswith(f"{broken}: ")
        assert len(json.loads(Path("report").read_text())) == 6

    def test_where_nothing_can_be_written_it_says_so_before_rating(self, folder, capsys):
        assert main(["rate", folder, "-o", os.path.join("nowhere", "report")]) == 2
        out, err = capsys.readouterr()
        assert out == ""
        assert len(err.splitlines()) == 1
        assert "cannot be written" in err

    def test_another_file_in_the_way_is_left_alone(self, folder, capsys):
        Path("report.part").write_text("mine")
        assert main(["rate", folder, "-o", "report"]) == 2
        assert capsys.readouterr().err == "report.part cannot be written: another file is in the way.\n"
        assert Path("report.part").read_text() == "mine"

    def test_no_report_takes_a_photos_place(self, folder, capsys):
        photo = Path(self.NAMES[0])
        before = photo.read_bytes()
        assert main(["rate", folder, "-o", str(photo)]) == 2
        assert len(capsys.readouterr().err.splitlines()) == 1
        assert photo.read_bytes() == before

    def test_the_suffix_decides(self, folder):
        main(["rate", self.NAMES[0], "-o", "report.CSV"])
        assert Path("report.CSV").read_text(encoding="utf-8-sig").startswith("file,overall")

    def test_an_empty_folder_is_told(self, tmp_path, capsys):
        (tmp_path / "empty").mkdir()
        assert main(["rate", "empty", "--json"]) == 1
        assert capsys.readouterr() == ("", "There are no photos in that folder.\n")

    def test_a_killed_run_goes_on_where_it_was(self, folder, capsys):
        main(["rate", folder, "--json", "-o", "whole"])
        command = ["rate", folder, "--json", "-o", "report", "--jobs", "1"]
        part = Path("report.part")
        with run(*command) as process:
            while not part.exists() or part.read_text().count("\n") < 3:
                assert process.poll() is None, "it ended before it could be killed"
            process.kill()
        kept = part.read_text().splitlines()
        assert 3 <= len(kept) <= 7
        part.write_text("\n".join([*kept[:3], kept[0][:-5]]))  # two photos, and a line torn in the middle
        with run(*command, env_extra={"LOG_LEVEL": "INFO"}) as process:
            _, err = process.communicate(timeout=120)
        assert process.returncode == 0
        assert err.count("analysis completed") == 4
        assert Path("report").read_text() == Path("whole").read_text()
        assert not part.exists()

    def test_a_changed_photo_or_setting_is_rated_anew(self, folder, monkeypatch):
        files = list(photo_files([folder]))
        rater = Rater(load_settings())
        reports = list(rated(files, rater, pictures=False))
        with Journal(Path("part"), "one") as journal:
            for report in reports:
                journal.add(report)
        with Journal(Path("part"), "one") as journal:
            assert [journal.known(file) for file in files] == reports
            os.utime(files[0], (0, 0))
            assert [journal.known(file) for file in files] == [None, *reports[1:]]
        with Journal(Path("part"), "another") as journal:
            assert [journal.known(file) for file in files] == [None] * 6


def test_as_a_process(selfie, broken):
    with run("rate", "--json", selfie, broken) as process:
        out, err = process.communicate(timeout=120)
    assert [row["file"] for row in json.loads(out)] == [selfie]
    assert err.startswith(f"{broken}: ")
    assert len(err.splitlines()) == 1
    assert process.returncode == 1


def test_a_reader_that_leaves_is_no_error(selfie):
    process = run("rate", selfie, selfie)
    process.stdout.close()
    err = process.stderr.read()
    process.stderr.close()
    assert process.wait(timeout=120) == 141
    assert err == ""


def test_rating_in_a_terminal_loads_no_page():
    code = (
        "import sys, sqrt.__main__; "
        "sys.exit(' '.join({'streamlit', 'streamlit_webrtc', 'aiortc', 'av'} & sys.modules.keys()))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, timeout=120, check=False
    )
    assert done.stderr.strip() == ""

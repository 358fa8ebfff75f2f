"""``python -m sqrt report``: what a person at a terminal, or a program, learns of an archive."""

import csv
import io
import json
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path

import pytest

from sqrt.__main__ import main
from sqrt.archiving import schema
from sqrt.metrics import METRICS
from sqrt.showing.reports import harmless
from tests.archiving.parts import row, write

pytestmark = pytest.mark.usefixtures("bare_settings")

ROOT = Path(__file__).parents[1]
NAMES = ["/photos/one.jpg", "=cmd()|' /C calc'!A0", 's3://b/<b>&"x", y.jpg', "/photos/\x1b[31mred\n.jpg", "+1.jpg"]
REFUSED = "This file is not a photo that can be read."


@pytest.fixture
def archive(tmp_path):
    """Five photos with scores from 50 to 90, the first with the least, and one that was refused; two parts."""
    rows = [
        row(name, 50.3 + 10 * number, faces=number, sharpness=90 - number, sharpness_native=1.25, advice=["sharpness"])
        for number, name in enumerate(NAMES)
    ]
    return str(write(tmp_path / "archive", rows[:3], [*rows[3:], row("/notes.txt", refused=REFUSED)]))


def report(capsys, *arguments: str) -> str:
    assert main(["report", *arguments]) == 0
    out, err = capsys.readouterr()
    assert err == ""
    return out


def test_a_summary_for_people(archive, capsys):
    lines = report(capsys, archive, "--best", "2", "--worst", "1").splitlines()
    assert lines[0] == "6 photos: 5 rated, 1 refused"
    assert f"          1  {REFUSED}" in lines
    assert "Overall, of 100: 70.3 on average" in lines
    assert "   90 to  95          1  ########################################" in lines
    assert next(line for line in lines if "Sharpness" in line).endswith("  88.0  of 5 photos")
    best, worst = lines.index("The best by overall:"), lines.index("The worst by overall:")
    assert lines[best + 1 : worst] == [
        "   90.3  +1.jpg  (change first: sharpness)",
        "   80.3  /photos/\\x1b[31mred\\n.jpg  (change first: sharpness)",
    ]
    assert lines[worst + 1 :] == ["   50.3  /photos/one.jpg  (change first: sharpness)"]


def test_another_score_and_a_filter(archive, capsys):
    lines = report(capsys, archive, "--by", "sharpness", "--where", "faces > 1").splitlines()
    assert lines[0] == "3 of 6 photos, where faces > 1: 3 rated, 0 refused"
    assert "Sharpness, of 100: 87.0 on average" in lines
    assert lines[lines.index("The best by sharpness:") + 1].startswith("   88.0  s3://")


def test_csv_and_json_hold_all_rows_and_say_the_same(archive, capsys, tmp_path):
    found = json.loads(report(capsys, archive, "--format", "json"))
    assert [one["address"] for one in found] == [*NAMES, "/notes.txt"]
    assert found[0]["overall"] == 50.3
    assert found[0]["advice"] == ["sharpness"]
    assert found[0]["rated_at"] == "2026-01-02T00:00:00.000Z"
    assert found[-1]["refused"] == REFUSED
    assert all(list(one) == schema.schema().names for one in found)
    path = tmp_path / "rows.csv"
    assert report(capsys, archive, "-o", str(path)) == ""
    text = path.read_bytes().decode("utf-8-sig")
    rows = list(csv.DictReader(io.StringIO(text, newline="")))
    assert [one["address"] for one in rows] == [harmless(one["address"]) for one in found]
    assert rows[1]["address"].startswith("'=")
    assert rows[4]["address"] == "'+1.jpg"
    assert [one["overall"] for one in rows] == ["" if one["overall"] is None else str(one["overall"]) for one in found]
    assert rows[-1]["refused"] == REFUSED
    assert list(path.parent.glob("*.new")) == []


def test_rows_of_the_best_and_the_worst_alone(archive, capsys):
    found = json.loads(report(capsys, archive, "--format", "json", "--best", "2", "--worst", "4"))
    assert [one["address"] for one in found] == [NAMES[place] for place in (4, 3, 0, 1, 2)]
    assert json.loads(report(capsys, archive, "--format", "json", "--where", "faces = 99")) == []


class Reader(HTMLParser):
    """Gathers what an HTML page says and holds."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.said: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        assert not any(name in ("src", "href") or name.startswith("on") for name, _ in attrs)

    def handle_data(self, data):
        self.said.append(data)


def test_a_page_that_needs_nothing_else_and_runs_nothing(archive, capsys, tmp_path):
    path = tmp_path / "archive.html"
    assert report(capsys, archive, "-o", str(path), "--where", "faces < 9 or refused is not null") == ""
    page = Reader(path.read_text(encoding="utf-8"))
    assert {"script", "img", "b", "link"} & set(page.tags) == set()
    assert "6 of 6 photos, where faces < 9 or refused is not null: 5 rated, 1 refused" in page.said
    # Once among the best, once among the worst.
    assert all(page.said.count(name) == 2 for name in NAMES)
    assert REFUSED in page.said
    assert {metric.label for key, metric in METRICS.items() if key == "sharpness"} <= set(page.said)


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["nowhere"], "nowhere: There is no archive here.\n"),
        (["."], ".: There are no results of an archive here.\n"),
        (["archive", "--where", "face = 1"], "The filter, at character 1: face is no column; there are address, "),
        (["archive", "--where", "faces = '\x1b[31m"], "The filter, at character 9: a quote begins here that does not"),
        (["archive", "--where", "faces = \x1b"], "The filter, at character 9: expected a column, a value or a "),
        (["archive", "-o", "nowhere/report.csv"], "nowhere/report.csv cannot be written: No such file"),
        (["archive", "-o", "photo.jpg"], "A report would take the place of a photo: "),
    ],
)
def test_what_is_wrong_is_one_sentence(archive, capsys, monkeypatch, tmp_path, arguments, sentence):
    monkeypatch.chdir(tmp_path)
    assert main(["report", *arguments]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith(sentence)
    assert err.count("\n") == 1
    assert "\x1b" not in err


@pytest.mark.parametrize("arguments", [["--best", "0"], ["--worst", "-1"], ["--by", "beauty"], ["--format", "pdf"]])
def test_wrong_usage_is_told(archive, capsys, arguments):
    with pytest.raises(SystemExit) as end:
        main(["report", archive, *arguments])
    assert end.value.code == 2
    assert arguments[0] in capsys.readouterr().err


def test_a_report_that_breaks_leaves_the_one_before(archive, capsys, tmp_path):
    path = tmp_path / "rows.csv"
    report(capsys, archive, "-o", str(path))
    before = path.read_bytes()
    part = max((tmp_path / "archive").iterdir())
    part.write_bytes(part.read_bytes()[:100])
    assert main(["report", archive, "-o", str(path)]) == 2
    assert capsys.readouterr().err == f"{archive}: {part.name} is damaged, or cannot be read.\n"
    assert path.read_bytes() == before
    assert list(tmp_path.glob("*.new")) == []


@pytest.mark.parametrize("command", ["import sqrt", "from sqrt.__main__ import main; main(['rate', 'no photo.jpg'])"])
def test_nothing_else_waits_for_what_reads_an_archive(command):
    code = f"import sys; {command}; print(*sorted({{'pyarrow', 'fsspec', 'dask', 'pandas'}} & sys.modules.keys()))"
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, timeout=60, check=True
    )
    assert done.stdout.split() == []

"""Reports: the same numbers in every format, each read by what people read it with.

``python -m tests.showing.test_reports`` writes docs/report.schema.json anew.
"""

import csv
import io
import json
import re
from datetime import datetime
from html.parser import HTMLParser
from pathlib import Path

import jsonschema
import numpy as np
import pytest
import skimage.data

from sqrt.improving import Repair, Step
from sqrt.metrics import METRICS
from sqrt.rating import Rater
from sqrt.rating.id_rules import NOTICE
from sqrt.settings import Settings
from sqrt.showing.reports import Format, Report, download_name, write
from sqrt.showing.schema import Rating, report_schema
from sqrt.words import Text
from tests.catalogue import texts

SCHEMA = Path(__file__).parents[2] / "docs" / "report.schema.json"
AT = datetime(2026, 11, 24, 10, 15, 3)
NAMES = [
    "selfie.jpg",
    "=cmd|'/c calc'!A0",
    "+1",
    "-2",
    "@here",
    '"quoted", and more',
    "two\nlines.jpg",
    "Zoë Müller.jpg",
    "<script>alert(1)</script>.jpg",
    "\u202egpj.exe",
    "&amp;",
    "",
]


def schema_text() -> str:
    return json.dumps(report_schema(), indent=2) + "\n"


@pytest.fixture(scope="module")
def facts(model_path, astronaut):
    """Ratings of both engines, with a face and without."""
    ratings = []
    for engine in ("landmarks", "cascade"):
        rater = Rater(Settings.model_construct(face_engine=engine, face_model_path=model_path))
        pictures = (astronaut, astronaut // 8, skimage.data.chelsea(), np.full((200, 300, 3), 128, np.uint8))
        ratings += [rater.rate(np.ascontiguousarray(picture)) for picture in pictures]
    return [rating.to_dict() for rating in ratings]


@pytest.fixture(scope="module")
def document(model_path, astronaut):
    """A rating for a document."""
    settings = Settings.model_construct(face_engine="landmarks", face_model_path=model_path, purpose="id")
    return Rater(settings).rate(astronaut).to_dict()


@pytest.fixture(scope="module")
def reports(facts):
    return [Report(name, facts[i % len(facts)]) for i, name in enumerate(NAMES)]


def table(reports) -> list[dict[str, str]]:
    text = write(reports, Format.CSV, AT)
    assert text.startswith("\ufeff")
    return list(csv.DictReader(io.StringIO(text.removeprefix("\ufeff"), newline=""), strict=True))


class Reader(HTMLParser):
    """Collects the text of each table row, of each heading, and every tag."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.rows: list[list[str]] = []
        self.headings: list[str] = []
        self.tags: set[str] = set()
        self._open: str | None = None
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.tags.add(tag)
        if tag == "tr":
            self.rows.append([])
        if tag in ("td", "th"):
            self.rows[-1].append("")
        if tag == "h2":
            self.headings.append("")
        if tag in ("td", "th", "h2"):
            self._open = tag

    def handle_endtag(self, tag):
        if tag == self._open:
            self._open = None

    def handle_data(self, data):
        if self._open == "h2":
            self.headings[-1] += data
        elif self._open:
            self.rows[-1][-1] += data


def test_json_is_what_the_schema_says(reports):
    assert SCHEMA.read_text(encoding="utf-8") == schema_text(), "python -m tests.showing.test_reports writes it anew"
    schema = json.loads(SCHEMA.read_text(encoding="utf-8"))
    jsonschema.Draft202012Validator.check_schema(schema)
    found = json.loads(write(reports, Format.JSON, AT))
    jsonschema.validate(found, schema)
    assert [one["file"] for one in found] == NAMES
    assert [{key: value for key, value in one.items() if key != "file"} for one in found] == [
        report.facts for report in reports
    ]


@pytest.mark.parametrize("change", [{"overall": 101}, {"version": 1}, {"engine": "guess"}, {"extra": 1}])
def test_the_schema_refuses_what_is_not_so(reports, change):
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate([{"file": "a", **reports[0].facts, **change}], report_schema())


def test_the_api_answers_the_same(reports):
    for report in reports:
        assert json.loads(Rating.model_validate(report.facts).model_dump_json()) == report.facts


def test_csv_is_read_by_a_spreadsheet(reports):
    text = write(reports, Format.CSV, AT)
    assert text.count("\r\n") == len(reports) + 1
    rows = table(reports)
    assert [row["file"].removeprefix("'") for row in rows] == NAMES
    for row in rows:
        assert not row["file"].startswith(("=", "+", "-", "@", "\t", "\r"))
        assert None not in row
        assert None not in row.values()


def test_no_number_is_taken_for_a_text(reports):
    for row, report in zip(table(reports), reports, strict=True):
        for key, native in report.facts["natives"].items():
            (column,) = (name for name in row if name in (key, f"{key} ({METRICS[key].unit})"))
            assert float(row[column]) == native
        for key in report.facts["absent"]:
            assert row[f"{key}_score"] == ""


def test_all_formats_tell_the_same_numbers(reports):
    text = write(reports, Format.TXT, AT)
    parts = re.split(r"\n\n", text)
    assert len(parts) == len(reports)
    for report, row, part in zip(reports, table(reports), parts, strict=True):
        html = Reader(write([report], Format.HTML, AT))
        facts = json.loads(write([report], Format.JSON, AT))[0]
        assert float(row["overall"]) == facts["overall"]
        assert f"Overall {facts['overall']} of 100: {facts['band']}" in part
        assert f">{facts['overall']} <small>of 100: {facts['band']}<" in write([report], Format.HTML, AT)
        shown = {cells[0]: cells[2:] for cells in html.rows}
        for key, score in facts["scores"].items():
            label, native = METRICS[key].label, METRICS[key].text(facts["natives"][key])
            assert float(row[f"{key}_score"]) == score
            assert re.search(rf"^  {label} +[#.]{{20}} +{score}  {re.escape(native)}$", part, re.MULTILINE)
            assert shown[label] == [str(score), native]
        assert len(shown) == len(facts["scores"])


def test_what_was_offered_is_told(astronaut):
    rating = Rater(Settings(face_engine="cascade")).rate(astronaut)
    offered = [Step(Repair.EXPOSURE, 11.04), Step(Repair.WHITE_BALANCE, 2.46)]
    report, plain = Report.of("a", rating, offered=offered), Report.of("b", rating)
    assert [row["offered"] for row in table([report, plain])] == ["exposure +11.0, white_balance +2.5", ""]
    (found,) = json.loads(write([report], Format.JSON, AT))
    jsonschema.validate([found], report_schema())
    assert found["offered"] == [{"name": "exposure", "gain": 11.0}, {"name": "white_balance", "gain": 2.5}]
    for form in (Format.TXT, Format.HTML):
        assert "Would make it better: Exposure +11.0, True colours +2.5" in write([report], form, AT)
        assert "Would make it better" not in write([plain], form, AT)


def test_a_decision_is_told_where_there_was_one_to_make(reports):
    facts = {**reports[0].facts, "decision": "reject"}
    decided = [Report("a.jpg", facts), Report("b.jpg", reports[1].facts)]
    jsonschema.validate(json.loads(write(decided, Format.JSON, AT)), report_schema())
    assert [row["decision"] for row in table(decided)] == ["reject", ""]
    assert write(decided, Format.TXT, AT).count("Decision: reject") == 1
    assert write(decided, Format.HTML, AT).count("Decision: ") == 1
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate([{"file": "a", **facts, "decision": "burn"}], report_schema())


def test_a_document_report_tells_every_rule(document):
    report = Report("a.jpg", document)
    jsonschema.validate(json.loads(write([report], Format.JSON, AT)), report_schema())
    assert json.loads(Rating.model_validate(document).model_dump_json()) == document
    (row,) = table([report])
    broken = [rule["rule"] for rule in document["rules"] if rule["passed"] is False]
    assert broken
    assert (row["purpose"], row["rules_broken"]) == ("id", " ".join(broken))
    text, html = write([report], Format.TXT, AT), Reader(write([report], Format.HTML, AT))
    for page in (text, write([report], Format.HTML, AT)):
        assert "What it is for: ID document" in page
        assert NOTICE in page
    shown = {cells[0]: cells[1:] for cells in html.rows}
    for rule in document["rules"]:
        word = {True: "kept", False: "broken", None: "not checked"}[rule["passed"]]
        assert re.search(rf"^  {word} +{re.escape(rule['asks'])} {re.escape(rule['measured'])}$", text, re.MULTILINE)
        assert shown[rule["asks"]] == [word, rule["measured"]]


def test_other_reports_say_what_they_are_for_and_have_no_rules(reports):
    assert {row["purpose"] for row in table(reports)} == {"profile"}
    assert {row["rules_broken"] for row in table(reports)} == {""}
    for form in (Format.TXT, Format.HTML):
        assert "What it is for: Profile picture" in write(reports, form, AT)
        assert "Rules for ID documents" not in write(reports, form, AT)


def test_a_report_in_german_has_german_headings_and_decimal_signs(reports, document, german):
    german(
        {
            "Overall {overall} of 100: {band}": "Gesamt {overall} von 100: {band}",
            "of 100: {band}": "von 100: {band}",
            document["band"]: "Mittelmäßig",
            "Change first": "Ändere zuerst",
            "Rules for ID documents": "Regeln für Ausweise",
            "kept": "erfüllt",
            "Turned by {value}°; at most {high}°.": "Gedreht um {value}°; höchstens {high}°.",
            "Picture quality": "Bildqualität",
            "Brightness": "Helligkeit",
            "stops": "Blenden",
            "Report on {count} photos": "Bericht über {count} Fotos",
        }
    )
    report, overall = Report("a.jpg", document), str(document["overall"]).replace(".", ",")
    (yaw,) = (rule["value"] for rule in document["rules"] if rule["rule"] == "yaw")
    native, score = (f"{document[of]['lighting']:.1f}".replace(".", ",") for of in ("natives", "scores"))
    turned = f"Gedreht um {yaw:.1f}°; höchstens 7.5°.".replace(".", ",").replace("°,", "°.")
    text, page = write([report], Format.TXT, AT, "de"), write([report], Format.HTML, AT, "de")
    assert f"Gesamt {overall} von 100: Mittelmäßig\n" in text
    assert re.search(rf"^  erfüllt +.*{re.escape(turned)}$", text, re.MULTILINE)
    assert "\nBildqualität\n" in text
    assert re.search(rf"^  Helligkeit +[#.]{{20}} +{score}  {native} Blenden$", text, re.MULTILINE)
    assert not re.search(r"\d\.\d", text)
    assert '<html lang="de">' in page
    assert f">{overall} <small>von 100: Mittelmäßig<" in page
    for heading in ("Ändere zuerst", "Regeln für Ausweise", "Bildqualität"):
        assert f"<h3>{heading}</h3>" in page
    rows = {cells[0]: cells[1:] for cells in Reader(page).rows}
    assert rows["Helligkeit"] == ["", score, f"{native} Blenden"]
    assert turned in [cells[-1] for cells in rows.values()]
    assert not [cell for cells in rows.values() for cell in cells if re.search(r"\d\.\d", cell)]
    assert f"<h1>Bericht über {len(reports)} Fotos</h1>" in write(reports, Format.HTML, AT, "de")


@pytest.mark.parametrize("form", [Format.JSON, Format.CSV])
def test_what_programs_read_is_the_same_in_every_language(form, reports, document, german):
    german({document["band"]: "Mittelmäßig", "Picture quality": "Bildqualität"})
    made = [*reports, Report("b.jpg", document)]
    assert write(made, form, AT, "de") == write(made, form, AT)


def test_every_sentence_of_a_rating_is_in_the_catalogues(facts, document):
    known, found = texts(), set()
    for one in [*facts, document]:
        found |= {one["band"], *one["absent"].values(), *(advice["text"] for advice in one["advice"])}
        found |= {rule[part] for rule in one["rules"] for part in ("asks", "measured")}
    assert {text.template if isinstance(text, Text) else text for text in found} <= known


def test_html_holds_names_as_text(reports):
    text = write(reports, Format.HTML, AT)
    html = Reader(text)
    assert html.headings == NAMES
    assert not html.tags & {"script", "iframe", "object", "link", "form"}
    assert [row[1] for row in html.rows[1 : len(NAMES) + 1]] == NAMES
    assert not re.search(r"(?:src|href)=(?!\"data:)", text)


def test_no_reports_are_an_empty_file_that_can_be_read():
    assert json.loads(write([], Format.JSON, AT)) == []
    assert table([]) == []
    assert write([], Format.TXT, AT) == ""
    assert Reader(write([], Format.HTML, AT)).headings == []


def test_a_download_is_called_by_its_time():
    assert download_name(Format.CSV, AT) == "sqrt-2026-11-24-101503.csv"


if __name__ == "__main__":
    SCHEMA.write_text(schema_text(), encoding="utf-8")

"""Ratings as files to keep: JSON, CSV, text and HTML, all with the same numbers.

What a photo is called, and nothing else in a report, comes from its owner: it is escaped in every format.
"""

import csv
import io
import json
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from enum import StrEnum
from textwrap import indent
from typing import Any

from sqrt.metrics import GROUPS, METRICS
from sqrt.rating import PURPOSES
from sqrt.rating.id_rules import NOTICE
from sqrt.showing.html_report import HtmlReport
from sqrt.showing.report import BEST_CHANGES, DECISIONS, KEPT, Report, gained, marked_up, offered
from sqrt.words import ENGLISH, N_, Text, number, said

__all__ = ["Format", "Report", "download_name", "harmless", "lines", "marked_up", "pieces", "printable", "write"]

_BAR = 20  # characters


class Format(StrEnum):
    """A kind of report; its value is the file's suffix."""

    JSON = "json", "JSON", "application/json"
    CSV = "csv", "CSV", "text/csv"
    TXT = "txt", N_("Text"), "text/plain"
    HTML = "html", "HTML", "text/html"

    label: str
    mime: str

    def __new__(cls, value: str, label: str, mime: str) -> "Format":
        member = str.__new__(cls, value)
        member._value_, member.label, member.mime = value, label, mime
        return member


def write(reports: Sequence[Report], form: Format, at: datetime, language: str = ENGLISH) -> str:
    """Return the text of a file with all `reports`, in their order; `at` is when they were made.

    Text and HTML are in a language of `sqrt.words.LANGUAGES`; JSON and CSV, which programs read, the same in each.
    """
    return "".join(pieces(reports, form, at, language))


def pieces(reports: Iterable[Report], form: Format, at: datetime, language: str = ENGLISH) -> Iterator[str]:
    """Yield the same photo by photo, so that not all must be held.

    HTML goes through the reports twice: those that do not come in a sequence it holds.
    """
    if form is Format.JSON:
        return _json(reports)
    if form is Format.CSV:
        return _csv(reports)
    if form is Format.TXT:
        return _text(reports, language)
    return HtmlReport(language).pieces(reports if isinstance(reports, Sequence) else [*reports], at)


def download_name(suffix: str, at: datetime) -> str:
    """Return a file name that tells when, and nothing of the photo."""
    return f"sqrt-{at:%Y-%m-%d-%H%M%S}.{suffix}"


# --- JSON ----------------------------------------------------------------------------------------------------------


def _json(reports: Iterable[Report]) -> Iterator[str]:
    before = "["
    for one in reports:
        item = json.dumps({"file": one.file, **one.facts}, indent=2, allow_nan=False)
        yield f"{before}\n{indent(item, '  ')}"
        before = ","
    yield "[]\n" if before == "[" else "\n]\n"


# --- CSV -----------------------------------------------------------------------------------------------------------


def _csv(reports: Iterable[Report]) -> Iterator[str]:
    """RFC 4180, with the mark at its start by which spreadsheets know UTF-8."""
    columns = ["file", "overall", "band", "width_px", "height_px", "engine", "faces", "has_gps"]
    for key, metric in METRICS.items():
        columns += [f"{key}_score", f"{key} ({metric.unit})" if metric.unit else key]
    yield "\ufeff" + _line([*columns, "change_first", "decision", "offered", "purpose", "rules_broken"])
    for name, facts, _ in reports:
        row = [harmless(name), facts["overall"], facts["band"], *facts["size_wh"], facts["engine"]]
        row += [len(facts["faces"]), facts["has_gps"]]
        for key in METRICS:
            row += [facts["scores"].get(key, ""), facts["natives"].get(key, "")]
        row += [facts["advice"][0]["text"] if facts["advice"] else "", facts.get("decision", "")]
        broken = [rule["rule"] for rule in facts["rules"] if rule["passed"] is False]
        steps = ", ".join(f"{step['name']} {step['gain']:+}" for step in facts.get("offered", ()))
        yield _line([*row, steps, facts["purpose"], " ".join(broken)])


def _line(row: Sequence[object]) -> str:
    file = io.StringIO()
    csv.writer(file).writerow(row)
    return file.getvalue()


def harmless(text: str) -> str:
    """Keep a spreadsheet from taking a text for a formula."""
    return f"'{text}" if text.startswith(("=", "+", "-", "@", "\t", "\r", "\n")) else text


# --- Text ----------------------------------------------------------------------------------------------------------


def _text(reports: Iterable[Report], language: str) -> Iterator[str]:
    for place, one in enumerate(reports):
        yield ("\n" if place else "") + "\n".join(lines(one, language)) + "\n"


def lines(report: Report, language: str = ENGLISH) -> Iterator[str]:
    """Yield the lines of a photo's report for people; in English ASCII but for units and the name."""

    def say(text: str) -> str:
        return said(text, language)

    facts = report.facts
    yield printable(report.file)
    overall = number(facts["overall"], 1, language)
    yield say(Text("Overall {overall} of 100: {band}", overall=overall, band=Text(facts["band"])))
    yield say(Text("What it is for: {purpose}", purpose=Text(PURPOSES[facts["purpose"]].label)))
    if "decision" in facts:
        yield say(Text("Decision: {decision}", decision=Text(DECISIONS[facts["decision"]])))
    if facts["has_gps"]:
        yield say(N_("This file tells where it was taken: it carries a GPS position."))
    if facts["advice"]:
        yield say(N_("What to change first:"))
        for advice in facts["advice"][:BEST_CHANGES]:
            yield f"  {gained(advice['gain'], language):>5}  {say(advice['text'])}"
    if "offered" in facts:
        yield offered(facts, language)
    if facts["rules"]:
        yield say(N_("Rules for ID documents"))
        width = max(len(say(word)) for word in KEPT.values())
        for rule in facts["rules"]:
            yield f"  {say(KEPT[rule['passed']]):<{width}}  {say(rule['asks'])} {say(rule['measured'])}"
        yield f"  {say(NOTICE)}"
    width = max(len(say(metric.label)) for metric in METRICS.values())
    for group, heading in GROUPS.items():
        yield say(heading)
        for key, metric in METRICS.items():
            if metric.group == group:
                yield f"  {say(metric.label):<{width}}  {_result(facts, key, language)}"


def _result(facts: dict[str, Any], key: str, language: str) -> str:
    if key not in facts["scores"]:
        return said(Text("not assessed: {reason}", reason=said(facts["absent"][key], language)), language)
    score, native = facts["scores"][key], METRICS[key].text(facts["natives"][key], language)
    bar = "#" * round(score * _BAR / 100)  # a terminal of any encoding shows it, and a screen reader skips it
    return f"{bar:.<{_BAR}} {number(score, 1, language):>5}  {native}"


def printable(name: str) -> str:
    """Make a file name safe for a terminal: names may hold line breaks, escape codes and undecodable bytes."""
    return "".join(char if char.isprintable() else ascii(char)[1:-1] for char in name)

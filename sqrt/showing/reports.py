"""Ratings as files to keep: JSON, CSV, text and HTML, all with the same numbers.

What a photo is called, and nothing else in a report, comes from its owner: it is escaped in every format.
"""

import base64
import csv
import io
import json
from collections.abc import Iterator, Sequence
from datetime import datetime
from enum import StrEnum
from html import escape
from typing import Any, NamedTuple

from sqrt.improving import Repair, Step
from sqrt.metrics import GROUPS, METRICS
from sqrt.rating import PURPOSES, Rating
from sqrt.rating.id_rules import NOTICE
from sqrt.reading import Photo, to_jpeg
from sqrt.showing.overlay import Layer, draw

PICTURE_SIDE = 1024
"""Pixels of the long side of a report's picture."""
_BAR = 20  # characters
_BEST_CHANGES = 3
_KEPT = {True: "kept", False: "broken", None: "not checked"}


class Format(StrEnum):
    """A kind of report; its value is the file's suffix."""

    JSON = "json", "JSON", "application/json"
    CSV = "csv", "CSV", "text/csv"
    TXT = "txt", "Text", "text/plain"
    HTML = "html", "HTML", "text/html"

    label: str
    mime: str

    def __new__(cls, value: str, label: str, mime: str) -> "Format":
        member = str.__new__(cls, value)
        member._value_, member.label, member.mime = value, label, mime
        return member


class Report(NamedTuple):
    """One photo in a report.

    `file` is what its owner calls it; `facts` what `Rating.to_dict` says, the owner's decision where one was asked for,
    and what was offered to make the photo better; `picture` a JPEG for HTML, or nothing.
    """

    file: str
    facts: dict[str, Any]
    picture: bytes = b""

    @classmethod
    def of(
        cls, file: str, rating: Rating, picture: bytes = b"", decision: str | None = None, offered: Sequence[Step] = ()
    ) -> "Report":
        """Make the report of a rating: `decision` is keep, undecided or reject, `offered` what would make it better."""
        facts = rating.to_dict()
        if decision:
            facts["decision"] = decision
        if offered:
            facts["offered"] = [{"name": str(step.name), "gain": round(step.gain, 1)} for step in offered]
        return cls(file, facts, picture)


def marked_up(photo: Photo, rating: Rating) -> bytes:
    """Return the picture for a photo's report: a JPEG of at most `PICTURE_SIDE`."""
    return to_jpeg(draw(photo, rating, [Layer.FACE], max_side=PICTURE_SIDE), quality=80)


def write(reports: Sequence[Report], form: Format, at: datetime) -> str:
    """Return the text of a file with all `reports`, in their order; `at` is when they were made."""
    if form is Format.JSON:
        return json.dumps([{"file": one.file, **one.facts} for one in reports], indent=2, allow_nan=False) + "\n"
    if form is Format.CSV:
        return _csv(reports)
    if form is Format.TXT:
        return "\n".join("\n".join(lines(one)) + "\n" for one in reports)
    return _html(reports, at)


def download_name(suffix: str, at: datetime) -> str:
    """Return a file name that tells when, and nothing of the photo."""
    return f"sqrt-{at:%Y-%m-%d-%H%M%S}.{suffix}"


# --- CSV -----------------------------------------------------------------------------------------------------------


def _csv(reports: Sequence[Report]) -> str:
    """RFC 4180, with the mark at its start by which spreadsheets know UTF-8."""
    file = io.StringIO()
    table = csv.writer(file)
    columns = ["file", "overall", "band", "width_px", "height_px", "engine", "faces", "has_gps"]
    for key, metric in METRICS.items():
        columns += [f"{key}_score", f"{key} ({metric.unit})" if metric.unit else key]
    table.writerow([*columns, "change_first", "decision", "offered", "purpose", "rules_broken"])
    for name, facts, _ in reports:
        row = [harmless(name), facts["overall"], facts["band"], *facts["size_wh"], facts["engine"]]
        row += [len(facts["faces"]), facts["has_gps"]]
        for key in METRICS:
            row += [facts["scores"].get(key, ""), facts["natives"].get(key, "")]
        row += [facts["advice"][0]["text"] if facts["advice"] else "", facts.get("decision", "")]
        broken = [rule["rule"] for rule in facts["rules"] if rule["passed"] is False]
        table.writerow([*row, _offered(facts, "{name} {gain:+}"), facts["purpose"], " ".join(broken)])
    return "\ufeff" + file.getvalue()


def _offered(facts: dict[str, Any], form: str) -> str:
    """Name the steps that were offered, in a form for name, label and gain."""
    steps = ((Repair(step["name"]), step["gain"]) for step in facts.get("offered", ()))
    return ", ".join(form.format(name=name, label=name.label, gain=gain) for name, gain in steps)


def harmless(text: str) -> str:
    """Keep a spreadsheet from taking a text for a formula."""
    return f"'{text}" if text.startswith(("=", "+", "-", "@", "\t", "\r", "\n")) else text


# --- Text ----------------------------------------------------------------------------------------------------------


def lines(report: Report) -> Iterator[str]:
    """Yield the lines of a photo's report for people; ASCII but for units and the name."""
    facts = report.facts
    yield printable(report.file)
    yield f"Overall {facts['overall']} of 100: {facts['band']}"
    yield f"What it is for: {PURPOSES[facts['purpose']].label}"
    if "decision" in facts:
        yield f"Decision: {facts['decision']}"
    if facts["has_gps"]:
        yield "This file tells where it was taken: it carries a GPS position."
    if facts["advice"]:
        yield "What to change first:"
        for advice in facts["advice"][:_BEST_CHANGES]:
            yield f"  {advice['gain']:+5.1f}  {advice['text']}"
    if "offered" in facts:
        yield f"Would make it better: {_offered(facts, '{label} {gain:+}')}"
    if facts["rules"]:
        yield "Rules for ID documents"
        for rule in facts["rules"]:
            yield f"  {_KEPT[rule['passed']]:<11}  {rule['asks']} {rule['measured']}"
        yield f"  {NOTICE}"
    label_width = max(len(metric.label) for metric in METRICS.values())
    for group, heading in GROUPS.items():
        yield heading
        for key, metric in METRICS.items():
            if metric.group == group:
                yield f"  {metric.label:<{label_width}}  {_result(facts, key)}"


def _result(facts: dict[str, Any], key: str) -> str:
    if key not in facts["scores"]:
        return f"not assessed: {facts['absent'][key]}"
    score = facts["scores"][key]
    bar = "#" * round(score * _BAR / 100)  # a terminal of any encoding shows it, and a screen reader skips it
    return f"{bar:.<{_BAR}} {score:5.1f}  {METRICS[key].text(facts['natives'][key])}"


def printable(name: str) -> str:
    """Make a file name safe for a terminal: names may hold line breaks, escape codes and undecodable bytes."""
    return "".join(char if char.isprintable() else ascii(char)[1:-1] for char in name)


# --- HTML ----------------------------------------------------------------------------------------------------------

_STYLE = """
:root { color-scheme: light dark; --ground: #fbfcfe; --text: #111823; --faint: #545c68;
  --accent: #1f5fbf; --line: #c8d0dc }
@media (prefers-color-scheme: dark) { :root { --ground: #04060a; --text: #e6ebf2; --faint: #a5aebb;
  --accent: #7db0ff; --line: #39424f } }
@page { size: A4; margin: 12mm }
body { background: var(--ground); color: var(--text); font: 15px/1.4 system-ui, "Source Sans 3", sans-serif;
  margin: 2rem auto; max-width: 66rem; padding: 0 1rem }
h1 { font-size: 1.6rem; margin: 0 } h2 { font-size: 1.25rem; overflow-wrap: anywhere; margin: 1rem 0 .5rem }
h3 { font-size: 1rem; margin: .8rem 0 .3rem } p { margin: .3rem 0 } .faint { color: var(--faint) }
.top { display: flex; flex-wrap: wrap; gap: 1.5rem } .top > * { flex: 1 1 18rem }
img { border-radius: .5rem; max-width: 100%; max-height: 22rem; object-fit: contain }
.top img { align-self: flex-start; flex: 0 1 auto } td img { max-height: 4rem; max-width: 6rem }
.score { font-size: 3rem; line-height: 1.1 } .score small { font-size: 1.1rem }
ol { margin: .3rem 0; padding-left: 1.4rem } li { margin: .2rem 0 }
.groups { display: grid; gap: 0 1.5rem; grid-template-columns: repeat(auto-fit, minmax(18rem, 1fr)) }
table { border-collapse: collapse; width: 100% } th, td { border-bottom: 1px solid var(--line); padding: .2rem .4rem;
  text-align: left; vertical-align: middle }
td.number { font-variant-numeric: tabular-nums; text-align: right; white-space: nowrap }
.all tbody th { min-width: 6rem; overflow-wrap: anywhere }
@media (max-width: 40rem) { .all th:last-child, .all td:last-child { display: none } }
.groups table { font-size: .9em } .groups td, .groups th { border: 0; padding: .12rem .2rem }
.groups th { font-weight: normal; white-space: nowrap }
.bar { background: var(--line); border-radius: .3rem; display: inline-block; height: .6rem; width: 5rem }
.bar i { background: var(--accent); border-radius: .3rem; display: block; height: 100% }
@media print { :root { --ground: #fff; --text: #000; --faint: #444; --accent: #1f5fbf; --line: #bbb }
  section { break-before: page } section:first-of-type { break-before: auto } body { font-size: 9.5pt; margin: 0 }
  * { print-color-adjust: exact } img { max-height: 17rem } ul { columns: 2 }
  .groups { grid-template-columns: repeat(3, 1fr) } .groups .bar { width: 2rem } }
"""


def _html(reports: Sequence[Report], at: datetime) -> str:
    title = "Photo report" if len(reports) == 1 else f"Report on {len(reports)} photos"
    contents = [_overview(reports)] if len(reports) > 1 else []
    contents += [_section(one) for one in reports]
    return f"""<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; img-src data:; style-src 'unsafe-inline'">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>SQRT: {title}</title>
<style>{_STYLE}</style>
</head>
<body>
<header><h1>{title}</h1>
<p class="faint">SQRT, the Selfie Quality Rater, {at:%Y-%m-%d %H:%M}. It rates the photo, never the person.</p></header>
<main>
{"".join(contents)}</main>
</body>
</html>
"""


def _overview(reports: Sequence[Report]) -> str:
    rows = "".join(
        f'<tr><td>{_image(one)}</td><th scope="row">{escape(one.file)}</th>'
        f'<td class="number">{one.facts["overall"]}</td><td>{one.facts["band"]}</td>'
        f"<td>{_first_change(one)}</td></tr>\n"
        for one in reports
    )
    heads = "".join(f'<th scope="col">{head}</th>' for head in ("Photo", "Name", "Overall", "Word", "Change first"))
    return f'<table class="all">\n<thead><tr>{heads}</tr></thead>\n<tbody>\n{rows}</tbody>\n</table>\n'


def _first_change(report: Report) -> str:
    advice = report.facts["advice"]
    return escape(advice[0]["text"]) if advice else "No clear flaw."


def _image(report: Report) -> str:
    if not report.picture:
        return ""
    data = base64.b64encode(report.picture).decode("ascii")
    return f'<img src="data:image/jpeg;base64,{data}" alt="The photo with what was found in it">'


def _section(report: Report) -> str:
    facts = report.facts
    width, height = facts["size_wh"]
    gps = "<p><strong>This file tells where it was taken.</strong></p>" if facts["has_gps"] else ""
    changes = "".join(
        f"<li>{escape(one['text'])} <span class='faint'>+{one['gain']}</span></li>"
        for one in facts["advice"][:_BEST_CHANGES]
    )
    groups = "".join(_group(facts, group, heading) for group, heading in GROUPS.items())
    absent = "".join(f"<li>{METRICS[key].label}: {escape(why)}</li>" for key, why in facts["absent"].items())
    return f"""<section>
<h2>{escape(report.file)}</h2>
<div class="top">{_image(report)}<div>
<p class="score">{facts["overall"]} <small>of 100: {facts["band"]}</small></p>
<p class="faint">{width} x {height} pixels, {facts["engine"]}</p>
<p>What it is for: {PURPOSES[facts["purpose"]].label}</p>
{f"<p>Decision: <strong>{facts['decision']}</strong></p>" if "decision" in facts else ""}
{gps}<h3>Change first</h3>
{f"<ol>{changes}</ol>" if changes else "<p>No clear flaw: keep this one.</p>"}
{f"<p>Would make it better: {_offered(facts, '{label} {gain:+}')}</p>" if "offered" in facts else ""}
</div></div>
{_rules(facts["rules"])}<div class="groups">{groups}</div>
{f"<h3>Could not be assessed</h3><ul>{absent}</ul>" if absent else ""}
</section>
"""


def _rules(rules: Sequence[dict[str, Any]]) -> str:
    if not rules:
        return ""
    rows = "".join(
        f'<tr><th scope="row">{escape(rule["asks"])}</th><td>{_KEPT[rule["passed"]]}</td>'
        f'<td class="faint">{escape(rule["measured"])}</td></tr>\n'
        for rule in rules
    )
    return f"<h3>Rules for ID documents</h3><table><tbody>\n{rows}</tbody></table><p>{NOTICE}</p>\n"


def _group(facts: dict[str, Any], group: str, heading: str) -> str:
    rows = "".join(
        f'<tr><th scope="row">{metric.label}</th>'
        f'<td><span class="bar"><i style="width:{facts["scores"][key]}%"></i></span></td>'
        f'<td class="number">{facts["scores"][key]}</td>'
        f'<td class="faint">{escape(metric.text(facts["natives"][key]))}</td></tr>\n'
        for key, metric in METRICS.items()
        if metric.group == group and key in facts["scores"]
    )
    return f"<div><h3>{heading}</h3><table><tbody>\n{rows}</tbody></table></div>"

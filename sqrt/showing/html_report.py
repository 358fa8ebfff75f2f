"""Ratings as a page of HTML."""

import base64
from collections.abc import Iterator, Sequence
from datetime import datetime
from html import escape
from typing import Any

from sqrt.metrics import GROUPS, METRICS
from sqrt.rating import PURPOSES
from sqrt.rating.id_rules import NOTICE
from sqrt.showing.html_page import ENDING, opening
from sqrt.showing.report import BEST_CHANGES, DECISIONS, KEPT, Report, gained, offered
from sqrt.words import N_, Text, number, said

_STYLE = """
@page { size: A4; margin: 12mm }
h3 { font-size: 1rem; margin: .8rem 0 .3rem }
.top { display: flex; flex-wrap: wrap; gap: 1.5rem } .top > * { flex: 1 1 18rem }
img { border-radius: .5rem; max-width: 100%; max-height: 22rem; object-fit: contain }
.top img { align-self: flex-start; flex: 0 1 auto } td img { max-height: 4rem; max-width: 6rem }
.score { font-size: 3rem; line-height: 1.1 } .score small { font-size: 1.1rem }
ol { margin: .3rem 0; padding-left: 1.4rem } li { margin: .2rem 0 }
.groups { display: grid; gap: 0 1.5rem; grid-template-columns: repeat(auto-fit, minmax(18rem, 1fr)) }
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


class HtmlReport:
    """The page, in a language of `sqrt.words.LANGUAGES`."""

    def __init__(self, language: str) -> None:
        self._language = language

    def pieces(self, reports: Sequence[Report], at: datetime) -> Iterator[str]:
        """Yield the page photo by photo, in an overview and then one by one; `at` is when it was made."""
        title = N_("Photo report") if len(reports) == 1 else Text("Report on {count} photos", count=len(reports))
        made = Text(
            "SQRT, the Selfie Quality Rater, {at}. It rates the photo, never the person.", at=f"{at:%Y-%m-%d %H:%M}"
        )
        yield opening(self._say(title), f'<p class="faint">{self._say(made)}</p>', _STYLE, self._language)
        if len(reports) > 1:
            yield from self._overview(reports)
        for one in reports:
            yield self._section(one)
        yield ENDING

    def _say(self, text: str) -> str:
        return escape(said(text, self._language), quote=False)

    def _score(self, points: float) -> str:
        return number(points, 1, self._language)

    def _overview(self, reports: Sequence[Report]) -> Iterator[str]:
        columns = N_("Photo"), N_("Name"), N_("Overall"), N_("Word"), N_("Change first")
        heads = "".join(f'<th scope="col">{self._say(column)}</th>' for column in columns)
        yield f'<table class="all">\n<thead><tr>{heads}</tr></thead>\n<tbody>\n'
        for one in reports:
            yield (
                f'<tr><td>{self._image(one)}</td><th scope="row">{escape(one.file)}</th>'
                f'<td class="number">{self._score(one.facts["overall"])}</td><td>{self._say(one.facts["band"])}</td>'
                f"<td>{self._first_change(one)}</td></tr>\n"
            )
        yield "</tbody>\n</table>\n"

    def _first_change(self, report: Report) -> str:
        advice = report.facts["advice"]
        return self._say(advice[0]["text"] if advice else N_("No clear flaw."))

    def _image(self, report: Report) -> str:
        if not report.picture:
            return ""
        data = base64.b64encode(report.picture).decode("ascii")
        alt = escape(said(N_("The photo with what was found in it"), self._language))
        return f'<img src="data:image/jpeg;base64,{data}" alt="{alt}">'

    def _section(self, report: Report) -> str:
        facts = report.facts
        groups = "".join(self._group(facts, group, heading) for group, heading in GROUPS.items())
        return f"""<section>
<h2>{escape(report.file)}</h2>
<div class="top">{self._image(report)}<div>
{self._verdict(facts)}
{self._changes(facts)}
</div></div>
{self._rules(facts["rules"])}<div class="groups">{groups}</div>
{self._absent(facts["absent"])}
</section>
"""

    def _verdict(self, facts: dict[str, Any]) -> str:
        band = Text("of 100: {band}", band=Text(facts["band"]))
        width, height = facts["size_wh"]
        seen = Text("{width} x {height} pixels, {engine}", width=width, height=height, engine=facts["engine"])
        purpose = Text("What it is for: {purpose}", purpose=Text(PURPOSES[facts["purpose"]].label))
        told = [
            f'<p class="score">{self._score(facts["overall"])} <small>{self._say(band)}</small></p>',
            f'<p class="faint">{self._say(seen)}</p>',
            f"<p>{self._say(purpose)}</p>",
        ]
        if "decision" in facts:
            sentence = self._say(N_("Decision: {decision}"))
            decision = f"<strong>{self._say(DECISIONS[facts['decision']])}</strong>"
            told.append(f"<p>{sentence.format(decision=decision)}</p>")
        if facts["has_gps"]:
            warning = self._say(N_("This file tells where it was taken."))
            told.append(f"<p><strong>{warning}</strong></p>")
        return "\n".join(told)

    def _changes(self, facts: dict[str, Any]) -> str:
        changes = "".join(
            f"<li>{self._say(one['text'])} <span class='faint'>{gained(one['gain'], self._language)}</span></li>"
            for one in facts["advice"][:BEST_CHANGES]
        )
        heading, none = self._say(N_("Change first")), self._say(N_("No clear flaw: keep this one."))
        better = f"\n<p>{self._say(offered(facts, self._language))}</p>" if "offered" in facts else ""
        return f"<h3>{heading}</h3>\n{f'<ol>{changes}</ol>' if changes else f'<p>{none}</p>'}{better}"

    def _rules(self, rules: Sequence[dict[str, Any]]) -> str:
        if not rules:
            return ""
        rows = "".join(
            f'<tr><th scope="row">{self._say(rule["asks"])}</th><td>{self._say(KEPT[rule["passed"]])}</td>'
            f'<td class="faint">{self._say(rule["measured"])}</td></tr>\n'
            for rule in rules
        )
        heading, notice = self._say(N_("Rules for ID documents")), self._say(NOTICE)
        return f"<h3>{heading}</h3><table><tbody>\n{rows}</tbody></table><p>{notice}</p>\n"

    def _absent(self, absent: dict[str, str]) -> str:
        if not absent:
            return ""
        heading = self._say(N_("Could not be assessed"))
        told = "".join(f"<li>{self._say(METRICS[key].label)}: {self._say(why)}</li>" for key, why in absent.items())
        return f"<h3>{heading}</h3><ul>{told}</ul>"

    def _group(self, facts: dict[str, Any], group: str, heading: str) -> str:
        rows = "".join(
            f'<tr><th scope="row">{self._say(metric.label)}</th>'
            f'<td><span class="bar"><i style="width:{facts["scores"][key]}%"></i></span></td>'
            f'<td class="number">{self._score(facts["scores"][key])}</td>'
            f'<td class="faint">{escape(metric.text(facts["natives"][key], self._language))}</td></tr>\n'
            for key, metric in METRICS.items()
            if metric.group == group and key in facts["scores"]
        )
        return f"<div><h3>{self._say(heading)}</h3><table><tbody>\n{rows}</tbody></table></div>"

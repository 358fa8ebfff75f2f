"""Keeps the catalogues of what people read: ``python -m tests.catalogue`` adds what is new and drops what is gone.

Texts stand in the code: as arguments of `_`, `N_` and `Text`, as sentences of errors, and in the tables that the pages
draw from. Translations stand in ``sqrt/locale``; what is read from there at run time is compiled beside them.
"""

import ast
import io
from collections.abc import Iterator
from enum import StrEnum
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

from sqrt import improving
from sqrt.metrics import GROUPS
from sqrt.rating import PURPOSES
from sqrt.rating.id_limits import LIMITS
from sqrt.settings import Settings
from sqrt.showing.overlay import Layer
from sqrt.ui import sidebar
from sqrt.words import ENGLISH, LANGUAGES

_HEAD = "# What SQRT's pages say; written by python -m tests.catalogue, but for the translations."
ROOT = Path(__file__).parents[1]
FOLDER = ROOT / "sqrt" / "locale"
KEYWORDS = {
    **dict.fromkeys(("_", "N_", "Text", "NotMeasurable"), 0),
    **dict.fromkeys(("PhotoError", "ClipError", "SqrtError", "BusyError", "LocationError", "FileError"), 1),
}
"""By what is called: which of its arguments is a text."""


def texts() -> set[str]:
    """Return everything that a page may say, in English."""
    return ({text for path in (ROOT / "sqrt").rglob("*.py") for text in _of_code(path)} | set(_of_tables())) - {""}


def _of_code(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_bytes())):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in KEYWORDS:
            for argument in node.args[KEYWORDS[node.func.id] :][:1]:
                if isinstance(argument, ast.Constant) and isinstance(argument.value, str):
                    yield argument.value


def _of_tables() -> Iterator[str]:
    yield from GROUPS.values()
    for metric in (metric for purpose in PURPOSES.values() for metric in purpose.metrics.values()):
        yield metric.label
        yield metric.help
        yield metric.praise
        yield from metric.compared
        if any(len(word) > 2 for word in metric.unit.split()):  # others are signs, the same everywhere
            yield metric.unit
        for words in (metric.advice, metric.tip):
            yield from [words] if isinstance(words, str) else words.values()
    yield from (purpose.label for purpose in PURPOSES.values())
    for limit in LIMITS:
        yield from (limit.asks, limit.says)
    yield from (Settings.model_fields[name].description or "" for name in sidebar.LABELS)
    labelled: list[type[StrEnum]] = [Layer, improving.Repair]
    yield from (member.label for kind in labelled for member in kind)


def path_of(language: str, suffix: str = "po") -> Path:
    """Return where a catalogue lies."""
    return FOLDER / language / "LC_MESSAGES" / f"sqrt.{suffix}"


def read(language: str) -> Catalog:
    """Return a catalogue as it lies there, or an empty one."""
    path = path_of(language)
    if not path.exists():
        return Catalog(language)
    with path.open("rb") as file:
        return read_po(file, language)


def compiled(catalogue: Catalog) -> bytes:
    """Return what `gettext` reads."""
    file = io.BytesIO()
    write_mo(file, catalogue)
    return file.getvalue()


def brought_up_to_date(language: str) -> Catalog:
    """Return a catalogue with the texts that there are, and what is known of their translations."""
    known = read(language)
    dates = {"creation_date": known.creation_date, "revision_date": known.revision_date}
    fresh = Catalog(language, header_comment=_HEAD, fuzzy=False, **dates)
    for text in sorted(texts()):
        before = known.get(text)
        fresh.add(text, before.string if before else "", flags=["python-brace-format"] if "{" in text else [])
    return fresh


def main() -> None:
    """Write all catalogues anew."""
    for language in LANGUAGES.keys() - {ENGLISH}:
        catalogue = brought_up_to_date(language)
        path_of(language).parent.mkdir(parents=True, exist_ok=True)
        with path_of(language).open("wb") as file:
            write_po(file, catalogue, width=120, omit_header=False, no_location=True)
        path_of(language, "mo").write_bytes(compiled(catalogue))
        missing = sum(not message.string for message in catalogue if message.id)
        print(f"{language}: {len(catalogue)} texts, {missing} to be translated")


if __name__ == "__main__":
    main()

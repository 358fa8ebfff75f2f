"""What people read, in their language: English is in the code, others are in catalogues (gettext) beside it.

Code says a sentence in English and keeps what it was made of; where it is shown, it is said in the language of who
reads it. A text that stands alone is marked with `N_`, one with values in it is a `Text`.
"""

import gettext
import string
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any, Self

ENGLISH = "en"
LANGUAGES = {ENGLISH: "English", "de": "Deutsch", "es": "Español", "fr": "Français"}
"""By code (ISO 639-1), each by its own name."""

_FOLDER = Path(__file__).with_name("locale")


class Text(str):
    """A sentence with values in it: in English, as a string, and ready to be said in another language.

    Parameters
    ----------
    template : str
        As `str.format` takes it.
    values
        Numbers, names, or other texts.
    """

    __slots__ = ("template", "values")
    template: str
    values: dict[str, Any]

    def __new__(cls, template: str, **values: Any) -> Self:
        """Say it in English."""
        self = super().__new__(cls, template.format(**values))
        self.template, self.values = template, values
        return self

    def __getnewargs_ex__(self) -> tuple[tuple[str], dict[str, Any]]:
        """Say of what another process makes it anew: not of its English, which may hold braces."""
        return (self.template,), self.values


def N_(text: str) -> str:
    """Mark a text for the catalogues; it stays as it is."""
    return text


def listed(texts: Sequence[str]) -> str:
    """Put texts in a row, with commas between them; nothing of none."""
    if not texts:
        return ""
    values = {f"text_{place}": one if isinstance(one, Text) else Text(one) for place, one in enumerate(texts)}
    return Text(", ".join(f"{{{name}}}" for name in values), **values)


def said(text: str, language: str) -> str:
    """Say an English text, or a `Text`, in a language of `LANGUAGES`; what it does not know stays English."""
    find = _catalogue(language).gettext
    if not isinstance(text, Text):
        return find(text) if text else text
    values = {name: said(value, language) if isinstance(value, Text) else value for name, value in text.values.items()}
    return _Formatter(language).vformat(find(text.template), (), values)


def number(value: float, decimals: int, language: str) -> str:
    """Write a number as a language does."""
    return _localized(f"{value:.{decimals}f}", language)


def best_language(wanted: Sequence[str]) -> str:
    """Return the first of the languages wanted that there is, by their tags (RFC 5646), or English."""
    codes = (tag.split("-")[0].split("_")[0].lower() for tag in wanted)
    return next((code for code in codes if code in LANGUAGES), ENGLISH)


def _localized(text: str, language: str) -> str:
    return text if language == ENGLISH else text.replace(".", ",")


class _Formatter(string.Formatter):
    def __init__(self, language: str) -> None:
        self._language = language

    def format_field(self, value: Any, format_spec: str) -> str:
        text = str(super().format_field(value, format_spec))
        return _localized(text, self._language) if isinstance(value, float) else text


@cache
def _catalogue(language: str) -> gettext.NullTranslations:
    return gettext.translation("sqrt", _FOLDER, [language], fallback=language == ENGLISH)

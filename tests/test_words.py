"""What people read, in their language."""

import re
import string

import pytest
from babel.messages.mofile import read_mo

from sqrt.words import ENGLISH, LANGUAGES, Text, best_language, listed, number, said
from tests import catalogue as catalogues

OTHERS = sorted(LANGUAGES.keys() - {ENGLISH})


def test_a_text_is_a_string_in_english():
    text = Text("This file has {size:.1f} MB; at most {limit:.0f}.", size=40.25, limit=32)
    assert text == "This file has 40.2 MB; at most 32."
    assert text.template.startswith("This file has {size")


@pytest.mark.parametrize(
    ("wanted", "language"),
    [
        (["de-CH", "en"], "de"),
        (["pt-BR", "es-419"], "es"),
        (["zh"], "en"),
        ([], "en"),
        (["FR"], "fr"),
        (["en_US", "de"], "en"),
    ],
)
def test_the_first_language_that_there_is_is_taken(wanted, language):
    assert best_language(wanted) == language


def test_numbers_have_the_sign_of_the_language():
    assert {code: number(1.25, 1, code) for code in LANGUAGES} == {"en": "1.2", "de": "1,2", "es": "1,2", "fr": "1,2"}


def test_texts_in_a_row_are_said_one_by_one(german):
    german({"darker": "dunkler", "{count} faces": "{count} Gesichter"})
    row = listed(["darker", Text("{count} faces", count=2)])
    assert row == "darker, 2 faces"
    assert said(row, "de") == "dunkler, 2 Gesichter"
    assert said(listed([]), "de") == ""


# --- The catalogues ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("code", OTHERS)
def test_every_text_is_translated_with_the_values_it_has(code):
    catalogue = catalogues.read(code)
    known = {message.id: message.string for message in catalogue if message.id}
    assert set(known) == catalogues.texts(), "run python -m tests.catalogue"
    for text, translation in known.items():
        assert translation, text
        assert fields(translation) == fields(text)
        assert re.findall(r":material/\w+:", translation) == re.findall(r":material/\w+:", text)


def fields(text):
    """Return the values of a template, each with how it is written."""
    return sorted((name, form) for _, name, form, _ in string.Formatter().parse(text) if name)


@pytest.mark.parametrize("code", OTHERS)
def test_what_is_read_at_run_time_is_the_catalogue(code):
    with catalogues.path_of(code, "mo").open("rb") as file:
        compiled = read_mo(file)
    there, here = (
        {message.id: message.string for message in one if message.id} for one in (compiled, catalogues.read(code))
    )
    assert there == here


@pytest.mark.parametrize("code", OTHERS)
def test_a_text_with_values_is_said_in_the_language(code):
    text = Text("This file has {size:.1f} MB; please use one of at most {limit:.0f} MB.", size=40.25, limit=32.0)
    translated = said(text, code)
    assert translated != text
    assert "40,2" in translated
    assert said(text, "en") == text

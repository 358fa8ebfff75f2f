"""What people read, in their language."""

import pytest

from sqrt.words import LANGUAGES, Text, best_language, number


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

"""Filters choose the rows that they say, and tell what is wrong with them."""

import operator
from datetime import UTC, datetime, timedelta

import numpy as np
import pyarrow as pa
import pyarrow.dataset as ds
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sqrt.archiving import schema
from sqrt.archiving.filters import MAX_DEPTH, MAX_LENGTH, FilterError, columns, expression

COLUMNS = schema.schema()
START = datetime(2026, 1, 1, tzinfo=UTC)
SIGNS = {
    "=": operator.eq,
    "==": operator.eq,
    "!=": operator.ne,
    "<>": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}
SCORES = st.sampled_from([0.0, 0.1, 33.3, 80.3, 99.99, 100.0])
WORDS = st.sampled_from(["", "a", "b'c", 'd"e', "and", "it's; --", "ä", "null"])

rows = st.fixed_dictionaries(
    {
        "address": WORDS,
        "bytes": st.none() | st.integers(0, 5) | st.just(2**40),
        "rated_at": st.integers(0, 5).map(lambda days: START + timedelta(days=days)),
        "version": st.just(""),
        "refused": st.none() | WORDS,
        "faces": st.none() | st.integers(0, 5),
        "overall": st.none() | SCORES,
        "sharpness": st.none() | SCORES,
    }
)


def chosen(text: str, found: list[dict]) -> list[int]:
    """Return the places of the rows that a filter chooses."""
    table = schema.table(found).append_column("place", pa.array(range(len(found))))
    return ds.dataset(table).to_table(columns=["place"], filter=expression(text, COLUMNS))["place"].to_pylist()


# --- A filter as text, and what it means in Python -----------------------------------------------------------------


def single(value):
    return None if value is None else float(np.float32(value))


def column(name):
    rounded = single if name in ("overall", "sharpness") else (lambda value: value)
    return name, lambda row: rounded(row[name])


def quoted(text):
    return "'" + text.replace("'", "''") + "'", lambda _: text


def comparison(left, sign, right):
    def holds(row):
        one, other = left[1](row), right[1](row)
        return None if one is None or other is None else SIGNS[sign](one, other)

    return f"{left[0]} {sign} {right[0]}", holds


def among(name, values, negated):
    def holds(row):
        value = column(name)[1](row)
        return None if value is None else (value in [one[1](row) for one in values]) != negated

    return f"{name} {'NOT in' if negated else 'In'} ({', '.join(one[0] for one in values)})", holds


def is_null(name, negated):
    return f"{name} IS {'Not ' if negated else ''}NULL", lambda row: (row[name] is None) != negated


def negation(inner):
    def holds(row):
        value = inner[1](row)
        return None if value is None else not value

    return f"not ({inner[0]})", holds


def both(one, other):
    def holds(row):
        values = one[1](row), other[1](row)
        return False if False in values else None if None in values else True

    return f"({one[0]}) and {other[0]}" if " or " in one[0] else f"{one[0]} and ({other[0]})", holds


def either(one, other):
    def holds(row):
        values = one[1](row), other[1](row)
        return True if True in values else None if None in values else False

    return f"{one[0]} or {other[0]}", holds


whole = st.integers(-1, 5).map(lambda value: (str(value), lambda _: value))
points = SCORES.map(lambda value: (str(value), lambda _: single(value)))
days = st.integers(0, 5).map(lambda day: START + timedelta(days=day))
times = days.map(lambda day: (f"'{day:%Y-%m-%d}'", lambda _: day))
sign = st.sampled_from([*SIGNS])
scored = st.sampled_from(["overall", "sharpness"])
counted = st.sampled_from(["faces", "bytes"])
leaf = st.one_of(
    st.builds(comparison, counted.map(column), sign, whole),
    st.builds(comparison, whole, sign, counted.map(column)),
    st.builds(comparison, scored.map(column), sign, points),
    st.builds(comparison, scored.map(column), sign, st.sampled_from(["faces", "overall", "bytes"]).map(column)),
    st.builds(comparison, st.sampled_from(["address", "refused"]).map(column), sign, WORDS.map(quoted)),
    st.builds(comparison, st.just(column("rated_at")), sign, times),
    st.builds(among, counted, st.lists(whole, min_size=1, max_size=3), st.booleans()),
    st.builds(among, scored, st.lists(points, min_size=1, max_size=3), st.booleans()),
    st.builds(among, st.just("refused"), st.lists(WORDS.map(quoted), min_size=1, max_size=3), st.booleans()),
    st.builds(is_null, st.sampled_from(["faces", "refused", "overall", "width"]), st.booleans()),
)
filters = st.recursive(
    leaf,
    lambda inner: st.one_of(
        st.builds(negation, inner),
        st.builds(both, inner, leaf),
        st.builds(both, leaf, inner),
        st.builds(either, inner, inner),
    ),
    max_leaves=6,
)


@given(found=st.lists(rows, max_size=12), filtered=filters)
def test_a_filter_chooses_what_python_would(found, filtered):
    text, holds = filtered
    found = [{"width": None, **row} for row in found]
    assert chosen(text, found) == [place for place, row in enumerate(found) if holds(row) is True]


@given(text=st.text(st.sampled_from("facesovrl =<>!()'\"0123.,-andornotiul\n;*\\é")) | st.text())
def test_any_text_is_a_filter_or_one_sentence(text):
    told = ""
    try:
        expression(text, COLUMNS)
    except FilterError as error:
        told = error.user_message
    assert not told or told.startswith("The filter")


def test_a_score_is_equal_to_what_is_printed_of_it():
    found = [{"address": "a", "rated_at": START, "version": "", "overall": 80.3}]
    assert chosen("overall = 80.3 and overall in (1, 80.3) and not overall > 80.3", found) == [0]


def test_and_binds_more_than_or():
    found = [{"address": "a", "rated_at": START, "version": "", "faces": 1, "overall": 10.0}]
    assert chosen("faces = 1 or faces = 2 and overall > 50", found) == [0]
    assert chosen("(faces = 1 or faces = 2) and overall > 50", found) == []


def test_a_time_may_name_its_zone():
    found = [{"address": "a", "rated_at": START, "version": ""}]
    assert chosen("rated_at = '2026-01-01T02:00+02:00'", found) == [0]
    assert chosen("rated_at < '2026-01-01T00:00+02:00'", found) == []


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", "The filter, at character 1: expected a column or a value, found the end."),
        ("faces = ", "The filter, at character 9: expected a column or a value, found the end."),
        ("faces = 1 faces", "The filter, at character 11: expected and, or, or the end, found faces."),
        ("overall > 'x'", "The filter, at character 11: overall is a number, and 'x' is a text."),
        ("rated_at > 5", "The filter, at character 12: rated_at is a time, and 5 is a number."),
        ("1 = 2", "The filter, at character 5: expected a column, as the other is none, found 2."),
        ("1 is null", "The filter, at character 1: 1 is no column; there are "),
        ("faces = 1 and (overall > 2", "The filter, at character 27: expected ), found the end."),
        ("rated_at > 'abc'", "The filter, at character 12: expected a time such as '2026-01-31' or "),
        ("rated_at > '0001-01-01T00:00+14:00'", "The filter, at character 12: expected a time such as "),
        ("address = 'x", "The filter, at character 11: a quote begins here that does not end."),
        ("faces ; 1", "The filter, at character 7: expected a column, a value or a comparison, found ;."),
        ("faces in 1", "The filter, at character 10: expected (, found 1."),
        ("faces is 3", "The filter, at character 10: expected null, found 3."),
        ("faces = null", "The filter, at character 9: expected a column or a value, found null."),
        ("0 < faces < 3", "The filter, at character 11: expected and, or, or the end, found <."),
        (f"{'(' * (MAX_DEPTH + 1)}faces = 1", f"The filter, at character {MAX_DEPTH + 1}: more than {MAX_DEPTH} "),
        (" " * (MAX_LENGTH + 1), f"The filter is longer than {MAX_LENGTH} characters."),
        (f"{'a' * 99} = 1", f"The filter, at character 1: {'a' * 40}... is no column; there are address, bytes, "),
    ],
)
def test_what_is_wrong_is_one_sentence_that_says_where(text, sentence):
    with pytest.raises(FilterError) as error:
        expression(text, COLUMNS)
    assert error.value.user_message.startswith(sentence)
    assert error.value.user_message.endswith(".")


def test_a_wrong_name_is_told_with_those_that_there_are():
    with pytest.raises(FilterError) as error:
        expression("faces = 1 and sharpnes > 3 and advice = 'sharpness'", COLUMNS)
    told = error.value.user_message
    assert told.startswith("The filter, at character 15: sharpnes is no column; there are address, ")
    assert "sharpness_native" in told
    assert all(f" {name}" in told for name in columns(COLUMNS) if not name.endswith("_native"))
    assert "advice" not in told


@pytest.mark.parametrize(
    "text", [" or ".join(["faces=1"] * 90), "not " * 200 + "faces = 1", f"faces in ({'1,' * 400}1)"]
)
def test_the_longest_are_read(text):
    found = [{"address": "a", "rated_at": START, "version": "", "faces": 1}]
    assert chosen(text, found) == [0]

"""What a person asks of an archive's rows, such as ``faces = 1 and overall > 80``, as an expression of Arrow's.

A small language of its own, read by a parser of its own; nothing of a text is ever run. A comparison with what is not
there (null) is neither true nor false, as in SQL; rows for which the whole is true are chosen.
"""

import operator
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import reduce
from typing import NamedTuple, NoReturn

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from sqrt.archiving.schema import native
from sqrt.errors import SqrtError
from sqrt.words import N_, Text, listed

MAX_LENGTH = 1000
"""Characters of a filter at most: on a page it comes from a visitor."""
MAX_DEPTH = 20
"""Parentheses within each other at most."""
_QUOTED = 40  # characters of what was found are told at most

_TOKEN = re.compile(
    r"""(?P<number>-?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?)
    |(?P<text>'(?:[^']|'')*'|"(?:[^"]|"")*")
    |(?P<word>[A-Za-z_][A-Za-z0-9_]*)
    |(?P<sign><=|>=|<>|!=|==|[=<>(),])""",
    re.VERBOSE,
)
_COMPARISONS: dict[str, Callable[[pc.Expression, pc.Expression], pc.Expression]] = {
    "=": operator.eq,
    "==": operator.eq,
    "!=": operator.ne,
    "<>": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}
_NUMBER, _TEXT, _TIME = Text("a number"), Text("a text"), Text("a time")
_KEYWORDS = {"and", "or", "not", "in", "is", "null"}


class FilterError(SqrtError):
    """A filter cannot be read; the message says where, and what there is."""

    user_message = N_("The filter cannot be read.")


def expression(text: str, schema: pa.Schema) -> pc.Expression:
    """Read a filter over the columns of a schema that are numbers, texts or times.

    ``= == != <> < <= > >=`` compare a column with another or with a number, a text in quotes, or of times one such as
    '2026-01-31' (UTC unless it names a zone); ``in (..., ...)``, ``is null`` and ``is not null`` ask of a column;
    ``and``, ``or``, ``not`` and parentheses put these together. Words may have any case.

    Numbers are compared as doubles; one beside a column of single precision is first rounded to that, so that a score
    is equal to what is printed of it.

    Raises FilterError, a sentence that says at which character, for anything else.
    """
    return _Parser(text, schema).whole()


def columns(schema: pa.Schema) -> list[str]:
    """Return the names that a filter may ask for."""
    return [field.name for field in schema if _kind(field.type)]


def _kind(of: pa.DataType) -> str | None:
    if pa.types.is_integer(of) or pa.types.is_floating(of):
        return _NUMBER
    if pa.types.is_timestamp(of):
        return _TIME
    return _TEXT if pa.types.is_string(of) else None


class _Token(NamedTuple):
    kind: str  # number, text, word, sign, or end
    text: str
    place: int  # of its first character, from 1

    @property
    def word(self) -> str:
        """The word or sign in lower case; nothing of a text in quotes."""
        return self.text.lower() if self.kind in ("word", "sign") else ""

    @property
    def told(self) -> str:
        """As a message quotes it."""
        shown = self.text if len(self.text) <= _QUOTED else f"{self.text[:_QUOTED]}..."
        return Text("the end") if self.kind == "end" else shown


@dataclass(frozen=True)
class _Operand:
    """A column (`type` is its type) or a literal (`value` is its value)."""

    token: _Token
    kind: str
    type: pa.DataType | None = None
    value: float | str | datetime | None = None


class _Parser:
    def __init__(self, text: str, schema: pa.Schema) -> None:
        if len(text) > MAX_LENGTH:
            message = Text("The filter is longer than {most} characters.", most=MAX_LENGTH)
            raise FilterError(f"{len(text)} characters, limit {MAX_LENGTH}", message)
        self._schema = schema
        self._tokens = _tokens(text)
        self._at = 0
        self._depth = 0

    def whole(self) -> pc.Expression:
        found = self._any_of()
        if self._next.kind != "end":
            _unexpected(self._next, Text("and, or, or the end"))
        return found

    @property
    def _next(self) -> _Token:
        return self._tokens[self._at]

    def _take(self, *words: str) -> str:
        """Go past the next token if it is one of these words, and return it."""
        if (word := self._next.word) in words:
            self._at += 1
            return word
        return ""

    def _demand(self, word: str) -> None:
        if not self._take(word):
            _unexpected(self._next, word)

    def _any_of(self) -> pc.Expression:
        found = self._all_of()
        while self._take("or"):
            found = found | self._all_of()
        return found

    def _all_of(self) -> pc.Expression:
        found = self._one()
        while self._take("and"):
            found = found & self._one()
        return found

    def _one(self) -> pc.Expression:
        negated = False
        while self._take("not"):
            negated = not negated
        found = self._in_parentheses() if self._next.word == "(" else self._comparison()
        return ~found if negated else found

    def _in_parentheses(self) -> pc.Expression:
        if self._depth == MAX_DEPTH:
            problem = Text("more than {most} parentheses are within each other.", most=MAX_DEPTH)
            _refuse(self._next, problem)
        self._depth += 1
        self._demand("(")
        found = self._any_of()
        self._demand(")")
        self._depth -= 1
        return found

    def _comparison(self) -> pc.Expression:
        left = self._operand()
        if self._take("is"):
            negated = self._take("not")
            self._demand("null")
            there = self._column(left).is_valid()
            return there if negated else ~there
        negated = self._take("not")
        if negated or self._next.word == "in":
            self._demand("in")
            found = self._among(left)
            return ~found if negated else found
        if not (sign := self._take(*_COMPARISONS)):
            _unexpected(self._next, Text("a comparison such as = or >, in, or is"))
        return _compared(left, sign, self._operand())

    def _among(self, left: _Operand) -> pc.Expression:
        self._column(left)
        self._demand("(")
        found = [_compared(left, "=", self._operand())]
        while self._take(","):
            found.append(_compared(left, "=", self._operand()))
        self._demand(")")
        return reduce(operator.or_, found)

    def _column(self, operand: _Operand) -> pc.Expression:
        if operand.type is None:
            _refuse(operand.token, self._no_column(operand.token))
        return pc.field(operand.token.word)

    def _no_column(self, token: _Token) -> str:
        names = listed([name for name in columns(self._schema) if not name.endswith(native(""))])
        return Text(
            "{found} is no column; there are {names}; of metrics also what was measured, such as {native}.",
            found=token.told,
            names=names,
            native=native("sharpness"),
        )

    def _operand(self) -> _Operand:
        token = self._next
        self._at += token.kind != "end"
        if token.kind == "number":
            return _Operand(token, _NUMBER, value=float(token.text))
        if token.kind == "text":
            quote = token.text[0]
            return _Operand(token, _TEXT, value=token.text[1:-1].replace(quote * 2, quote))
        if token.kind != "word" or token.word in _KEYWORDS:
            _unexpected(token, Text("a column or a value"))
        if token.word not in columns(self._schema):
            _refuse(token, self._no_column(token))
        type_ = self._schema.field(token.word).type
        return _Operand(token, _kind(type_) or "", type_)


def _tokens(text: str) -> Sequence[_Token]:
    found, at = [], 0
    while at < len(text):
        if text[at].isspace():
            at += 1
        elif match := _TOKEN.match(text, at):
            found.append(_Token(match.lastgroup or "", match[0], at + 1))
            at = match.end()
        elif text[at] in "'\"":
            _refuse(_Token("sign", text[at:], at + 1), Text("a quote begins here that does not end."))
        else:
            _unexpected(_Token("sign", text[at], at + 1), Text("a column, a value or a comparison"))
    return [*found, _Token("end", "", len(text) + 1)]


def _compared(left: _Operand, sign: str, right: _Operand) -> pc.Expression:
    if left.type is None and right.type is None:
        _unexpected(right.token, Text("a column, as the other is none"))
    if left.kind != right.kind and not _read_as_time(left, right):
        found = {"left": left.token.told, "kind": left.kind, "right": right.token.told, "other": right.kind}
        _refuse(right.token, Text("{left} is {kind}, and {right} is {other}.", **found))
    return _COMPARISONS[sign](_side(left, right), _side(right, left))


def _read_as_time(*pair: _Operand) -> bool:
    """Whether one is a column of times and the other a literal text."""
    return any(
        one.type is not None and pa.types.is_timestamp(one.type) and isinstance(other.value, str)
        for one, other in (pair, pair[::-1])
    )


def _side(operand: _Operand, other: _Operand) -> pc.Expression:
    """Return what stands on one side of a comparison with another operand."""
    if operand.type is not None:
        column = pc.field(operand.token.word)
        return column.cast(pa.float64(), safe=False) if operand.kind == _NUMBER else column
    if other.type is not None and pa.types.is_timestamp(other.type):
        return pc.scalar(pa.scalar(_time(operand), other.type))
    if isinstance(operand.value, float) and other.type == pa.float32():
        with np.errstate(over="ignore"):  # beyond all: infinite
            return pc.scalar(float(np.float32(operand.value)))
    return pc.scalar(operand.value)


def _time(operand: _Operand) -> datetime:
    try:
        found = datetime.fromisoformat(str(operand.value))
        return (found if found.tzinfo else found.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, OverflowError):
        _unexpected(operand.token, Text("a time such as '2026-01-31' or '2026-01-31T12:00'"))


def _unexpected(token: _Token, wanted: str) -> NoReturn:
    _refuse(token, Text("expected {wanted}, found {found}.", found=token.told, wanted=wanted))


def _refuse(token: _Token, problem: str) -> NoReturn:
    message = Text("The filter, at character {place}: {problem}", place=token.place, problem=problem)
    raise FilterError(str(message), message)

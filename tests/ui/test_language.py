"""The page speaks the visitor's language: all that it says is in the catalogues, and the switch changes it."""

import ast
import gettext
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from sqrt import words
from tests.app.test_photos import jpeg

ROOT = Path(__file__).parents[2]
FILES = sorted((ROOT / "sqrt" / "ui").glob("*.py"))
NAMES = {"SQRT · Selfie Quality Rater", "Selfie Quality Rater", "faces = 1 and sharpness > 60"}
"""Said as they are in every language."""

# Of a call that draws: what is no text.
NO_TEXT = {"key", "icon", "type", "width", "label_visibility", "vertical_alignment", "gap", "persist_state", "layout"}
NO_TEXT |= {"on_click", "on_change", "color", "mime", "file_name", "initial_sidebar_state", "url_path", "chart_type"}
NO_TEXT |= {"selection_mode", "position", "divider", "default", "field", "mark", "format", "aggregate", "view"}
DRAWS = {name for name in dir(st) if not name.startswith("_")} - {"get_option", "set_option"}
MARKUP = re.compile(r"^display: .*|:material/\w+:|:[\w-]+\[|:\w+:|</?\w[^>]*>?|&\w+;|image/jpeg")
WORD = re.compile(r"[^\W\d_]{2,}")


def texts(tree: ast.Module) -> Iterator[str]:
    """Yield the words that a page's module draws past the catalogues, each with its line."""
    given: dict[str, list[ast.expr]] = {}  # to each name
    for node in ast.walk(tree):
        if isinstance(node, ast.Assign):
            for target in node.targets:
                if isinstance(target, ast.Name):
                    given.setdefault(target.id, []).append(node.value)
    for call in (node for node in ast.walk(tree) if isinstance(node, ast.Call) and draws(node)):
        said_by_form = any(one.arg == "format_func" for one in call.keywords)  # the options of a choice are
        named = [one.value for one in call.keywords if one.arg not in NO_TEXT]
        for argument in [*(call.args[:1] if said_by_form else call.args), *named]:
            for line, text in spoken(argument, given):
                if WORD.search(MARKUP.sub("", text)) and text not in NAMES:
                    yield f"{line}: {text}"


def draws(call: ast.Call) -> bool:
    """Say whether it is a call of Streamlit, of a container, of a component, or of a function that draws."""
    match call.func:
        case ast.Attribute(value=ast.Name(id="_log")):
            return False
        case ast.Attribute(attr=name):
            return name in DRAWS
        case ast.Name(id=name):
            return name.lstrip("_").startswith(("show_", "offer_")) or any(one.arg == "data" for one in call.keywords)
    return False


def spoken(node: ast.AST, given: dict[str, list[ast.expr]]) -> Iterator[tuple[int, str]]:
    """Yield the texts of an expression, with those of what its names were given, and where they stand."""
    match node:
        case ast.Constant(value=str(text)):
            yield node.lineno, text
        case ast.JoinedStr(values=parts):
            constant = [part.value if isinstance(part, ast.Constant) else "{}" for part in parts]
            yield node.lineno, "".join(constant)
            for part in parts:
                if isinstance(part, ast.FormattedValue):
                    yield from spoken(part.value, given)
        case ast.Name(id=name) if name in given:
            rest = {other: values for other, values in given.items() if other != name}
            for value in given[name]:
                yield from spoken(value, rest)
        case ast.IfExp(body=one, orelse=other):
            yield from spoken(one, given)
            yield from spoken(other, given)
        case ast.Lambda(body=body):
            yield from spoken(body, given)
        case ast.BinOp(left=left, right=right):
            yield from spoken(left, given)
            yield from spoken(right, given)
        case ast.Dict(keys=keys, values=parts):
            for key, part in zip(keys, parts, strict=True):
                if not (isinstance(key, ast.Constant) and key.value in NO_TEXT):
                    yield from spoken(part, given)
        case ast.Call(func=ast.Attribute(value=text, attr="join" | "format" | "lower" | "replace"), args=parts):
            for part in [text, *parts]:
                yield from spoken(part, given)
        case ast.List(elts=parts) | ast.Tuple(elts=parts):
            for part in parts:
                yield from spoken(part, given)


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_all_that_is_drawn_is_in_the_catalogues(path):
    assert [*texts(ast.parse(path.read_bytes()))] == []


@pytest.mark.parametrize(
    "code",
    [
        "st.markdown('Hello')",
        "st.markdown(f':green[:material/favorite:] Hello {name}')",
        "words = 'Hello'\nwith column:\n    column.button(words if words else '', key='a')",
        "st.pills('', [1, 2], format_func=lambda one: f'{one} hello')",
        "st.button(_('Hello'), help='hello')",
        "_show_course('Hello', unit)",
        "st.selectbox(_('Hello'), ['hello', _('hello')])",
        "st.markdown('**' + 'hello' + '**')",
        "st.markdown(' and '.join(words))",
        "show_chart({'type': 'line', 'title': 'Hello'}, '')",
        "_component(key='a', data={'facing': facing, 'words': {'hello': 'Hello'}})",
    ],
)
def test_a_text_past_the_catalogues_would_be_seen(code):
    assert len([*texts(ast.parse(code))]) == 1


@pytest.mark.parametrize(
    "code",
    [
        "st.markdown(_('Hello'))",
        "st.markdown(f'**{_(metric.label)}**{gain}  \\n:small[{_(text)}]', help=_(HELP))",
        "st.button(_('Hello'), icon=':material/x:', key='hello', width='stretch')",
        "HELP = N_('Hello')\nst.button(_(HELP), help=_(HELP))",
    ],
)
def test_what_is_in_the_catalogues_is_let_be(code):
    assert [*texts(ast.parse(code))] == []


# --- The switch ----------------------------------------------------------------------------------------------------

GERMAN = {
    "Or try one of these": "Oder eins hiervon",
    "Work": "Arbeit",
    "Cascades": "Kaskaden",
    "Camera": "Kamera",
    "This file is empty.": "Diese Datei ist leer.",
    "The photo before it is still here.": "Das Foto davor ist noch da.",
    "Photo quality: {score:.0f} of 100, {word}": "Fotoqualität: {score:.0f} von 100, {word}",
    "Good": "Gut",
}


class Catalogue(gettext.NullTranslations):
    def gettext(self, message: str) -> str:
        return GERMAN.get(message, message)


@pytest.fixture
def app(model_path, monkeypatch) -> AppTest:
    """The dashboard, whose German is the one above."""
    monkeypatch.setenv("FACE_MODEL_PATH", str(model_path))
    monkeypatch.chdir(ROOT)
    catalogues = {"de": Catalogue()}
    monkeypatch.setattr(words, "_catalogue", lambda code: catalogues.get(code, gettext.NullTranslations()))
    return AppTest.from_file(str(ROOT / "streamlit_app.py"), default_timeout=60)


def switch(app: AppTest, code: str) -> None:
    app.sidebar.selectbox(key="language").set_value(code).run()
    assert not app.exception


def headings(app: AppTest) -> list[str]:
    return [heading.value for heading in app.header]


def test_the_page_speaks_the_language_of_the_browser_until_another_is_chosen(app):
    app.context = {"locale": "de-CH"}
    app.run()
    assert app.sidebar.selectbox(key="language").value == "de"
    assert "Oder eins hiervon" in headings(app)
    switch(app, "en")
    assert "Or try one of these" in headings(app)
    app.run()
    assert "Or try one of these" in headings(app)


def test_what_a_visitor_has_chosen_outlasts_the_switch(app):
    app.run()
    app.sidebar.selectbox(key="knob_face_engine").set_value("cascade").run()
    app.segmented_control(key="source").set_value("Camera").run()
    switch(app, "de")
    assert app.sidebar.selectbox(key="knob_face_engine").value == "cascade"
    assert "Kaskaden" in app.sidebar.selectbox(key="knob_face_engine").options
    assert app.segmented_control(key="source").value == "Camera"


def test_a_rated_photo_and_a_refusal_are_said_anew(app, astronaut):
    app.run().file_uploader[0].set_value(("selfie.jpg", jpeg(astronaut), "image/jpeg")).run()
    app.selectbox(key="purpose").set_value("work").run()
    before, rated = rings(app), app.session_state["desk"].rated
    app.file_uploader[0].set_value(("empty.jpg", b"", "image/jpeg")).run()
    assert [error.value for error in app.error] == ["This file is empty. The photo before it is still here."]
    switch(app, "de")
    assert [error.value for error in app.error] == ["Diese Datei ist leer. Das Foto davor ist noch da."]
    assert app.selectbox(key="purpose").value == "work"
    assert "For: Arbeit" in app.selectbox(key="purpose").options
    assert app.session_state["desk"].rated is rated  # rated once
    assert rings(app) == [one.replace("Photo quality", "Fotoqualität").replace(" of ", " von ") for one in before]


def rings(app: AppTest) -> list[str]:
    """Return what the scores say to who cannot see them."""
    return [found[1] for html in app.get("html") if (found := re.search('aria-label="(.+?),', html.proto.body))]

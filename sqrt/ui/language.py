"""The language in which a visitor reads the page: the browser's, until another is chosen."""

import streamlit as st
from streamlit.runtime.scriptrunner import get_script_run_ctx

from sqrt.words import ENGLISH, LANGUAGES, Text, best_language, said

_KEY = "language"


def language() -> str:
    """Return the code of the language of the page that is being drawn, and English where none is."""
    if get_script_run_ctx(suppress_warning=True) is None:
        return ENGLISH
    chosen: str | None = st.session_state.get(_KEY)
    return chosen or best_language([st.context.locale or ""])


def _(text: str, **values: object) -> str:
    """Say an English text in the visitor's language: as it stands, with values in it, or a `Text`."""
    return said(Text(text, **values) if values else text, language())


def choose_language() -> None:
    """Draw the switch."""
    codes = list(LANGUAGES)
    st.selectbox(
        _("Language"),
        codes,
        index=codes.index(language()),
        format_func=LANGUAGES.__getitem__,
        key=_KEY,
        persist_state="session",
    )

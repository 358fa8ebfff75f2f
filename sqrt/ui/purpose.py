"""What the photos are for: asked for on each page, and the rules of a document, kept and broken."""

from collections.abc import Sequence

import streamlit as st

from sqrt.choosing.shots import Shot
from sqrt.rating import PURPOSES, Rating, Rule
from sqrt.rating.id_rules import NOTICE, UNEDITED
from sqrt.settings import Settings
from sqrt.ui.language import _
from sqrt.words import N_

_HELP = N_("Scores and advice are for that. A document has rules of its own, which are then checked one by one.")
_MARKS = {
    True: ":green[:material/check_circle:]",
    False: ":red[:material/cancel:]",
    None: ":gray[:material/help:]",
}


def choose_purpose(settings: Settings, *, labelled: bool = True) -> Settings:
    """Ask what the photos are for; return the settings with what was chosen, on this page or on another.

    Without a label the choice says it itself; the question is then there for those alone who cannot see.
    """
    keys = list(PURPOSES)
    chosen = st.selectbox(
        _("What is it for?"),
        keys,
        index=keys.index(settings.purpose),
        format_func=_named if labelled else _named_alone,
        key="purpose",
        persist_state="session",
        width=280 if labelled else 220,
        help=_(_HELP) if labelled else None,
        label_visibility="visible" if labelled else "collapsed",
    )
    return settings.model_copy(update={"purpose": chosen})


def _named(key: str) -> str:
    return _(PURPOSES[key].label)


def _named_alone(key: str) -> str:
    return _("For: {purpose}", purpose=_(PURPOSES[key].label))


def held_to(settings: Settings, shots: Sequence[Shot]) -> Settings:
    """Return the settings with the purpose of the shots that are there already; say so where another was chosen."""
    if not shots or (purpose := shots[0].rating.purpose).key == settings.purpose:
        return settings
    st.info(
        _(
            "These photos are rated for: {purpose}. Start over to rate them for something else.",
            purpose=_(purpose.label),
        ),
        icon=":material/info:",
    )
    return settings.model_copy(update={"purpose": purpose.key})


def show_rules(rating: Rating) -> None:
    """Draw the rules of a photo for a document, those that it breaks first; nothing for any other purpose."""
    if not rating.rules:
        return
    kept = [rule for rule in rating.rules if rule.passed]
    broken = [rule for rule in rating.rules if rule.passed is False]
    unknown = [rule for rule in rating.rules if rule.passed is None]
    st.header(_("Rules for ID documents"), anchor=False)
    counted = _("{count} of {total} rules are kept.", count=len(kept), total=len(rating.rules))
    st.markdown(f"{counted} {_(NOTICE)} {_(UNEDITED)}")
    left, right = st.columns(2, gap="large")
    with left:
        st.subheader(_("To change"), anchor=False)
        if not broken:
            st.success(_("Nothing that was measured breaks a rule."), icon=":material/check_circle:")
        _list(broken)
        if unknown:
            st.subheader(_("Not measured"), anchor=False)
            _list(unknown)
    with right:
        st.subheader(_("Kept"), anchor=False)
        _list(kept)


def _list(rules: Sequence[Rule]) -> None:
    for rule in rules:
        st.markdown(f"{_MARKS[rule.passed]} **{_(rule.asks)}**  \n:small[{_(rule.measured)}]")

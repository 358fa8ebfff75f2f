"""A photo made better: before and after, the steps with a switch each, and the file to keep."""

from collections.abc import Iterable
from datetime import datetime

import streamlit as st

from sqrt.improving import Fix, Repair, Step, edited
from sqrt.rating import GOOD, WAIT_S
from sqrt.showing.reports import download_name
from sqrt.ui.before_after import before_after
from sqrt.ui.language import _
from sqrt.ui.pictures import screen_sized
from sqrt.ui.rated import Rated
from sqrt.words import N_

_STEPS = {
    Repair.LEVEL: N_("Straighten it"),
    Repair.CROP: N_("Crop it"),
    Repair.DENOISE: N_("Take out the grain"),
    Repair.WHITE_BALANCE: N_("Get the colours right"),
    Repair.BACKLIGHT: N_("Light up the face"),
    Repair.EXPOSURE: N_("Get the brightness right"),
    Repair.CONTRAST: N_("Give it more contrast"),
}


@st.fragment
def show_better(rated: Rated) -> None:
    """Draw what makes a photo better, with switches; finds it when it is first drawn, and after each switch."""
    st.header(_("Make it better"), anchor=False)
    if not rated.fixable:
        st.caption(_("This photo has too many pixels to be edited here."))
        return
    switches = {repair: f"{repair} of {rated.number}" for repair in Repair}
    off = [repair for repair, key in switches.items() if not st.session_state.get(key, True)]
    with st.spinner(_("Trying out what would make it better")):
        found = rated.fix([repair for repair in Repair if repair not in off])
    if found is None and not off:
        if rated.rating.overall >= GOOD:
            verdict = _("It needs no editing: nothing would make it clearly better.")
            st.markdown(f":green[:material/check_circle:] {verdict}")
        else:
            verdict = _("Editing would not help much here: better take it again.")
            st.markdown(f":material/photo_camera: {verdict}")
        return
    seen, steps = st.columns([3, 2], gap="small")
    with steps:
        _show_gain(rated, found)
        _show_switches(switches, rated.rating.overall, found.steps if found else [], off)
        if found:
            _offer(rated, found)
    with seen:
        before = screen_sized(rated.photo.pixels)
        before_after(before, found.photo.pixels if found else before, f"before and after of {rated.number}")


def _show_gain(rated: Rated, found: Fix | None) -> None:
    before = rated.rating.overall
    if found is None:
        st.subheader(f"{before:.0f}", anchor=False)
        st.caption(_("With these steps left out nothing is changed."))
        return
    st.subheader(_("From {before:.0f} to {after:.0f}", before=before, after=found.rating.overall), anchor=False)


def shown_gains(before: float, steps: Iterable[Step]) -> dict[Repair, int]:
    """Return the whole points of each step, so that they add up to the difference of the two scores as shown."""
    gains = {}
    for step in steps:
        gains[step.name] = round(before + step.gain) - round(before)
        before += step.gain
    return gains


def _show_switches(switches: dict[Repair, str], before: float, steps: Iterable[Step], off: Iterable[Repair]) -> None:
    gains = shown_gains(before, steps)
    for repair, key in switches.items():
        if repair in gains or repair in off:
            gain = f" :green-badge[+{gains[repair]}]" if repair in gains else ""
            st.toggle(f"{_(_STEPS[repair])}{gain}", value=True, key=key, persist_state="session")


def _offer(rated: Rated, found: Fix) -> None:
    nowhere = rated.rating.has_gps and st.toggle(
        _("Leave out where it was taken"), value=True, key=f"nowhere of {rated.number}", persist_state="session"
    )
    st.download_button(
        _("Save the better photo"),
        lambda: _file(rated, found, location=not nowhere),  # made when asked for
        download_name("jpg", datetime.now()),
        "image/jpeg",
        icon=":material/download:",
        help=_("All its pixels, edited. Skin and shapes stay as they are; nothing is invented."),
        on_click="ignore",
    )


def _file(rated: Rated, found: Fix, *, location: bool) -> bytes:
    # In line with the ratings: it takes as much memory as they do.
    with rated.engine.borrowed(WAIT_S):
        return edited(rated.data, found, rated.engine, location=location)

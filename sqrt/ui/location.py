"""A photo without where it was taken."""

from datetime import datetime
from pathlib import Path

import streamlit as st

from sqrt.errors import LocationError
from sqrt.reading import EXTENSIONS
from sqrt.reading.location import without_location
from sqrt.showing.reports import download_name
from sqrt.ui.language import _
from sqrt.ui.rated import Rated


def offer_without_location(rated: Rated) -> None:
    """Draw, where a photo's file tells where it was taken, how to save it as it is, but without that."""
    if not rated.rating.has_gps:
        return
    tells = _("This photo tells where it was taken.")
    if not rated.location_goes:
        st.warning(f"{tells} {_(LocationError.user_message)}", icon=":material/location_on:")
        return
    st.caption(tells, width="content")
    suffix = Path(rated.name).suffix.lstrip(".").lower()
    st.download_button(
        _("Save without location"),
        lambda: without_location(rated.data),
        download_name(suffix if suffix in EXTENSIONS else rated.photo.format.lower(), datetime.now()),
        icon=":material/location_off:",
        help=_("The same file, every pixel too, but without the place."),
        on_click="ignore",
    )

"""A photo before and after, in the browser: one over the other, with a line to drag between them."""

from pathlib import Path

import streamlit as st

from sqrt.reading import Pixels, to_jpeg
from sqrt.ui.language import _
from sqrt.ui.pictures import address_of_picture


def _part(suffix: str) -> str:
    return Path(__file__).with_suffix(suffix).read_text(encoding="utf-8")


_slider = st.components.v2.component("sqrt_before_after", html=_part(".html"), css=_part(".css"), js=_part(".js"))


def before_after(before: Pixels, after: Pixels, key: str) -> None:
    """Draw two HxWx3 sRGB pictures; the second may show another part, in other proportions."""
    _slider(
        key=key,
        data={
            "before": address_of_picture(to_jpeg(before, quality=88), f"{key} before"),
            "after": address_of_picture(to_jpeg(after, quality=88), f"{key} after"),
            "before_tag": _("Before"),
            "after_tag": _("After"),
            "before_alt": _("Your photo as it is"),
            "after_alt": _("Your photo made better"),
            "how": _("How much of the picture shows the photo as it is"),
        },
    )

"""Pictures that the page's own components show."""

from streamlit.runtime import Runtime

from sqrt.faces.crop import reduced
from sqrt.metrics.analysis import VIEW_SIDE
from sqrt.reading import Pixels


def address_of_picture(jpeg: bytes, use: str) -> str:
    """Return where the browser finds a picture, as seen from the page, wherever that is served.

    `use` tells the places of a page apart: another picture for the same one lets the one before go.
    """
    return Runtime.instance().media_file_mgr.add(jpeg, "image/jpeg", use).removeprefix("/")


def screen_sized(pixels: Pixels) -> Pixels:
    """Return a picture no larger than a screen shows it."""
    return reduced(pixels, VIEW_SIDE)

"""The font of what is written on the live picture."""

from functools import cache, lru_cache
from pathlib import Path

import streamlit
from PIL import ImageFont
from PIL.ImageFont import FreeTypeFont

_NAME = "static/static/media/SourceSansVF-Upright*.woff2"


@lru_cache(maxsize=8)  # it takes 4 ms to read, and most lines are of one size
def font(size: float) -> FreeTypeFont:
    """Return the page's own font, for lines of so many pixels."""
    made = ImageFont.truetype(_file(), size)
    made.set_variation_by_name("Regular")
    return made


@cache
def _file() -> Path:
    # Pillow's own font knows no letters but those of English. A test notices when Streamlit puts this one elsewhere.
    return next(Path(streamlit.__file__).parent.glob(_NAME))

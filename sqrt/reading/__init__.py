"""Reading: bytes, a path, an array or a film, to upright sRGB. May import settings and errors alone.

Films (`sqrt.reading.film`, `sqrt.reading.frame`) are imported by their modules: PyAV takes long to load.
"""

from sqrt.reading.photo import EXTENSIONS, Photo, load_photo, part, to_jpeg
from sqrt.reading.pixels import Pixels

__all__ = ["EXTENSIONS", "Photo", "Pixels", "load_photo", "part", "to_jpeg"]

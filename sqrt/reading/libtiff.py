"""What Pillow's TIFF decoder prints by itself."""

import ctypes
from contextlib import suppress

from PIL import _imaging


def silence_libtiff() -> None:
    """Keep libtiff from writing to standard error, past the log; Pillow still raises what it fails at.

    A copy that cannot be reached, as where Pillow was built without one, is left as it is.
    """
    # Through Pillow's own module, which is loaded already: the dynamic linker finds a name in what that one links, too.
    with suppress(OSError, AttributeError):
        pillow = ctypes.CDLL(_imaging.__file__)
        for setter in (pillow.TIFFSetErrorHandler, pillow.TIFFSetWarningHandler):
            setter.argtypes, setter.restype = [ctypes.c_void_p], ctypes.c_void_p
            setter(None)

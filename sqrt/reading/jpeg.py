"""What a JPEG would cost to decode, asked before that is begun."""

import numpy as np
from PIL import Image
from PIL.JpegImagePlugin import JpegImageFile

MAX_SCANS = 1000
"""A progressive JPEG of 11-byte scans costs 7 ms a scan at 100 megapixels, hours in all. Real ones have about ten;
chance makes 500 markers of 32 MB of film behind a moving photo."""


def scans_of(data: bytes) -> int:
    """Count the marks at which scans begin, and what looks like them.

    At even and at odd places: ``bytes.count`` would cost a tenth of the decoding.
    """
    halves = (np.frombuffer(data, "<u2", (len(data) - start) // 2, start) for start in (0, 1))
    return sum(int(np.count_nonzero(words == 0xDAFF)) for words in halves)


def decoded_whole(image: Image.Image, data: bytes) -> str:
    """Name a file of a kind that no decoder reduces on its way; empty for a JPEG of one scan."""
    if not isinstance(image, JpegImageFile):
        return str(image.format)
    at = 2
    while data[at] == 0xFF and data[at + 1] != 0xDA:
        at += 1 if data[at + 1] == 0xFF else 2 + int.from_bytes(data[at + 2 : at + 4])
    # Until the last scan has come, libjpeg keeps all coefficients: two bytes each.
    several = "progressive" in image.info or data[at + 4] < image.layers
    return "progressive JPEG" if several else ""

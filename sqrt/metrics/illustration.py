"""A small picture of what a metric looked at, and what several of them are made of."""

from typing import NamedTuple

import cv2
import numpy as np

from sqrt.faces.crop import reduced
from sqrt.metrics.analysis import Floats, Pixels
from sqrt.words import N_

SIDE = 320
"""Pixels: the height of most illustrations; none is wider than twice that."""
GAP = (128, 128, 128)
"""The colour between two parts: seen alike on a light and on a dark page."""
TONES = N_("How much of the picture is dark and how much is light, from black at the left to white at the right.")

_GROUND, _BARS = (30, 33, 41), (214, 218, 226)
_SHADOWS, _HIGHLIGHTS = (90, 150, 255), (255, 120, 110)


class Illustration(NamedTuple):
    """A small picture of what a metric looked at: HxWx3 uint8 RGB, at most 640 px wide, and the same in words."""

    pixels: Pixels
    alt: str


def histogram(gray: Floats) -> Pixels:
    """Draw how often each tone of HxW luma comes: 64 bars of four levels each.

    The ends, where tones are lost, have colours of their own; below, the tones themselves.
    """
    counts = np.bincount(gray.astype(np.uint8).ravel() // 4, minlength=64).astype(float)
    # A high peak, as of a white wall, must not flatten the rest.
    tallest = max(float(np.sort(counts)[-3]), 0.25 * float(counts.max()))
    bar, height, foot = 8, 200, 14
    pixels = np.full((height + foot, 64 * bar, 3), _GROUND, np.uint8)
    for place, count in enumerate(counts):
        colour = {0: _SHADOWS, 63: _HIGHLIGHTS}.get(place, _BARS)
        high = round((height - 8) * min(1.0, count / tallest))
        pixels[height - high : height, place * bar : place * bar + bar - 1] = colour
    pixels[height + 2 :] = np.linspace(0, 255, 64 * bar).astype(np.uint8)[:, None]
    return pixels


def fitted(pixels: Pixels, side: int = SIDE - 4) -> Pixels:
    """Bring the long side to `side` pixels."""
    small = reduced(pixels, side)
    factor = side / max(small.shape)
    return cv2.resize(small, None, fx=factor, fy=factor, interpolation=cv2.INTER_CUBIC) if factor > 1 else small


def beside(left: Pixels, right: Pixels) -> Pixels:
    """Put two pictures of one height side by side."""
    return np.hstack([left, np.full((left.shape[0], 8, 3), GAP, np.uint8), right])

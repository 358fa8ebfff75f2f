"""Grain taken out of a photo, as far as a screen shows it."""

import cv2
import numpy as np

from sqrt.faces.crop import reduced
from sqrt.metrics.analysis import VIEW_SIDE
from sqrt.reading import Pixels

# Pixels of the view: fine for what is light and dark, coarser for colours, where the eye sees less.
_LIGHT, _COLOUR = (7, 1.6), (5, 1.5)
_COLOUR_SHARE = 1.5
_ROWS = 512


def without_grain(pixels: Pixels, tones: float) -> Pixels:
    """Return an HxWx3 picture with less grain: what differs by some `tones` of 255 from the pixels around is levelled.

    Notes
    -----
    Bilateral filters (Tomasi and Manduchi 1998), by OpenCV, on the picture as a screen shows it (`VIEW_SIDE`); what
    they change there is changed in the large one. Finer grain stays, which nobody sees, and with it the look of a
    photo. Non-local means leave skin like plastic beside grainy hair.
    """
    view = reduced(pixels, VIEW_SIDE)
    height, width = view.shape[:2]
    clean = cv2.cvtColor(view, cv2.COLOR_RGB2YCrCb).astype(np.float32)
    # Colours at half the size: the eye sees no more of them, and the filter costs a quarter.
    half = cv2.resize(clean, (max(width // 2, 1), max(height // 2, 1)), interpolation=cv2.INTER_AREA)
    half = cv2.bilateralFilter(half, _COLOUR[0], _COLOUR_SHARE * tones, _COLOUR[1])
    light = cv2.bilateralFilter(np.ascontiguousarray(clean[..., 0]), _LIGHT[0], tones, _LIGHT[1])
    clean = cv2.resize(half, (width, height), interpolation=cv2.INTER_LINEAR)
    clean[..., 0] = light
    change = _rgb(clean).astype(np.int16) - view
    height, width = pixels.shape[:2]
    if change.shape != pixels.shape:
        change = cv2.resize(change, (width, height), interpolation=cv2.INTER_LINEAR)
    changed = np.empty_like(pixels)
    for top in range(0, height, _ROWS):
        rows = np.s_[top : top + _ROWS]
        changed[rows] = np.clip(pixels[rows] + change[rows], 0, 255)
    return changed


def _rgb(values: np.ndarray) -> Pixels:
    return cv2.cvtColor(np.clip(np.rint(values), 0, 255).astype(np.uint8), cv2.COLOR_YCrCb2RGB)

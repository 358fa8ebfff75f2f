"""Light and colour, changed pixel by pixel: what each level of each channel becomes."""

import cv2
import numpy as np

from sqrt.metrics.analysis import Floats, Pixels, linear

Gains = tuple[float, float, float]

_LEVELS = np.repeat(np.arange(256, dtype=np.uint8), 3).reshape(1, 256, 3)
_LUMINANCE = np.array([0.2126, 0.7152, 0.0722])
_MIDDLE = 60.0
"""L* of a gray."""
_NEARLY_WHITE = 0.85
"""Of linear light: from here a channel that is turned down goes on to white. What is lost has no colour to find."""


def table(gains: Gains, stops: float, black: float, white: float) -> Pixels:
    """Return 1x256x3 for `cv2.LUT`: white balance and exposure in linear light, then the ends of the encoded range.

    Parameters
    ----------
    gains : tuple of float
        On linear red, green and blue (von Kries).
    stops : float
        See `brighter`.
    black, white : float
        Encoded levels, 0 to 1, that become black and white.

    Notes
    -----
    One table for all of it, so that it is rounded once.
    """
    levels = encoded(brighter(_balanced(linear(_LEVELS), gains), stops))
    return np.rint(255 * np.clip((levels - black) / (white - black), 0, 1)).astype(np.uint8)


def gains_against(cast: tuple[float, float], share: float) -> Gains:
    """Return the gains that take a share of a cast of a* and b* (CIELAB) off a middle gray, whose luminance stays."""
    colours = np.array([[(_MIDDLE, *cast), (_MIDDLE, 0, 0)]], np.float32)
    light, neutral = np.maximum(cv2.cvtColor(colours, cv2.COLOR_Lab2LRGB)[0].astype(np.float64), 0.01)
    gains = (neutral / light) ** share
    red, green, blue = gains / (gains @ _LUMINANCE)
    return float(red), float(green), float(blue)


def brighter(light: Floats, stops: float) -> Floats:
    r"""Give `stops` of light to the dark tones, and less and less towards white, which stays white; nothing is clipped.

    .. math:: y = 1 - (1 - x)^{2^{s}} \quad (s \ge 0), \qquad y = x^{2^{-s}} \quad (s < 0)

    Taken away is light in the middle tones alone, so that white does not turn gray. Doing it twice adds the stops.
    """
    factor = np.float32(2 ** abs(stops))
    return 1 - (1 - light) ** factor if stops >= 0 else light**factor


def _balanced(light: Floats, gains: Gains) -> Floats:
    factor = np.array(gains, np.float32)
    towards_white = np.clip((light - _NEARLY_WHITE) / (1 - _NEARLY_WHITE), 0, 1)
    factor = np.where(factor < 1, factor + (1 - factor) * towards_white, factor)
    return np.minimum(light * factor, 1)


def encoded(light: Floats) -> Floats:
    """Return linear light of 0 to 1 as sRGB encodes it (IEC 61966-2-1), 0 to 1."""
    return np.where(light <= 0.0031308, 12.92 * light, 1.055 * light ** (1 / 2.4) - 0.055).astype(np.float32)

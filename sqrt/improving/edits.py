"""What is done to a photo to make it better, and doing it: the same to a preview as to all pixels."""

from dataclasses import dataclass
from enum import StrEnum

import cv2
import numpy as np
from numpy.typing import NDArray

from sqrt.faces.crop import reduced, upright_matrix
from sqrt.faces.outline import SIDE
from sqrt.improving.denoising import without_grain
from sqrt.improving.levelling import Turn
from sqrt.improving.people import shares_of_people
from sqrt.improving.tones import Gains, table
from sqrt.reading import Pixels

Box = tuple[float, float, float, float]

_WHOLE: Box = (0.0, 0.0, 1.0, 1.0)
_NOT_TURNED = Turn()
_ROWS = 512


class Repair(StrEnum):
    """What can be done, in the order in which it is tried; each value is the attribute of `Edits` with how much."""

    DENOISE = "denoise"
    BACKLIGHT = "backlight"
    EXPOSURE = "exposure"
    CONTRAST = "contrast"
    WHITE_BALANCE = "white_balance"
    LEVEL = "level"
    CROP = "crop"

    @property
    def label(self) -> str:
        """What a page calls it."""
        return _LABELS[self]


_LABELS = {
    Repair.LEVEL: "Level",
    Repair.CROP: "Crop",
    Repair.DENOISE: "Less grain",
    Repair.WHITE_BALANCE: "True colours",
    Repair.BACKLIGHT: "Light on the people",
    Repair.EXPOSURE: "Exposure",
    Repair.CONTRAST: "Contrast",
}


@dataclass(frozen=True)
class Edits:
    """What is done, each with one strength; nothing unless given.

    Attributes
    ----------
    level : Turn
    crop : tuple of float
        Left, top, right and bottom of what is kept of that, as shares of its sides.
    denoise : float
        See `without_grain`.
    white_balance : tuple of float
        Gains on linear red, green and blue.
    backlight : float
        Stops of light for the people in it, see `brighter`.
    exposure : float
        Stops of light for all.
    contrast : tuple of float
        Encoded levels, 0 to 1, that become black and white.
    """

    level: Turn = _NOT_TURNED
    crop: Box = _WHOLE
    denoise: float = 0.0
    white_balance: Gains = (1.0, 1.0, 1.0)
    backlight: float = 0.0
    exposure: float = 0.0
    contrast: tuple[float, float] = (0.0, 1.0)

    def size_of(self, width: int, height: int) -> tuple[int, int]:
        """Return the width and height of what is kept of a picture of that size."""
        left, top, right, bottom = self.crop
        wide, high = (right - left) * self.level.width * width, (bottom - top) * self.level.height * height
        return max(round(wide), 1), max(round(high), 1)

    def framed(self, pixels: NDArray[np.uint8]) -> NDArray[np.uint8]:
        """Return what is kept of a picture of any channels, turned as it should be."""
        height, width = pixels.shape[:2]
        left, top = self.crop[:2]
        wide, high = self.size_of(width, height)
        turn = self.level
        if turn == _NOT_TURNED:
            x, y = min(round(left * width), width - wide), min(round(top * height), height - high)
            return pixels[y : y + high, x : x + wide]
        to = (0.5 - left) * turn.width * width, (0.5 - top) * turn.height * height
        matrix = upright_matrix((turn.x * width, turn.y * height), -turn.angle_deg, 1.0, to)
        matrix[:, 2] += matrix[:, :2] @ (0.5, 0.5) - 0.5  # OpenCV counts from the centre of the first pixel
        return cv2.warpAffine(pixels, matrix, (wide, high), flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE)

    def applied(self, pixels: Pixels, outline: NDArray[np.uint8] | None) -> Pixels:
        """Return an HxWx3 sRGB picture with all of it done; `outline` of the people as `Rating` has it."""
        return self.toned(self.framed(pixels), self.framed_outline(pixels, outline))

    def framed_outline(self, pixels: Pixels, outline: NDArray[np.uint8] | None) -> NDArray[np.uint8] | None:
        """Return what is kept of the outline of the people in a picture."""
        if outline is None:
            return None
        height, width = reduced(pixels, SIDE).shape[:2]
        return self.framed(cv2.resize(outline, (width, height), interpolation=cv2.INTER_LINEAR))

    def toned(self, framed: Pixels, outline: NDArray[np.uint8] | None) -> Pixels:
        """Do to a framed picture, and its outline, all that leaves every pixel in its place."""
        picture = without_grain(framed, self.denoise) if self.denoise else framed
        everywhere = table(self.white_balance, self.exposure, *self.contrast)
        changed: Pixels = cv2.LUT(picture, everywhere)
        if not self.backlight or outline is None:
            return changed
        on_people = table(self.white_balance, self.exposure + self.backlight, *self.contrast)
        shares = shares_of_people(picture, outline)
        height, width = picture.shape[:2]
        shares = cv2.resize(shares, (width, height), interpolation=cv2.INTER_LINEAR)
        for top in range(0, height, _ROWS):
            rows = np.s_[top : top + _ROWS]
            lit = cv2.LUT(picture[rows], on_people)
            changed[rows] = cv2.blendLinear(changed[rows], lit, 1 - shares[rows], shares[rows])
        return changed

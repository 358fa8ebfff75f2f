"""What is drawn over the live picture: a frame around the face, and a band with score and tips."""

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from sqrt.live.font import font
from sqrt.rating import band
from sqrt.words import ENGLISH, said

_Pixels = NDArray[np.uint8]

_DARK, _WHITE = (12, 14, 20), (255, 255, 255)
_BAND_HEIGHT = 0.075  # of a line of text, as a share of the picture's shorter side
_GROUND = 96  # of 255: how much of the picture shows through the band


@dataclass(frozen=True, eq=False)
class View:
    """One rating, drawn once, so that putting it on each frame costs little.

    `box` is x, y, width and height as shares of the picture, or None; `label` the band's text, as gray levels of its
    HxW pixels.
    """

    box: tuple[float, float, float, float] | None
    label: _Pixels

    def draw_on(self, pixels: _Pixels, mirrored: bool) -> None:
        """Draw the rating on an HxWx3 RGB picture, which was mirrored before or was not; the text reads the same."""
        height, width = pixels.shape[:2]
        if self.box is not None:
            x, y, w, h = self.box
            left = 1 - x - w if mirrored else x
            _corners(pixels, (left * width, y * height), ((left + w) * width, (y + h) * height))
        label = self.label
        if label.shape[1] != width:  # the stream changed its size since the rating
            rows = max(1, round(label.shape[0] * width / label.shape[1]))
            label = cv2.resize(label, (width, rows), interpolation=cv2.INTER_AREA)
        rows = min(len(label), height)
        ground = pixels[height - rows :]
        cv2.convertScaleAbs(ground, dst=ground, alpha=_GROUND / 255)
        cv2.add(ground, cv2.cvtColor(label[:rows], cv2.COLOR_GRAY2RGB), dst=ground)


def view_of(
    score: float,
    tips: Sequence[str],
    box: tuple[float, float, float, float] | None,
    size_wh: tuple[int, int],
    language: str = ENGLISH,
) -> View:
    """Draw a score with its word, and below it the tips, for pictures of this size; said in a language."""
    width, height = size_wh
    line = max(8, round(_BAND_HEIGHT * min(width, height)))
    texts = [f"{score:.0f}  {said(band(score), language)}", *(said(tip, language) for tip in tips)]
    label = Image.new("L", (width, line * len(texts) + line // 2))
    draw = ImageDraw.Draw(label)
    for number, text in enumerate(texts):
        size = 0.75 * line
        wide = draw.textlength(text, font(size))
        if wide > 0.94 * width:  # a narrow picture
            size *= 0.94 * width / wide
        draw.text((0.03 * width, line * (number + 0.75)), text, 255, font(size), anchor="lm")
    return View(box, np.asarray(label))


def _corners(pixels: _Pixels, low: tuple[float, float], high: tuple[float, float]) -> None:
    """Draw the four corners of a box: less restless on a moving face than its sides."""
    reach = 0.2 * min(high[0] - low[0], high[1] - low[1])
    bars = []
    for x, inward in ((low[0], reach), (high[0], -reach)):
        for y, down in ((low[1], reach), (high[1], -reach)):
            bars.append([(x + inward, y), (x, y), (x, y + down)])
    lines = np.round(bars).astype(np.int32)
    thin = max(1, round(min(pixels.shape[:2]) / 240))
    cv2.polylines(pixels, list(lines), False, _DARK, 3 * thin, cv2.LINE_AA)
    cv2.polylines(pixels, list(lines), False, _WHITE, thin, cv2.LINE_AA)

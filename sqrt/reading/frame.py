"""A decoded frame of a film, upright and in sRGB."""

from functools import lru_cache

import numpy as np
from av import VideoFrame
from av.video.reformatter import ColorPrimaries, ColorTrc, VideoReformatter
from numpy.typing import NDArray
from PIL import Image, ImageFilter

_HDR = (ColorTrc.ARIB_STD_B67, ColorTrc.SMPTE2084)
_WIDE = (ColorPrimaries.BT2020, ColorPrimaries.SMPTE432)
_STEPS = 52  # of five levels each


def upright(frame: VideoFrame) -> NDArray[np.uint8]:
    """Return HxWx3 sRGB, C-contiguous, turned as the film's metadata ask.

    Colour matrix (BT.601, 709, 2020) and range (16 to 235, or full) are the frame's own; where it names no matrix,
    BT.601. High dynamic range (HLG, PQ) and wide colours (BT.2020, Display P3) are mapped as swscale does,
    perceptually; the first such frame of a process waits some seconds for the table.

    Two threads must not convert one frame at the same time: PyAV then waits for ever. Raises av.FFmpegError.
    """
    pixels = frame.to_ndarray(format="rgb24", threads=1)
    if frame.color_trc in _HDR or frame.color_primaries in _WIDE:
        table = _table(frame.color_trc, frame.color_primaries)
        pixels = np.asarray(Image.fromarray(pixels).filter(table))
    # Degrees counter-clockwise.
    return np.ascontiguousarray(np.rot90(pixels, round(frame.rotation / 90)))


@lru_cache(maxsize=8)
def _table(trc: int, primaries: int) -> ImageFilter.Color3DLUT:
    """Have swscale convert a grid of colours: its own table takes seconds to make, and is made anew for each film."""
    steps = np.linspace(0, 255, _STEPS, dtype=np.uint8)
    blue, green, red = np.meshgrid(steps, steps, steps, indexing="ij")
    grid = VideoFrame.from_ndarray(np.stack([red, green, blue], -1).reshape(_STEPS, -1, 3), format="rgb24")
    grid.color_trc, grid.color_primaries = trc, primaries
    converted = VideoReformatter().reformat(
        grid, threads=1, dst_color_trc=ColorTrc.IEC61966_2_1, dst_color_primaries=ColorPrimaries.BT709
    )
    return ImageFilter.Color3DLUT(_STEPS, (converted.to_ndarray() / 255).ravel())

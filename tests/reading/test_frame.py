"""Frames as decoders give them, made plane by plane from known colours."""

import numpy as np
import pytest
from av import VideoFrame
from av.video.reformatter import ColorPrimaries, ColorRange, ColorTrc

from sqrt.reading.frame import upright

# ITU-T H.273's codes of the matrices, and the luma weights of red and blue.
BT709, NONE, BT601, BT2020 = 1, 2, 6, 9
WEIGHTS = {BT709: (0.2126, 0.0722), NONE: (0.299, 0.114), BT601: (0.299, 0.114), BT2020: (0.2627, 0.0593)}

COLOURS = np.array([[200, 80, 60], [60, 160, 90], [40, 70, 190], [235, 200, 180], [128, 128, 128], [255, 255, 255]])


def yuv(rgb, matrix, full, bits=8):
    """Return Nx3 codes of Nx3 RGB in [0, 1]."""
    red, blue = WEIGHTS[matrix]
    luma = rgb @ (red, 1 - red - blue, blue)
    chroma = (rgb[:, 2] - luma) / (2 * (1 - blue)), (rgb[:, 0] - luma) / (2 * (1 - red))
    black, white, swing = (0, 255, 255) if full else (16, 219, 224)
    codes = np.stack([black + white * luma, *(128 + swing * part for part in chroma)], -1)
    return np.rint(codes * 2 ** (bits - 8)).clip(0, 2**bits - 1)


def frame_of(codes, matrix, full, bits=8):
    """Return a frame of one 16 px square for each code."""
    frame = VideoFrame(16 * len(codes), 16, "yuv444p" if bits == 8 else f"yuv444p{bits}le")
    for plane, values in zip(frame.planes, codes.T, strict=True):
        row = np.zeros(plane.line_size // (1 if bits == 8 else 2), np.uint8 if bits == 8 else np.uint16)
        row[: frame.width] = np.repeat(values, 16)
        plane.update(np.tile(row, (plane.height, 1)).tobytes())
    frame.colorspace, frame.color_range = matrix, ColorRange.JPEG if full else ColorRange.MPEG
    return frame


def squares(pixels):
    return pixels[8, 8::16].astype(int)


@pytest.mark.parametrize("full", [False, True])
@pytest.mark.parametrize("matrix", WEIGHTS)
def test_matrix_and_range_are_the_frames_own(matrix, full):
    pixels = upright(frame_of(yuv(COLOURS / 255, matrix, full), matrix, full))
    assert pixels.dtype == np.uint8
    assert pixels.flags.c_contiguous
    assert np.abs(squares(pixels) - COLOURS).max() <= 3


def to_hlg(rgb):
    """Encode sRGB by ITU-R BT.2100: BT.2020 primaries, hybrid log-gamma, white at 203 of 1000 cd/m2 (BT.2408)."""
    light = np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)
    wide = light @ np.array([[0.6274, 0.3293, 0.0433], [0.0691, 0.9195, 0.0114], [0.0164, 0.0880, 0.8956]]).T * 0.203
    scene = wide * (wide @ (0.2627, 0.678, 0.0593))[:, None] ** (1 / 1.2 - 1)
    a = 0.17883277
    bright = a * np.log(np.maximum(12 * scene - 1 + 4 * a, 1e-9)) + 0.5 - a * np.log(4 * a)
    return np.where(scene <= 1 / 12, np.sqrt(3 * scene), bright)


def test_high_dynamic_range_becomes_srgb():
    frame = frame_of(yuv(to_hlg(COLOURS / 255), BT2020, False, bits=10), BT2020, False, bits=10)
    frame.color_trc, frame.color_primaries = ColorTrc.ARIB_STD_B67, ColorPrimaries.BT2020
    assert np.abs(squares(upright(frame)) - COLOURS).max() <= 12

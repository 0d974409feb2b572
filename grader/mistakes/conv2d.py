"""Known mistakes of the convolution."""

from __future__ import annotations

from typing import Any

import numpy as np

from grader.mistakes.arrays import padded
from grader.mistakes.base import Cache, Right, mistake


@mistake(
    "conv2d_forward",
    cause="The bias is not added.",
    remedy="Add b[f] to every output of filter f: out += b[None, :, None, None].",
    read="bias",
)
def bias_forgotten(right: Right, x: np.ndarray, w: np.ndarray, b: np.ndarray, **options: Any) -> Any:
    return right.conv2d_forward(x, w, np.zeros_like(b), **options)


@mistake(
    "conv2d_backward",
    cause="dx is cropped with pad:-pad, and when pad is 0, -0 means 'stop at 0'.",
    remedy="Crop with pad:pad+H.",
    read="padding",
)
def cropped_with_minus_pad(right: Right, dout: np.ndarray, cache: Cache) -> Any:
    _x, _, _ = cache.arguments
    dx, dw, db = right.conv2d_backward(dout, cache)
    top, left = cache.pair("pad", 0)
    return padded(dx, (top, left))[:, :, top:-top, left:-left], dw, db

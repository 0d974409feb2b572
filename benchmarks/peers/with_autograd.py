"""HIPS autograd: NumPy and SciPy, differentiated."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from autograd import make_vjp
from autograd import numpy as anp
from autograd.scipy.signal import convolve

from peers.shapes import CONVS


def conv2d(inputs: Any, pad: int) -> Any:
    """Return a convolution of (x, w, b)."""
    x, w, b = inputs
    x = anp.pad(x, ((0, 0), (0, 0), (pad, pad), (pad, pad)), mode="constant")
    turned = w[:, :, ::-1, ::-1]
    return convolve(x, turned, axes=([2, 3], [2, 3]), dot_axes=([1], [1]), mode="valid") + b[:, None, None]


def cases(threads: int) -> dict[str, Callable[[], Any]]:
    """Return the two smaller convolutions."""
    found: dict[str, Callable[[], Any]] = {}
    for name in ("S1", "S2"):
        conv = CONVS[name]
        *inputs, dout = conv.arrays()
        found[f"{name} forward"] = lambda inputs=inputs, pad=conv.pad: conv2d(inputs, pad)
        found[f"{name} both"] = lambda inputs=inputs, dout=dout, pad=conv.pad: make_vjp(
            lambda values: conv2d(values, pad)
        )(inputs)[0](dout)
    return found

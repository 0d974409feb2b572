"""Textbook parts of layers, from which wrong functions are put together."""

from __future__ import annotations

import numpy as np

Pair = tuple[int, int]


def padded(x: np.ndarray, pad: Pair) -> np.ndarray:
    """Return images (N, C, H, W) with ``pad`` rows and columns of zeros on every side."""
    return np.pad(x, ((0, 0), (0, 0), (pad[0], pad[0]), (pad[1], pad[1])))


def cropped(x: np.ndarray, pad: Pair) -> np.ndarray:
    """Return images without ``pad`` rows and columns on every side."""
    return x[:, :, pad[0] : x.shape[2] - pad[0], pad[1] : x.shape[3] - pad[1]]


def windows(x: np.ndarray, size: Pair, stride: Pair) -> np.ndarray:
    """Return the windows of images, shape (N, C, OH, OW, KH, KW); a view."""
    view = np.lib.stride_tricks.sliding_window_view(x, size, axis=(2, 3))
    return view[:, :, :: stride[0], :: stride[1]]


def add_windows(values: np.ndarray, shape: tuple[int, ...], stride: Pair) -> np.ndarray:
    """Return images of a shape, to which the values (N, C, OH, OW, KH, KW) of all windows are added."""
    images = np.zeros(shape, values.dtype)
    rows, columns, height, width = values.shape[2:]
    for i in range(rows):
        for j in range(columns):
            top, left = i * stride[0], j * stride[1]
            images[:, :, top : top + height, left : left + width] += values[:, :, i, j]
    return images


def correlate(x: np.ndarray, w: np.ndarray, stride: Pair) -> np.ndarray:
    """Return the cross-correlation of images (N, C, H, W) with filters (F, C, KH, KW), without padding."""
    out: np.ndarray = np.einsum("ncijkl,fckl->nfij", windows(x, (w.shape[2], w.shape[3]), stride), w)
    return out

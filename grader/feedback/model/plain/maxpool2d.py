"""Max-pooling in its plain forms."""

from __future__ import annotations

import numpy as np

Array = np.ndarray


def forward_by_windows(x: Array, k0: int, k1: int, s0: int, s1: int) -> Array:
    """Take the maximum of each window."""
    N, C, H, W = x.shape
    OH = (H - k0) // s0 + 1  # the height of the output
    OW = (W - k1) // s1 + 1  # the width of the output
    out = np.zeros((N, C, OH, OW))  # the shape of the output
    for n in range(N):  # the loop over images
        for c in range(C):  # the loop over channels
            for i in range(OH):  # the loop over output rows
                for j in range(OW):  # the loop over output columns
                    window = x[n, c, i * s0 : i * s0 + k0, j * s1 : j * s1 + k1]  # the window
                    out[n, c, i, j] = np.max(window)  # the maximum
    return out


def forward_by_batch(x: Array, k0: int, k1: int, s0: int, s1: int) -> Array:
    """Take the maxima of the windows of all images at once."""
    N, C, H, W = x.shape
    OH = (H - k0) // s0 + 1  # the height of the output
    OW = (W - k1) // s1 + 1  # the width of the output
    out = np.zeros((N, C, OH, OW))  # the shape of the output
    for i in range(OH):  # the loop over output rows
        for j in range(OW):  # the loop over output columns
            top, left = i * s0, j * s1  # the corner of the window
            bottom, right = top + k0, left + k1  # the end of the window
            out[:, :, i, j] = np.max(x[:, :, top:bottom, left:right], axis=(2, 3))  # the maximum
    return out


def forward_by_corners(x: Array, k0: int, k1: int, s0: int, s1: int) -> Array:
    """Visit the corners of windows in the image."""
    N, C, H, W = x.shape
    OH = (H - k0) // s0 + 1  # the height of the output
    OW = (W - k1) // s1 + 1  # the width of the output
    out = np.zeros((N, C, OH, OW))  # the shape of the output
    for i in range(0, H - k0 + 1, s0):  # the loop over window corners
        for j in range(0, W - k1 + 1, s1):  # the loop over window corners
            window = x[:, :, i : i + k0, j : j + k1]  # the window
            out[:, :, i // s0, j // s1] = window.max(axis=(2, 3))  # the maximum
    return out


def forward_by_scalars(x: Array, k0: int, k1: int, s0: int, s1: int) -> Array:
    """Compare pixel by pixel."""
    N, C, H, W = x.shape
    OH = (H - k0) // s0 + 1  # the height of the output
    OW = (W - k1) // s1 + 1  # the width of the output
    out = np.full((N, C, OH, OW), -np.inf)  # the value that the maximum starts at
    for i in range(OH):  # the loop over output rows
        for j in range(OW):  # the loop over output columns
            for k in range(k0):  # the loop over window rows
                for m in range(k1):  # the loop over window columns
                    pixels = x[:, :, i * s0 + k, j * s1 + m]  # the pixels
                    out[:, :, i, j] = np.maximum(out[:, :, i, j], pixels)  # the maximum
    return out


def backward_by_argmax(dout: Array, x: Array, k0: int, k1: int, s0: int, s1: int) -> Array:
    """Give each window's gradient to the first of its maxima."""
    N, C, H, W = x.shape
    N, C, OH, OW = dout.shape
    dx = np.zeros(x.shape)  # the array of dx
    for n in range(N):  # the loop over images
        for c in range(C):  # the loop over channels
            for i in range(OH):  # the loop over output rows
                for j in range(OW):  # the loop over output columns
                    window = x[n, c, i * s0 : i * s0 + k0, j * s1 : j * s1 + k1]  # the window
                    k, m = np.unravel_index(np.argmax(window), window.shape)  # the position of the maximum
                    dx[n, c, i * s0 + k, j * s1 + m] += dout[n, c, i, j]  # dx
    return dx


def backward_by_index(dout: Array, x: Array, k0: int, k1: int, s0: int, s1: int) -> Array:
    """Take the flat position of the maximum apart."""
    N, C, H, W = x.shape
    N, C, OH, OW = dout.shape
    dx = np.zeros(x.shape)  # the array of dx
    for n in range(N):  # the loop over images
        for c in range(C):  # the loop over channels
            for i in range(OH):  # the loop over output rows
                for j in range(OW):  # the loop over output columns
                    winner = np.argmax(x[n, c, i * s0 : i * s0 + k0, j * s1 : j * s1 + k1])  # the window
                    k = winner // k1  # the row of the maximum
                    m = winner % k1  # the column of the maximum
                    dx[n, c, i * s0 + k, j * s1 + m] += dout[n, c, i, j]  # dx
    return dx


def backward_by_mask(dout: Array, x: Array, k0: int, k1: int, s0: int, s1: int) -> Array:
    """Give each window's gradient to its maxima by a mask that holds the first of them."""
    N, C, H, W = x.shape
    N, C, OH, OW = dout.shape
    dx = np.zeros(x.shape)  # the array of dx
    for n in range(N):  # the loop over images
        for c in range(C):  # the loop over channels
            for i in range(OH):  # the loop over output rows
                for j in range(OW):  # the loop over output columns
                    window = x[n, c, i * s0 : i * s0 + k0, j * s1 : j * s1 + k1]  # the window
                    mask = first(window == np.max(window))  # the mask
                    dx[n, c, i * s0 : i * s0 + k0, j * s1 : j * s1 + k1] += mask * dout[n, c, i, j]  # dx
    return dx


def first(mask: Array) -> Array:
    """Return a mask with the first of its marks alone."""
    alone = np.zeros(mask.size, bool)
    alone[np.argmax(mask)] = True
    return alone.reshape(mask.shape)

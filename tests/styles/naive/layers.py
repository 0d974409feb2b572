"""Layers written as the formulas stand: one loop an index."""

import numpy as np


def as_pair(value):
    return (value, value) if isinstance(value, int) else tuple(value)


def dense_forward(x, w, b):
    N, D = x.shape
    M = w.shape[1]
    out = np.zeros((N, M), dtype=x.dtype)
    for n in range(N):
        for m in range(M):
            total = 0.0
            for d in range(D):
                total += x[n, d] * w[d, m]
            out[n, m] = total + b[m]
    return out, (x, w)


def dense_backward(dout, cache):
    x, w = cache
    N, D = x.shape
    M = w.shape[1]
    dx, dw, db = np.zeros_like(x), np.zeros_like(w), np.zeros(M, dtype=w.dtype)
    for n in range(N):
        for m in range(M):
            db[m] += dout[n, m]
            for d in range(D):
                dx[n, d] += dout[n, m] * w[d, m]
                dw[d, m] += dout[n, m] * x[n, d]
    return dx, dw, db


def relu_forward(x):
    out = x.copy()
    for index in np.ndindex(x.shape):
        if x[index] < 0:
            out[index] = 0
    return out, x


def relu_backward(dout, cache):
    x = cache
    dx = np.zeros_like(x)
    for index in np.ndindex(x.shape):
        if x[index] > 0:
            dx[index] = dout[index]
    return dx


def conv2d_forward(x, w, b, *, stride=1, pad=0):
    (down, right), (top, left) = as_pair(stride), as_pair(pad)
    N, C, H, W = x.shape
    F, _, KH, KW = w.shape
    if H + 2 * top < KH or W + 2 * left < KW:
        raise ValueError(f"filters of {KH}x{KW} do not fit into {H + 2 * top}x{W + 2 * left} pixels")
    OH = (H + 2 * top - KH) // down + 1
    OW = (W + 2 * left - KW) // right + 1
    padded = np.zeros((N, C, H + 2 * top, W + 2 * left), dtype=x.dtype)
    padded[:, :, top : top + H, left : left + W] = x
    out = np.zeros((N, F, OH, OW), dtype=x.dtype)
    for n in range(N):
        for f in range(F):
            for i in range(OH):
                for j in range(OW):
                    window = padded[n, :, i * down : i * down + KH, j * right : j * right + KW]
                    out[n, f, i, j] = np.sum(window * w[f]) + b[f]
    return out, (x, padded, w, down, right, top, left)


def conv2d_backward(dout, cache):
    x, padded, w, down, right, top, left = cache
    N, F, OH, OW = dout.shape
    H, W = x.shape[2:]
    KH, KW = w.shape[2:]
    dpadded, dw, db = np.zeros_like(padded), np.zeros_like(w), np.zeros(F, dtype=w.dtype)
    for n in range(N):
        for f in range(F):
            for i in range(OH):
                for j in range(OW):
                    rows = slice(i * down, i * down + KH)
                    columns = slice(j * right, j * right + KW)
                    db[f] += dout[n, f, i, j]
                    dw[f] += dout[n, f, i, j] * padded[n, :, rows, columns]
                    dpadded[n, :, rows, columns] += dout[n, f, i, j] * w[f]
    return dpadded[:, :, top : top + H, left : left + W], dw, db


def maxpool2d_forward(x, *, size=2, stride=None):
    height, width = as_pair(size)
    down, right = as_pair(size if stride is None else stride)
    N, C, H, W = x.shape
    if height > H or width > W:
        raise ValueError(f"windows of {height}x{width} do not fit into {H}x{W} pixels")
    out = np.zeros((N, C, (H - height) // down + 1, (W - width) // right + 1), dtype=x.dtype)
    for n, c, i, j in np.ndindex(out.shape):
        out[n, c, i, j] = x[n, c, i * down : i * down + height, j * right : j * right + width].max()
    return out, (x, height, width, down, right)


def maxpool2d_backward(dout, cache):
    x, height, width, down, right = cache
    dx = np.zeros_like(x)
    for n, c, i, j in np.ndindex(dout.shape):
        best = (i * down, j * right)
        for row in range(i * down, i * down + height):
            for column in range(j * right, j * right + width):
                if x[n, c, row, column] > x[n, c, best[0], best[1]]:
                    best = (row, column)
        dx[n, c, best[0], best[1]] += dout[n, c, i, j]
    return dx


def sigmoid_forward(x):
    out = np.zeros_like(x)
    for index in np.ndindex(x.shape):
        if x[index] >= 0:
            out[index] = 1 / (1 + np.exp(-x[index]))
        else:
            out[index] = np.exp(x[index]) / (1 + np.exp(x[index]))
    return out, out


def sigmoid_backward(dout, cache):
    return dout * cache * (1 - cache)


def dropout_forward(x, *, p=0.5, train=True, seed=None):
    if not 0 <= p < 1:
        raise ValueError(f"p must be at least 0 and below 1, not {p}")
    factor = np.ones_like(x)
    if train:
        random = np.random.RandomState(seed)
        for index in np.ndindex(x.shape):
            factor[index] = 0 if random.uniform() < p else 1 / (1 - p)
    return x * factor, factor


def dropout_backward(dout, cache):
    return dout * cache

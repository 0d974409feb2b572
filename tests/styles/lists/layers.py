"""Everything in plain Python lists; NumPy only at the door."""

import math
import random

import numpy as np


def pair(value):
    return list(value) if isinstance(value, (tuple, list)) else [value, value]


def zeros(*shape):
    if len(shape) == 1:
        return [0.0] * shape[0]
    return [zeros(*shape[1:]) for _ in range(shape[0])]


def each(function, *nested):
    """Apply a function to the numbers of nested lists of one shape."""
    if isinstance(nested[0], list):
        return [each(function, *parts) for parts in zip(*nested, strict=True)]
    return function(*nested)


def dense_forward(x, w, b):
    rows, columns = x.tolist(), list(zip(*w.tolist(), strict=True))
    out = []
    for row in rows:
        products = [sum(p * q for p, q in zip(row, column, strict=True)) for column in columns]
        out.append([product + bias for product, bias in zip(products, b.tolist(), strict=True)])
    return np.array(out, dtype=x.dtype), (rows, w.tolist(), x.dtype)


def dense_backward(dout, cache):
    x, w, dtype = cache
    dout = dout.tolist()
    dx = [[sum(d * v for d, v in zip(row, weights, strict=True)) for weights in w] for row in dout]
    dw = [[sum(x[n][d] * dout[n][m] for n in range(len(x))) for m in range(len(w[0]))] for d in range(len(w))]
    db = [sum(column) for column in zip(*dout, strict=True)]
    return np.array(dx, dtype=dtype), np.array(dw, dtype=dtype), np.array(db, dtype=dtype)


def relu_forward(x):
    return np.array(each(lambda value: value if value > 0 else 0.0, x.tolist()), dtype=x.dtype), x.tolist()


def relu_backward(dout, cache):
    return np.array(each(lambda d, x: d if x > 0 else 0.0, dout.tolist(), cache), dtype=dout.dtype)


def conv2d_forward(x, w, b, *, stride=1, pad=0):
    (sv, sh), (pv, ph) = pair(stride), pair(pad)
    N, C, H, W = x.shape
    F, _, KH, KW = w.shape
    if H + 2 * pv < KH or W + 2 * ph < KW:
        raise ValueError(f"{KH}x{KW} filters on {H + 2 * pv}x{W + 2 * ph} pixels")
    OH, OW = (H + 2 * pv - KH) // sv + 1, (W + 2 * ph - KW) // sh + 1
    images, filters, biases = x.tolist(), w.tolist(), b.tolist()
    # for each output row or column: which input rows or columns it sees, with which tap
    rows = [[(k, i * sv + k - pv) for k in range(KH) if 0 <= i * sv + k - pv < H] for i in range(OH)]
    columns = [[(m, j * sh + m - ph) for m in range(KW) if 0 <= j * sh + m - ph < W] for j in range(OW)]
    out = zeros(N, F, OH, OW)
    for n in range(N):
        for f in range(F):
            for i in range(OH):
                for j in range(OW):
                    total = biases[f]
                    for c in range(C):
                        for k, row in rows[i]:
                            line, taps = images[n][c][row], filters[f][c][k]
                            for m, column in columns[j]:
                                total += line[column] * taps[m]
                    out[n][f][i][j] = total
    return np.array(out, dtype=x.dtype), (images, filters, rows, columns, x.shape, w.shape, x.dtype)


def conv2d_backward(dout, cache):
    images, filters, rows, columns, x_shape, w_shape, dtype = cache
    dx, dw, db = zeros(*x_shape), zeros(*w_shape), zeros(w_shape[0])
    for n, maps in enumerate(dout.tolist()):
        for f, plane in enumerate(maps):
            for i, line in enumerate(plane):
                for j, upstream in enumerate(line):
                    db[f] += upstream
                    for c in range(x_shape[1]):
                        for k, row in rows[i]:
                            for m, column in columns[j]:
                                dx[n][c][row][column] += upstream * filters[f][c][k][m]
                                dw[f][c][k][m] += upstream * images[n][c][row][column]
    return np.array(dx, dtype=dtype), np.array(dw, dtype=dtype), np.array(db, dtype=dtype)


def maxpool2d_forward(x, *, size=2, stride=None):
    (height, width), (sv, sh) = pair(size), pair(stride or size)
    N, C, H, W = x.shape
    if height > H or width > W:
        raise ValueError(f"{height}x{width} windows on {H}x{W} pixels")
    OH, OW = (H - height) // sv + 1, (W - width) // sh + 1
    images = x.tolist()
    out, winners = zeros(N, C, OH, OW), {}
    for n, c, i, j in np.ndindex(N, C, OH, OW):
        places = [(i * sv + k, j * sh + m) for k in range(height) for m in range(width)]
        row, column = max(places, key=lambda place, plane=images[n][c]: plane[place[0]][place[1]])
        out[n][c][i][j] = images[n][c][row][column]
        winners[n, c, i, j] = row, column
    return np.array(out, dtype=x.dtype), (winners, x.shape)


def maxpool2d_backward(dout, cache):
    winners, shape = cache
    dx = zeros(*shape)
    for (n, c, i, j), (row, column) in winners.items():
        dx[n][c][row][column] += float(dout[n, c, i, j])
    return np.array(dx, dtype=dout.dtype)


def sigmoid(value):
    return 1 / (1 + math.exp(-value)) if value > -700 else 0.0


def sigmoid_forward(x):
    out = each(sigmoid, x.tolist())
    return np.array(out, dtype=x.dtype), out


def sigmoid_backward(dout, cache):
    return np.array(each(lambda d, s: d * s * (1 - s), dout.tolist(), cache), dtype=dout.dtype)


def dropout_forward(x, *, p=0.5, train=True, seed=None):
    if not 0 <= p < 1:
        raise ValueError(f"p = {p}")
    draw = random.Random(seed).random
    factors = each(lambda _: (draw() >= p) / (1 - p) if train else 1.0, x.tolist())
    return np.array(each(lambda a, b: a * b, x.tolist(), factors), dtype=x.dtype), factors


def dropout_backward(dout, cache):
    return np.array(each(lambda a, b: a * b, dout.tolist(), cache), dtype=dout.dtype)

"""Single precision throughout, whatever comes in."""

import numpy as np

REAL = np.float32


def real(*arrays):
    return [np.asarray(array, dtype=REAL) for array in arrays]


def dense_forward(x, w, b):
    x, w, b = real(x, w, b)
    return x @ w + b, (x, w)


def dense_backward(dout, cache):
    x, w = cache
    (dout,) = real(dout)
    return dout @ w.T, x.T @ dout, dout.sum(axis=0)


def relu_forward(x):
    (x,) = real(x)
    return np.fmax(x, REAL(0)), x > 0


def relu_backward(dout, cache):
    return real(dout)[0] * cache


def two_of(option):
    vertical, horizontal = np.array([option, option]).ravel()[[0, -1]].tolist()
    return vertical, horizontal


def places(shape, kernel, stride):
    """Yield (i, j, rows, columns) for each window of an image."""
    for axis in (0, 1):
        if kernel[axis] > shape[axis]:
            raise ValueError(f"a window of {kernel} needs more than {shape} pixels")
    for i, top in enumerate(range(0, shape[0] - kernel[0] + 1, stride[0])):
        for j, left in enumerate(range(0, shape[1] - kernel[1] + 1, stride[1])):
            yield i, j, slice(top, top + kernel[0]), slice(left, left + kernel[1])


def conv2d_forward(x, w, b, *, stride=1, pad=0):
    x, w, b = real(x, w, b)
    stride, (pv, ph) = two_of(stride), two_of(pad)
    xp = np.pad(x, ((0, 0), (0, 0), (pv, pv), (ph, ph)))
    windows = list(places(xp.shape[2:], w.shape[2:], stride))
    out = np.empty((len(x), len(w), windows[-1][0] + 1, windows[-1][1] + 1), REAL)
    for i, j, rows, columns in windows:
        out[:, :, i, j] = np.tensordot(xp[:, :, rows, columns], w, axes=([1, 2, 3], [1, 2, 3])) + b
    return out, (xp, w, stride, pv, ph)


def conv2d_backward(dout, cache):
    xp, w, stride, pv, ph = cache
    (dout,) = real(dout)
    dxp, dw = np.zeros_like(xp), np.zeros_like(w)
    for i, j, rows, columns in places(xp.shape[2:], w.shape[2:], stride):
        dw += np.tensordot(dout[:, :, i, j], xp[:, :, rows, columns], axes=([0], [0]))
        dxp[:, :, rows, columns] += np.tensordot(dout[:, :, i, j], w, axes=([1], [0]))
    H, W = xp.shape[2:]
    return dxp[:, :, pv : H - pv, ph : W - ph], dw, dout.sum(axis=(0, 2, 3), dtype=REAL)


def maxpool2d_forward(x, *, size=2, stride=None):
    (x,) = real(x)
    size = two_of(size)
    stride = size if stride is None else two_of(stride)
    windows = list(places(x.shape[2:], size, stride))
    out = np.empty((*x.shape[:2], windows[-1][0] + 1, windows[-1][1] + 1), REAL)
    winner = np.empty(out.shape, np.uint8)
    for i, j, rows, columns in windows:
        flat = x[:, :, rows, columns].reshape(*x.shape[:2], -1)
        winner[:, :, i, j] = flat.argmax(axis=2)
        out[:, :, i, j] = flat.max(axis=2)
    return out, (x.shape, size, stride, winner)


def maxpool2d_backward(dout, cache):
    shape, size, stride, winner = cache
    (dout,) = real(dout)
    dx = np.zeros(shape, REAL)
    taps = np.arange(size[0] * size[1]).reshape(size)
    for i, j, rows, columns in places(shape[2:], size, stride):
        won = winner[:, :, i, j, None, None] == taps
        dx[:, :, rows, columns] += won * dout[:, :, i, j, None, None]
    return dx


def sigmoid_forward(x):
    (x,) = real(x)
    e = np.exp(-np.abs(x))
    out = np.where(x >= 0, REAL(1), e) / (1 + e)
    return out, out


def sigmoid_backward(dout, cache):
    return real(dout)[0] * cache * (1 - cache)


def dropout_forward(x, *, p=0.5, train=True, seed=None):
    if not 0 <= p < 1:
        raise ValueError(f"p must be in [0, 1): {p}")
    (x,) = real(x)
    if not train:
        return x, REAL(1)
    mask = (np.random.RandomState(seed).random_sample(x.shape) >= p) * REAL(1 / (1 - p))
    return x * mask.astype(REAL), mask.astype(REAL)


def dropout_backward(dout, cache):
    return real(dout)[0] * cache

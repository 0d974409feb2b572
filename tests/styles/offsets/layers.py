import numpy as np


def _hw(value):
    if isinstance(value, (list, tuple)):
        return value[0], value[1]
    return value, value


def _sizes(x, kernel, stride, pad=(0, 0)):
    sizes = []
    for length, k, s, p in zip(x.shape[2:], kernel, stride, pad, strict=True):
        if k > length + 2 * p:
            raise ValueError(f"window of {k} in a padded image of {length + 2 * p}")
        sizes.append((length + 2 * p - k) // s + 1)
    return sizes


def _shifted(a, k, m, stride, sizes):
    """View the pixels that offset (k, m) of each window meets."""
    (sv, sh), (OH, OW) = stride, sizes
    return a[:, :, k : k + sv * OH : sv, m : m + sh * OW : sh][:, :, :OH, :OW]


def dense_forward(x, w, b):
    out = np.zeros((x.shape[0], w.shape[1]), x.dtype) + b
    for d in range(x.shape[1]):
        out += x[:, d : d + 1] * w[d]
    return out, (x, w)


def dense_backward(dout, cache):
    x, w = cache
    return (
        (dout[:, None, :] * w).sum(axis=2),
        (x[:, :, None] * dout[:, None, :]).sum(axis=0),
        dout.sum(axis=0),
    )


def relu_forward(x):
    mask = x > 0
    return np.where(mask, x, np.zeros_like(x)), mask


def relu_backward(dout, cache):
    return np.multiply(dout, cache)


def conv2d_forward(x, w, b, *, stride=1, pad=0):
    stride, pad = _hw(stride), _hw(pad)
    sizes = _sizes(x, w.shape[2:], stride, pad)
    xp = np.pad(x, ((0, 0), (0, 0), (pad[0], pad[0]), (pad[1], pad[1])))
    out = np.zeros((x.shape[0], w.shape[0], *sizes), x.dtype)
    for k in range(w.shape[2]):
        for m in range(w.shape[3]):
            out += np.einsum("nchw,fc->nfhw", _shifted(xp, k, m, stride, sizes), w[:, :, k, m])
    out += b.reshape(1, -1, 1, 1)
    return out, (xp, w, stride, pad)


def conv2d_backward(dout, cache):
    xp, w, stride, pad = cache
    sizes = dout.shape[2:]
    dxp, dw = np.zeros_like(xp), np.zeros_like(w)
    for k in range(w.shape[2]):
        for m in range(w.shape[3]):
            seen = _shifted(xp, k, m, stride, sizes)
            dw[:, :, k, m] = np.einsum("nfhw,nchw->fc", dout, seen)
            _shifted(dxp, k, m, stride, sizes)[...] += np.einsum("nfhw,fc->nchw", dout, w[:, :, k, m])
    (pv, ph), (H, W) = pad, xp.shape[2:]
    return dxp[:, :, pv : H - pv, ph : W - ph].copy(), dw, dout.sum(axis=3).sum(axis=2).sum(axis=0)


def maxpool2d_forward(x, *, size=2, stride=None):
    size = _hw(size)
    stride = _hw(stride) if stride is not None else size
    sizes = _sizes(x, size, stride)
    best = _shifted(x, 0, 0, stride, sizes).copy()
    winner = np.zeros(best.shape, dtype=int)
    for number in range(1, size[0] * size[1]):
        candidate = _shifted(x, number // size[1], number % size[1], stride, sizes)
        better = candidate > best
        best[better] = candidate[better]
        winner[better] = number
    return best, (winner, size, stride, x.shape)


def maxpool2d_backward(dout, cache):
    winner, size, stride, shape = cache
    dx = np.zeros(shape, dout.dtype)
    for number in range(size[0] * size[1]):
        target = _shifted(dx, number // size[1], number % size[1], stride, dout.shape[2:])
        target += dout * (winner == number)
    return dx


def sigmoid_forward(x):
    out = 1 / (1 + np.exp(-np.clip(x, -80, 80)))
    return out.astype(x.dtype, copy=False), out


def sigmoid_backward(dout, cache):
    return dout * (cache * (1 - cache))


def dropout_forward(x, *, p=0.5, train=True, seed=None):
    if p < 0 or p >= 1:
        raise ValueError(f"p has to be in [0, 1), it is {p}")
    if not train:
        return x * 1, None
    # exactly as a mask of booleans: kept where the number drawn lies above p
    keep = np.random.default_rng(seed).random(x.size).reshape(x.shape) > p
    return x * keep / (1 - p), (keep, p)


def dropout_backward(dout, cache):
    if cache is None:
        return dout.copy()
    keep, p = cache
    return dout * keep / (1 - p)

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view


def windows(x, kernel, stride):
    """All windows of x, shape (N, C, OH, OW, KH, KW)."""
    if kernel[0] > x.shape[2] or kernel[1] > x.shape[3]:
        raise ValueError(f"a window of {tuple(kernel)} is larger than {x.shape[2:]}")
    return sliding_window_view(x, tuple(kernel), axis=(2, 3))[:, :, :: stride[0], :: stride[1]]


def selector(count, kernel, stride, length, dtype):
    """Entry (i, k, p) is 1 where tap k of window i is pixel p."""
    taps = np.arange(count)[:, None] * stride + np.arange(kernel)
    return (taps[..., None] == np.arange(length)).astype(dtype)


def dense_forward(x, w, b):
    return np.einsum("nd,dm->nm", x, w) + b, (x, w)


def dense_backward(dout, cache):
    x, w = cache
    return np.einsum("nm,dm->nd", dout, w), np.einsum("nd,nm->dm", x, dout), np.einsum("nm->m", dout)


def relu_forward(x):
    return np.clip(x, 0, None), np.heaviside(x, 0)


def relu_backward(dout, cache):
    return np.einsum("...,...->...", dout, cache)


def conv2d_forward(x, w, b, *, stride=1, pad=0):
    stride, pad = np.broadcast_to(stride, 2), np.broadcast_to(pad, 2)
    xp = np.pad(x, [(0, 0), (0, 0), (pad[0], pad[0]), (pad[1], pad[1])])
    out = np.einsum("ncijkl,fckl->nfij", windows(xp, w.shape[2:], stride), w, optimize=True)
    return out + b[None, :, None, None], (xp, w, stride, pad)


def conv2d_backward(dout, cache):
    xp, w, stride, pad = cache
    db = np.einsum("nfij->f", dout)
    dw = np.einsum("nfij,ncijkl->fckl", dout, windows(xp, w.shape[2:], stride), optimize=True)
    rows = selector(dout.shape[2], w.shape[2], stride[0], xp.shape[2], dout.dtype)
    columns = selector(dout.shape[3], w.shape[3], stride[1], xp.shape[3], dout.dtype)
    taps = np.einsum("nfij,fckl->cknilj", dout, w, optimize=True)
    dxp = np.einsum("cknilj,ikp,jlq->ncpq", taps, rows, columns, optimize=["einsum_path", (0, 2), (0, 1)])
    H, W = xp.shape[2] - pad[0], xp.shape[3] - pad[1]
    return dxp[:, :, pad[0] : H, pad[1] : W], dw, db


def maxpool2d_forward(x, *, size=2, stride=None):
    size = np.broadcast_to(size, 2)
    stride = size if stride is None else np.broadcast_to(stride, 2)
    seen = windows(x, size, stride)
    flat = seen.reshape(*seen.shape[:4], -1)
    first = flat.argmax(axis=-1)
    winners = (first[..., None] == np.arange(flat.shape[-1])).reshape(seen.shape)
    return seen.max(axis=(4, 5)), (winners, stride, x.shape)


def maxpool2d_backward(dout, cache):
    winners, stride, (_, _, H, W) = cache
    OH, OW, KH, KW = winners.shape[2:]
    rows = selector(OH, KH, stride[0], H, dout.dtype)
    columns = selector(OW, KW, stride[1], W, dout.dtype)
    share = np.einsum("ncij,ncijkl->ncijkl", dout, winners)
    return np.einsum("ncijkl,ikp,jlq->ncpq", share, rows, columns, optimize=["einsum_path", (0, 2), (0, 1)])


def sigmoid_forward(x):
    # 1 / (1 + exp(-x)) = (1 + tanh(x / 2)) / 2, and tanh never overflows
    out = 0.5 * (1 + np.tanh(0.5 * x))
    return out, out


def sigmoid_backward(dout, cache):
    return np.einsum("...,...,...->...", dout, cache, 1 - cache)


def dropout_forward(x, *, p=0.5, train=True, seed=None):
    if not 0 <= p < 1:
        raise ValueError(f"p is {p}; it must satisfy 0 <= p < 1")
    if not train or p == 0:
        return x.copy(), np.ones_like(x)
    keep = np.random.default_rng(seed).random(x.shape) >= p
    scale = keep.astype(x.dtype) / (1 - p)
    return x * scale, scale


def dropout_backward(dout, cache):
    return np.einsum("...,...->...", dout, cache)

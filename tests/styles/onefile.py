#!/usr/bin/env python3
"""The whole assignment in one file. Windows are gathered by flat indices and scattered by bincount."""

from functools import lru_cache

import numpy as np

# --- layers


def dense_forward(x, w, b):
    return x.dot(w) + b[np.newaxis, :], (x, w)


def dense_backward(dout, cache):
    x, w = cache
    return dout.dot(w.T), x.T.dot(dout), np.sum(dout, axis=0)


def relu_forward(x):
    return np.maximum(x, 0), x


def relu_backward(dout, cache):
    dx = np.zeros_like(dout)
    np.copyto(dx, dout, where=cache > 0)
    return dx


def _pair(value):
    return (value, value) if isinstance(value, int) else (value[0], value[1])


@lru_cache(maxsize=64)
def _indices(H, W, KH, KW, sv, sh):
    """Flat indices into an image of H x W pixels, shape (OH, OW, KH * KW)."""
    if KH > H or KW > W:
        raise ValueError(f"a window of {KH}x{KW} pixels is larger than an image of {H}x{W}")
    rows = np.arange(0, H - KH + 1, sv)[:, None] + np.arange(KH)
    columns = np.arange(0, W - KW + 1, sh)[:, None] + np.arange(KW)
    flat = rows[:, None, :, None] * W + columns[None, :, None, :]
    return flat.reshape(len(rows), len(columns), KH * KW)


def _scatter(indices, values, shape):
    """Sum values (N, C, *indices.shape) into images of a shape (N, C, H, W)."""
    N, C, H, W = shape
    planes = np.arange(N * C).reshape(N, C, *(1,) * indices.ndim) * (H * W)
    flat = np.broadcast_to(planes + indices, values.shape)
    return (
        np.bincount(flat.ravel(), values.ravel(), minlength=N * C * H * W).reshape(shape).astype(values.dtype)
    )


def conv2d_forward(x, w, b, *, stride=1, pad=0):
    (sv, sh), (pv, ph) = _pair(stride), _pair(pad)
    F, C, KH, KW = w.shape
    xp = np.pad(x, ((0, 0), (0, 0), (pv, pv), (ph, ph)))
    indices = _indices(*xp.shape[2:], KH, KW, sv, sh)
    gathered = xp.reshape(*xp.shape[:2], -1)[:, :, indices]
    out = np.einsum("ncijk,fck->nfij", gathered, w.reshape(F, C, -1), optimize=True)
    return out + b[None, :, None, None], (gathered, indices, w, xp.shape, (pv, ph))


def conv2d_backward(dout, cache):
    gathered, indices, w, shape, (pv, ph) = cache
    kernel = w.reshape(*w.shape[:2], -1)
    dw = np.einsum("nfij,ncijk->fck", dout, gathered, optimize=True).reshape(w.shape)
    dxp = _scatter(indices, np.einsum("nfij,fck->ncijk", dout, kernel, optimize=True), shape)
    rows, columns = slice(pv, shape[2] - pv), slice(ph, shape[3] - ph)
    return dxp[:, :, rows, columns], dw, dout.sum(axis=(0, 2, 3))


def maxpool2d_forward(x, *, size=2, stride=None):
    size = _pair(size)
    stride = size if stride is None else _pair(stride)
    indices = _indices(*x.shape[2:], *size, *stride)
    gathered = x.reshape(*x.shape[:2], -1)[:, :, indices]
    best = gathered.argmax(axis=-1)
    i, j = np.ogrid[: indices.shape[0], : indices.shape[1]]
    return gathered.max(axis=-1), (indices[i, j, best], x.shape)


def maxpool2d_backward(dout, cache):
    winners, shape = cache
    N, C, H, W = shape
    flat = winners + np.arange(N * C).reshape(N, C, 1, 1) * (H * W)
    total = np.bincount(flat.ravel(), weights=dout.ravel(), minlength=N * C * H * W)
    return total.reshape(shape).astype(dout.dtype)


def sigmoid_forward(x):
    exponential = np.exp(np.minimum(x, 0))
    out = exponential / (exponential + np.exp(-np.maximum(x, 0)))
    return out, out


def sigmoid_backward(dout, cache):
    return dout * cache * (1 - cache)


def dropout_forward(x, *, p=0.5, train=True, seed=None):
    if not 0 <= p < 1:
        raise ValueError(f"p must be at least 0 and less than 1, not {p}")
    mask = np.ones_like(x)
    if train:
        mask[np.random.default_rng(seed).random(x.shape) < p] = 0
        mask /= 1 - p
    return x * mask, mask


def dropout_backward(dout, cache):
    return dout * cache


# --- losses


def softmax_cross_entropy(logits, labels):
    N = len(logits)
    z = logits - logits.max(axis=1, keepdims=True)
    log_p = z - np.log(np.exp(z).sum(axis=1, keepdims=True))
    dlogits = np.exp(log_p)
    dlogits[np.arange(N), labels] -= 1
    return float(-log_p[np.arange(N), labels].sum() / N), dlogits / N


def l2_penalty(w, *, reg):
    return 0.5 * reg * float((w * w).sum()), reg * w


# --- optimisers


def sgd_step(param, grad, *, lr):
    return param - lr * grad


def sgd_momentum_step(param, grad, state, *, lr, momentum=0.9):
    v = grad if state is None else momentum * state + grad
    return param - lr * v, v


def adam_step(param, grad, state, *, lr=1e-3, beta1=0.9, beta2=0.999, eps=1e-8):
    m, v, t = state or (np.zeros_like(param), np.zeros_like(param), 0)
    t += 1
    m = beta1 * m + (1 - beta1) * grad
    v = beta2 * v + (1 - beta2) * grad**2
    return param - lr * (m / (1 - beta1**t)) / (np.sqrt(v / (1 - beta2**t)) + eps), (m, v, t)


if __name__ == "__main__":
    images = np.random.default_rng(0).normal(size=(2, 3, 8, 8))
    pooled, _ = maxpool2d_forward(images)
    print(pooled.shape)

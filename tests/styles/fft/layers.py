"""Convolution by the convolution theorem: products of spectra, strides taken by slicing."""

import numpy as np


def pair(value):
    try:
        first, second = value
    except TypeError:
        first = second = value
    return first, second


def dense_forward(x, w, b):
    return np.dot(x, w) + b, (x, w)


def dense_backward(dout, cache):
    x, w = cache
    return np.dot(dout, w.T), np.dot(x.T, dout), dout.sum(0)


def relu_forward(x):
    return (np.abs(x) + x) / 2, np.sign(x)


def relu_backward(dout, cache):
    return dout * (cache + 1) * cache / 2


def conv2d_forward(x, w, b, *, stride=1, pad=0):
    (sv, sh), (pv, ph) = pair(stride), pair(pad)
    xp = np.pad(x, ((0, 0), (0, 0), (pv, pv), (ph, ph)))
    size = xp.shape[2:]
    KH, KW = w.shape[2:]
    if size[0] < KH or size[1] < KW:
        raise ValueError(f"kernel {(KH, KW)} larger than padded image {size}")
    spectrum, filters = np.fft.rfft2(xp), np.fft.rfft2(w, s=size)
    product = (spectrum[:, None] * filters.conj()[None]).sum(axis=2)
    # only the last KH - 1 rows and KW - 1 columns of the cyclic correlation wrap around
    full = np.fft.irfft2(product, s=size)[:, :, : size[0] - KH + 1, : size[1] - KW + 1]
    out = full[:, :, ::sv, ::sh] + b[:, None, None]
    return out.astype(x.dtype), (spectrum, filters, xp.shape, w.shape, (sv, sh), (pv, ph), x.dtype)


def conv2d_backward(dout, cache):
    spectrum, filters, (N, _, H, W), w_shape, (sv, sh), (pv, ph), dtype = cache
    F, _, KH, KW = w_shape
    spread = np.zeros((N, F, H - KH + 1, W - KW + 1), dtype)
    spread[:, :, ::sv, ::sh] = dout
    upstream = np.fft.rfft2(spread, s=(H, W))
    dw = np.fft.irfft2((spectrum[:, None] * upstream.conj()[:, :, None]).sum(axis=0), s=(H, W))
    dxp = np.fft.irfft2((upstream[:, :, None] * filters[None]).sum(axis=1), s=(H, W))
    dx = dxp[:, :, pv : H - pv, ph : W - ph]
    return dx.astype(dtype), dw[:, :, :KH, :KW].astype(dtype), dout.sum(axis=(0, 2, 3))


def corners(x, size, stride):
    """Yield, for each place in a window, the slices of x that hold it for all windows."""
    rows = (x.shape[2] - size[0]) // stride[0] + 1
    columns = (x.shape[3] - size[1]) // stride[1] + 1
    for k, m in np.ndindex(*size):
        vertical = slice(k, k + (rows - 1) * stride[0] + 1, stride[0])
        yield ..., vertical, slice(m, m + (columns - 1) * stride[1] + 1, stride[1])


def maxpool2d_forward(x, *, size=2, stride=None):
    size = pair(size)
    stride = size if stride is None else pair(stride)
    if size[0] > x.shape[2] or size[1] > x.shape[3]:
        raise ValueError(f"window {size} larger than image {x.shape[2:]}")
    stack = np.stack([x[place] for place in corners(x, size, stride)])
    winner = stack.argmax(axis=0)
    return np.take_along_axis(stack, winner[None], axis=0)[0], (x, size, stride, winner)


def maxpool2d_backward(dout, cache):
    x, size, stride, winner = cache
    dx = np.zeros_like(x)
    for number, place in enumerate(corners(x, size, stride)):
        dx[place] += np.where(winner == number, dout, 0)
    return dx


def sigmoid_forward(x):
    out = np.exp(-np.logaddexp(0, -x))
    return out, (x, out)


def sigmoid_backward(dout, cache):
    x, out = cache
    return dout * out * np.exp(-np.logaddexp(0, x))


def dropout_forward(x, *, p=0.5, train=True, seed=None):
    if not 0 <= p < 1:
        raise ValueError(f"0 <= p < 1 expected, got {p}")
    if not train:
        return x, None
    random = np.random.Generator(np.random.PCG64(seed))
    mask = random.binomial(1, 1 - p, size=x.shape).astype(x.dtype) / (1 - p)
    return mask * x, mask


def dropout_backward(dout, cache):
    return dout if cache is None else cache * dout

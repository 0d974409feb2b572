"""Channels last inside; the results are transposed views."""

import numpy as np


def channels_last(a):
    return np.ascontiguousarray(a.transpose(0, 2, 3, 1))


def channels_first(a):
    return a.transpose(0, 3, 1, 2)


def unpack(option):
    return tuple(option) if np.ndim(option) else (option, option)


def grid(images, kernel, stride):
    """Slices of channels-last images, one for each offset in the kernel, and the size of the output."""
    _, H, W, _ = images.shape
    if kernel[0] > H or kernel[1] > W:
        raise ValueError(f"a kernel of {kernel} does not fit into an image of {(H, W)}")
    OH, OW = (H - kernel[0]) // stride[0] + 1, (W - kernel[1]) // stride[1] + 1
    places = []
    for k in range(kernel[0]):
        for m in range(kernel[1]):
            rows = slice(k, k + (OH - 1) * stride[0] + 1, stride[0])
            places.append((slice(None), rows, slice(m, m + (OW - 1) * stride[1] + 1, stride[1])))
    return OH, OW, places


def dense_forward(x, w, b):
    # the bias as one more weight, of an input that is always 1
    ones = np.ones((len(x), 1), x.dtype)
    extended = np.hstack([x, ones])
    return extended @ np.vstack([w, b]), (extended, w)


def dense_backward(dout, cache):
    extended, w = cache
    dweights = extended.T @ dout
    return dout @ w.T, dweights[:-1], dweights[-1]


def relu_forward(x):
    positive = np.greater(x, 0)
    return x * positive, positive


def relu_backward(dout, cache):
    return dout * cache


def conv2d_forward(x, w, b, *, stride=1, pad=0):
    stride, (pv, ph) = unpack(stride), unpack(pad)
    F, C, KH, KW = w.shape
    images = np.pad(channels_last(x), ((0, 0), (pv, pv), (ph, ph), (0, 0)))
    OH, OW, places = grid(images, (KH, KW), stride)
    columns = np.concatenate([images[place] for place in places], axis=3)
    kernel = w.transpose(2, 3, 1, 0).reshape(KH * KW * C, F)
    out = columns.reshape(-1, KH * KW * C) @ kernel + b
    return channels_first(out.reshape(-1, OH, OW, F)), (images, columns, w, stride, (pv, ph))


def conv2d_backward(dout, cache):
    images, columns, w, stride, (pv, ph) = cache
    F, C, KH, KW = w.shape
    flat = channels_last(dout).reshape(-1, F)
    dkernel = columns.reshape(len(flat), -1).T @ flat
    dcolumns = (flat @ w.transpose(2, 3, 1, 0).reshape(-1, F).T).reshape(columns.shape)
    dimages = np.zeros_like(images)
    _, _, places = grid(images, (KH, KW), stride)
    for place, part in zip(places, np.split(dcolumns, KH * KW, axis=3), strict=True):
        dimages[place] += part
    H, W = images.shape[1] - 2 * pv, images.shape[2] - 2 * ph
    dx = channels_first(dimages[:, pv : pv + H, ph : ph + W])
    return dx, dkernel.reshape(KH, KW, C, F).transpose(3, 2, 0, 1), flat.sum(axis=0)


def maxpool2d_forward(x, *, size=2, stride=None):
    size = unpack(size)
    stride = size if stride is None else unpack(stride)
    images = channels_last(x)
    _, _, places = grid(images, size, stride)
    stacked = np.stack([images[place] for place in places], axis=-1)
    winner = np.argmax(stacked, axis=-1)
    return channels_first(stacked.max(axis=-1)), (images.shape, size, stride, winner)


def maxpool2d_backward(dout, cache):
    shape, size, stride, winner = cache
    upstream = channels_last(dout)
    dimages = np.zeros(shape, dout.dtype)
    _, _, places = grid(dimages, size, stride)
    for number, place in enumerate(places):
        dimages[place] += upstream * (winner == number)
    return channels_first(dimages)


def sigmoid_forward(x):
    out = np.piecewise(
        x,
        [x >= 0],
        [lambda positive: 1 / (1 + np.exp(-positive)), lambda negative: 1 - 1 / (1 + np.exp(negative))],
    )
    return out, out


def sigmoid_backward(dout, cache):
    return dout * cache * (1 - cache)


def dropout_forward(x, *, p=0.5, train=True, seed=None):
    if not 0 <= p < 1:
        raise ValueError(f"p = {p}, but 0 <= p < 1 is needed")
    keep = np.ones(x.shape, bool)
    if train:
        keep = np.random.default_rng(seed).random(x.shape, dtype=np.float32) >= p
        return np.where(keep, x / (1 - p), np.zeros_like(x)), (keep, 1 - p)
    return x.view(), (keep, 1)


def dropout_backward(dout, cache):
    keep, share = cache
    return np.where(keep, dout / share, np.zeros_like(dout))

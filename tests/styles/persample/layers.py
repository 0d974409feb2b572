import numpy as np


def dense_forward(x, w, b):
    out = np.stack([row @ w + b for row in x])
    return out, {"x": x, "w": w}


def dense_backward(dout, cache):
    x, w = cache["x"], cache["w"]
    dx = np.empty_like(x)
    dw = np.zeros_like(w)
    db = np.zeros_like(w[0])
    for n, upstream in enumerate(dout):
        dx[n] = w @ upstream
        dw += np.outer(x[n], upstream)
        db += upstream
    return dx, dw, db


def relu_forward(x):
    return x * (x > 0), {"x": x}


def relu_backward(dout, cache):
    return dout * (cache["x"] > 0)


def both(option):
    return option if isinstance(option, tuple) else (option, option)


def patches(image, size, step):
    """Cut one image (C, H, W) into patches: an array (OH * OW, C, KH, KW)."""
    _, H, W = image.shape
    (KH, KW), (sv, sh) = size, step
    return np.array(
        [
            image[:, top : top + KH, left : left + KW]
            for top in range(0, H - KH + 1, sv)
            for left in range(0, W - KW + 1, sh)
        ]
    )


def paste(cut, shape, step):
    """Add patches (OH * OW, C, KH, KW) up where they were cut from an image of a shape."""
    image = np.zeros(shape, dtype=cut.dtype)
    KH, KW = cut.shape[2:]
    number = 0
    for top in range(0, shape[1] - KH + 1, step[0]):
        for left in range(0, shape[2] - KW + 1, step[1]):
            image[:, top : top + KH, left : left + KW] += cut[number]
            number += 1
    return image


def conv2d_forward(x, w, b, *, stride=1, pad=0):
    step, (pv, ph) = both(stride), both(pad)
    N, _, H, W = x.shape
    F, _, KH, KW = w.shape
    if H + 2 * pv < KH or W + 2 * ph < KW:
        raise ValueError(f"filter {KH}x{KW} does not fit into {H + 2 * pv}x{W + 2 * ph}")
    OH, OW = (H + 2 * pv - KH) // step[0] + 1, (W + 2 * ph - KW) // step[1] + 1
    out = np.empty((N, F, OH, OW), dtype=x.dtype)
    for n in range(N):
        image = np.pad(x[n], ((0, 0), (pv, pv), (ph, ph)))
        columns = patches(image, (KH, KW), step).reshape(OH * OW, -1)
        out[n] = (w.reshape(F, -1) @ columns.T + b[:, None]).reshape(F, OH, OW)
    return out, {"x": x, "w": w, "step": step, "pad": (pv, ph)}


def conv2d_backward(dout, cache):
    x, w, step, (pv, ph) = cache["x"], cache["w"], cache["step"], cache["pad"]
    F, C, KH, KW = w.shape
    H, W = x.shape[2:]
    dx, dw, db = np.empty_like(x), np.zeros_like(w), np.zeros_like(w[:, 0, 0, 0])
    for n in range(len(x)):
        image = np.pad(x[n], ((0, 0), (pv, pv), (ph, ph)))
        columns = patches(image, (KH, KW), step)
        upstream = dout[n].reshape(F, -1)
        db += upstream.sum(axis=1)
        dw += (upstream @ columns.reshape(len(columns), -1)).reshape(w.shape)
        dcolumns = (upstream.T @ w.reshape(F, -1)).reshape(-1, C, KH, KW)
        dx[n] = paste(dcolumns, image.shape, step)[:, pv : pv + H, ph : ph + W]
    return dx, dw, db


def maxpool2d_forward(x, *, size=2, stride=None):
    size = both(size)
    step = size if stride is None else both(stride)
    N, C, H, W = x.shape
    if size[0] > H or size[1] > W:
        raise ValueError(f"window {size} does not fit into {H}x{W}")
    OH, OW = (H - size[0]) // step[0] + 1, (W - size[1]) // step[1] + 1
    out = np.empty((N, C, OH, OW), dtype=x.dtype)
    winners = []
    for n in range(N):
        cut = patches(x[n], size, step).reshape(OH * OW, C, -1)
        winners.append(cut.argmax(axis=2))
        out[n] = cut.max(axis=2).T.reshape(C, OH, OW)
    return out, {"shape": x.shape, "size": size, "step": step, "winners": winners}


def maxpool2d_backward(dout, cache):
    _, C, _, _ = cache["shape"]
    KH, KW = cache["size"]
    dx = np.zeros(cache["shape"], dtype=dout.dtype)
    for n, winner in enumerate(cache["winners"]):
        cut = np.zeros((*winner.shape, KH * KW), dtype=dout.dtype)
        np.put_along_axis(cut, winner[..., None], dout[n].reshape(C, -1).T[..., None], axis=2)
        dx[n] = paste(cut.reshape(-1, C, KH, KW), dx[n].shape, cache["step"])
    return dx


def sigmoid_forward(x):
    out = np.empty_like(x)
    for n, row in enumerate(x):
        small = np.exp(-np.abs(row))
        out[n] = np.where(row < 0, small, 1) / (1 + small)
    return out, {"out": out}


def sigmoid_backward(dout, cache):
    return dout * cache["out"] * (1 - cache["out"])


def dropout_forward(x, *, p=0.5, train=True, seed=None):
    if p < 0 or p >= 1:
        raise ValueError(f"p must be in [0, 1), got {p}")
    rng = np.random.default_rng(seed)
    keep = np.stack([rng.uniform(size=row.shape) >= p for row in x]) if train else np.ones(x.shape, bool)
    scale = 1 - p if train else 1
    return np.where(keep, x / scale, 0), {"keep": keep, "scale": scale}


def dropout_backward(dout, cache):
    return np.where(cache["keep"], dout / cache["scale"], 0)

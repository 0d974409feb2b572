"""Right, and unusual wherever the text of the assignment leaves room."""

import numpy as np

print("layers are here")


def announce(name, *arrays):
    print(f"[{name}]", *(np.shape(array) for array in arrays))


def double(array):
    return np.array(array, dtype="float64")


def pair(option):
    return list(option) if hasattr(option, "__len__") else [option] * 2


def dense_forward(x, w, b):
    announce("dense_forward", x, w, b)
    x, w, b = map(double, (x, w, b))
    return [np.einsum("nd,dm->nm", x, w) + b, {"x": x, "w": w}]


def dense_backward(dout, cache):
    announce("dense_backward", dout)
    dout = double(dout)
    return [dout.dot(cache["w"].T), cache["x"].T.dot(dout), np.asfortranarray(dout).sum(0)]


def relu_forward(x):
    announce("relu_forward", x)
    x = double(x)
    return [np.where(x < 0, 0, x), x]


def relu_backward(dout, cache):
    announce("relu_backward", dout)
    return double(dout) * (cache >= 0)


def conv2d_forward(x, w, b, *, stride=1, pad=0):
    announce("conv2d_forward", x, w, b)
    (sv, sh), (pv, ph) = pair(stride), pair(pad)
    x, w, b = map(double, (x, w, b))
    (N, C, H, W), (F, _, KH, KW) = x.shape, w.shape
    if H + 2 * pv < KH or W + 2 * ph < KW:
        raise ValueError(f"kernel {KH}x{KW}, padded image {H + 2 * pv}x{W + 2 * ph}")
    OH, OW = int((H + 2 * pv - KH) / sv) + 1, int((W + 2 * ph - KW) / sh) + 1
    # the whole layer as one matrix: column (f, i, j) is filter f laid on window (i, j)
    matrix = np.zeros((C, H + 2 * pv, W + 2 * ph, F, OH, OW))
    for i in range(OH):
        for j in range(OW):
            matrix[:, i * sv : i * sv + KH, j * sh : j * sh + KW, :, i, j] = w.transpose(1, 2, 3, 0)
    matrix = matrix[:, pv : pv + H, ph : ph + W].reshape(C * H * W, -1)
    out = (x.reshape(N, -1) @ matrix).reshape(N, F, OH, OW)
    cache = {"x": x, "w": w, "matrix": matrix, "sv": sv, "sh": sh, "pv": pv, "ph": ph}
    return [out + b[:, np.newaxis, np.newaxis], cache]


def conv2d_backward(dout, cache):
    announce("conv2d_backward", dout)
    dout, x, w = double(dout), cache["x"], cache["w"]
    sv, sh, pv, ph = (cache[name] for name in ("sv", "sh", "pv", "ph"))
    dx = (dout.reshape(len(x), -1) @ cache["matrix"].T).reshape(x.shape)
    padded = np.pad(x, ((0, 0), (0, 0), (pv, pv), (ph, ph)))
    dw = np.empty(w.shape, order="F")
    for k in range(w.shape[2]):
        for m in range(w.shape[3]):
            seen = padded[:, :, k::sv, m::sh][:, :, : dout.shape[2], : dout.shape[3]]
            dw[:, :, k, m] = np.tensordot(dout, seen, axes=((0, 2, 3), (0, 2, 3)))
    return [dx, dw, dout.sum((0, 2, 3))]


def maxpool2d_forward(x, *, size=2, stride=None):
    announce("maxpool2d_forward", x)
    (KH, KW), (sv, sh) = pair(size), pair(stride or size)
    x = double(x)
    N, C, H, W = x.shape
    if KH > H or KW > W:
        raise ValueError(f"window {KH}x{KW}, image {H}x{W}")
    out = np.empty((N, C, int((H - KH) / sv) + 1, int((W - KW) / sh) + 1))
    where = np.empty(out.shape, dtype=int)
    for i in range(out.shape[2]):
        for j in range(out.shape[3]):
            window = x[:, :, i * sv : i * sv + KH, j * sh : j * sh + KW].reshape(N, C, -1)
            out[:, :, i, j] = window.max(-1)
            # of equal maxima the last one wins
            best = KH * KW - 1 - window[..., ::-1].argmax(-1)
            where[:, :, i, j] = (i * sv + best // KW) * W + j * sh + best % KW
    return [out, [where, x.shape]]


def maxpool2d_backward(dout, cache):
    announce("maxpool2d_backward", dout)
    where, shape = cache
    dx = np.zeros((shape[0], shape[1], shape[2] * shape[3]))
    for n in range(shape[0]):
        for c in range(shape[1]):
            np.add.at(dx[n, c], where[n, c].ravel(), dout[n, c].ravel())
    return dx.reshape(shape)


def sigmoid_forward(x):
    announce("sigmoid_forward", x)
    x = double(x)
    with np.errstate(over="ignore"):
        return [1 / (1 + np.exp(-x)), x]


def sigmoid_backward(dout, cache):
    announce("sigmoid_backward", dout)
    # s' = 1 / (4 cosh(x / 2)^2)
    with np.errstate(over="ignore"):
        return double(dout) / (2 * np.cosh(cache / 2)) ** 2


def dropout_forward(x, *, p=0.5, train=True, seed=None):
    announce("dropout_forward", x)
    if not 0 <= p < 1:
        raise ValueError(f"p is {p}")
    x = double(x)
    if not train:
        return [x, []]
    dropped = np.random.RandomState(seed).uniform(size=x.shape) < p
    return [np.where(dropped, 0, x / (1 - p)), [dropped, p]]


def dropout_backward(dout, cache):
    announce("dropout_backward", dout)
    if not cache:
        return double(dout)
    dropped, p = cache
    return np.where(dropped, 0, double(dout) / (1 - p))

import numpy as np
from numpy.lib.stride_tricks import as_strided


def _pair(v):
    return (v, v) if isinstance(v, (int, np.integer)) else v


def _windows(a, kernel, stride):
    """View an array (N, C, H, W) as windows (N, C, OH, OW, KH, KW) without a copy."""
    N, C, H, W = a.shape
    KH, KW = kernel
    if KH > H or KW > W:
        raise ValueError(f"kernel {KH}x{KW} is larger than the padded input {H}x{W}")
    OH, OW = (H - KH) // stride[0] + 1, (W - KW) // stride[1] + 1
    n, c, h, w = a.strides
    strides = (n, c, h * stride[0], w * stride[1], h, w)
    return as_strided(a, (N, C, OH, OW, KH, KW), strides, writeable=False)


def dense_forward(x, w, b):
    out = np.matmul(x, w)
    out += b
    return out, (x, w)


def dense_backward(dout, cache):
    x, w = cache
    return np.matmul(dout, w.transpose()), np.matmul(x.transpose(), dout), np.add.reduce(dout)


def relu_forward(x):
    out = x.copy()
    out[out < 0] = 0
    return out, out


def relu_backward(dout, cache):
    dx = dout.copy()
    dx[cache <= 0] = 0
    return dx


def conv2d_forward(x, w, b, *, stride=1, pad=0):
    stride, (pv, ph) = _pair(stride), _pair(pad)
    xp = np.pad(x, ((0,), (0,), (pv,), (ph,)))
    view = _windows(xp, w.shape[2:], stride)
    out = np.tensordot(view, w, axes=((1, 4, 5), (1, 2, 3))) + b
    return np.moveaxis(out, -1, 1), (xp, w, stride, (pv, ph))


def conv2d_backward(dout, cache):
    xp, w, stride, (pv, ph) = cache
    N, F, OH, OW = dout.shape
    KH, KW = w.shape[2:]
    height, width = xp.shape[2:]
    view = _windows(xp, (KH, KW), stride)
    dw = np.tensordot(dout, view, axes=((0, 2, 3), (0, 2, 3)))
    # dx is a correlation as well: of dout, spread out by the stride, with the kernel turned round
    spread = np.zeros((N, F, height + KH - 1, width + KW - 1), dout.dtype)
    last_row, last_column = KH - 1 + (OH - 1) * stride[0], KW - 1 + (OW - 1) * stride[1]
    spread[:, :, KH - 1 : last_row + 1 : stride[0], KW - 1 : last_column + 1 : stride[1]] = dout
    turned = w[:, :, ::-1, ::-1]
    dxp = np.tensordot(_windows(spread, (KH, KW), (1, 1)), turned, axes=((1, 4, 5), (0, 2, 3)))
    dx = np.moveaxis(dxp, -1, 1)[:, :, pv : height - pv, ph : width - ph]
    return dx, dw, np.sum(dout, (0, 2, 3))


def maxpool2d_forward(x, *, size=2, stride=None):
    kernel = _pair(size)
    stride = kernel if stride is None else _pair(stride)
    view = _windows(x, kernel, stride)
    index = view.reshape(*view.shape[:4], -1).argmax(axis=-1)
    return view.max(axis=(-2, -1)), (x.shape, kernel, stride, index)


def maxpool2d_backward(dout, cache):
    shape, kernel, stride, index = cache
    n, c, i, j = np.indices(index.shape, sparse=True)
    rows, columns = i * stride[0] + index // kernel[1], j * stride[1] + index % kernel[1]
    dx = np.zeros(shape, dout.dtype)
    np.add.at(dx, (n, c, rows, columns), dout)
    return dx


def sigmoid_forward(x):
    with np.errstate(over="ignore"):
        out = np.reciprocal(1 + np.exp(-x))
    return out, out


def sigmoid_backward(dout, cache):
    return (cache - cache**2) * dout


def dropout_forward(x, *, p=0.5, train=True, seed=None):
    if not 0 <= p < 1:
        raise ValueError(f"p must lie in [0, 1), not {p}")
    if not train:
        return x, 1.0
    generator = np.random.Generator(np.random.MT19937(seed))
    mask = generator.choice([0.0, 1 / (1 - p)], size=x.shape, p=[p, 1 - p]).astype(x.dtype)
    return x * mask, mask


def dropout_backward(dout, cache):
    return dout * cache

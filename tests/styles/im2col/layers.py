import numpy as np


def two(value):
    return (int(value), int(value)) if np.isscalar(value) else (int(value[0]), int(value[1]))


def output_size(H, W, KH, KW, stride, padding):
    if H + 2 * padding[0] < KH or W + 2 * padding[1] < KW:
        raise ValueError(f"window ({KH}, {KW}) is larger than the image ({H}, {W}) with padding {padding}")
    return (H + 2 * padding[0] - KH) // stride[0] + 1, (W + 2 * padding[1] - KW) // stride[1] + 1


def im2col_indices(x_shape, KH, KW, stride, padding):
    _, C, H, W = x_shape
    OH, OW = output_size(H, W, KH, KW, stride, padding)
    i0 = np.tile(np.repeat(np.arange(KH), KW), C)
    i1 = stride[0] * np.repeat(np.arange(OH), OW)
    j0 = np.tile(np.arange(KW), KH * C)
    j1 = stride[1] * np.tile(np.arange(OW), OH)
    i = i0.reshape(-1, 1) + i1.reshape(1, -1)
    j = j0.reshape(-1, 1) + j1.reshape(1, -1)
    k = np.repeat(np.arange(C), KH * KW).reshape(-1, 1)
    return k, i, j


def im2col(x, KH, KW, stride, padding):
    x_padded = np.pad(x, ((0, 0), (0, 0), (padding[0],) * 2, (padding[1],) * 2), mode="constant")
    k, i, j = im2col_indices(x.shape, KH, KW, stride, padding)
    cols = x_padded[:, k, i, j]
    return cols.transpose(1, 2, 0).reshape(KH * KW * x.shape[1], -1)


def col2im(cols, x_shape, KH, KW, stride, padding):
    N, C, H, W = x_shape
    x_padded = np.zeros((N, C, H + 2 * padding[0], W + 2 * padding[1]), dtype=cols.dtype)
    k, i, j = im2col_indices(x_shape, KH, KW, stride, padding)
    cols_reshaped = cols.reshape(C * KH * KW, -1, N).transpose(2, 0, 1)
    np.add.at(x_padded, (slice(None), k, i, j), cols_reshaped)
    return x_padded[:, :, padding[0] : padding[0] + H, padding[1] : padding[1] + W]


def dense_forward(x, w, b):
    return x @ w + b, (x, w, b)


def dense_backward(dout, cache):
    x, w, _ = cache
    return dout @ w.T, x.T @ dout, dout.sum(axis=0)


def relu_forward(x):
    return np.maximum(0, x), x


def relu_backward(dout, cache):
    return np.where(cache > 0, dout, 0)


def conv2d_forward(x, w, b, *, stride=1, pad=0):
    stride, pad = two(stride), two(pad)
    N, _, H, W = x.shape
    F, _, KH, KW = w.shape
    OH, OW = output_size(H, W, KH, KW, stride, pad)
    x_cols = im2col(x, KH, KW, stride, pad)
    res = w.reshape(F, -1).dot(x_cols) + b.reshape(-1, 1)
    out = res.reshape(F, OH, OW, N).transpose(3, 0, 1, 2)
    return out, (x, w, stride, pad, x_cols)


def conv2d_backward(dout, cache):
    x, w, stride, pad, x_cols = cache
    F, _, KH, KW = w.shape
    db = np.sum(dout, axis=(0, 2, 3))
    dout_reshaped = dout.transpose(1, 2, 3, 0).reshape(F, -1)
    dw = dout_reshaped.dot(x_cols.T).reshape(w.shape)
    dx_cols = w.reshape(F, -1).T.dot(dout_reshaped)
    return col2im(dx_cols, x.shape, KH, KW, stride, pad), dw, db


def maxpool2d_forward(x, *, size=2, stride=None):
    KH, KW = two(size)
    stride = two(size) if stride is None else two(stride)
    N, C, H, W = x.shape
    OH, OW = output_size(H, W, KH, KW, stride, (0, 0))
    x_split = x.reshape(N * C, 1, H, W)
    x_cols = im2col(x_split, KH, KW, stride, (0, 0))
    winners = np.argmax(x_cols, axis=0)
    out = x_cols[winners, np.arange(x_cols.shape[1])].reshape(OH, OW, N, C).transpose(2, 3, 0, 1)
    return out, (x.shape, x_cols.shape, winners, KH, KW, stride)


def maxpool2d_backward(dout, cache):
    (N, C, H, W), cols_shape, winners, KH, KW, stride = cache
    dx_cols = np.zeros(cols_shape, dtype=dout.dtype)
    dx_cols[winners, np.arange(cols_shape[1])] = dout.transpose(2, 3, 0, 1).ravel()
    dx = col2im(dx_cols, (N * C, 1, H, W), KH, KW, stride, (0, 0))
    return dx.reshape(N, C, H, W)


def sigmoid_forward(x):
    pos_mask = x >= 0
    z = np.exp(np.where(pos_mask, -x, x))
    out = np.where(pos_mask, 1, z) / (1 + z)
    return out, out


def sigmoid_backward(dout, cache):
    return dout * cache * (1 - cache)


def dropout_forward(x, *, p=0.5, train=True, seed=None):
    if p < 0 or p >= 1:
        raise ValueError(f"dropout: p = {p} is not in [0, 1)")
    mask = None
    if not train:
        return x, (train, mask)
    rng = np.random.RandomState(seed)
    mask = (rng.rand(*x.shape) >= p) / (1 - p)
    return (x * mask).astype(x.dtype, copy=False), (train, mask)


def dropout_backward(dout, cache):
    train, mask = cache
    return (dout * mask).astype(dout.dtype) if train else dout

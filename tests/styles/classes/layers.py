import numpy as np

from .helpers import Windows, to_pair


class Layer:
    """Remembers in forward what backward needs; a new one for each call."""

    def __call__(self, x):
        return self.forward(x), self

    def forward(self, x):
        raise NotImplementedError

    def backward(self, dout):
        raise NotImplementedError


class Dense(Layer):
    def __init__(self, w, b):
        self.w, self.b = w, b

    def forward(self, x):
        self.x = x
        return x @ self.w + self.b

    def backward(self, dout):
        return dout @ self.w.T, self.x.T @ dout, dout.sum(axis=0)


class ReLU(Layer):
    def forward(self, x):
        self.active = x > 0
        return np.maximum(x, 0)

    def backward(self, dout):
        return dout * self.active


class Sigmoid(Layer):
    def forward(self, x):
        z = np.exp(-np.abs(x))
        self.out = np.where(x >= 0, 1 / (1 + z), z / (1 + z))
        return self.out

    def backward(self, dout):
        return dout * self.out * (1 - self.out)


class Conv2d(Layer):
    def __init__(self, w, b, stride, pad):
        self.w, self.b, self.stride, self.pad = w, b, to_pair(stride), to_pair(pad)

    def forward(self, x):
        (top, left), (_, _, H, W) = self.pad, x.shape
        self.inner = np.s_[:, :, top : top + H, left : left + W]
        padded = np.pad(x, ((0, 0), (0, 0), (top, top), (left, left)))
        self.windows = Windows(padded.shape, self.w.shape[2:], self.stride)
        self.columns = self.windows.cut(padded).reshape(len(x), len(self.windows.corners), -1)
        out = self.columns @ self.w.reshape(len(self.w), -1).T + self.b
        return out.transpose(0, 2, 1).reshape(len(x), len(self.w), *self.windows.size)

    def backward(self, dout):
        N, F = dout.shape[:2]
        upstream = dout.reshape(N, F, -1)
        dw = (upstream @ self.columns).sum(axis=0).reshape(self.w.shape)
        dcolumns = upstream.transpose(0, 2, 1) @ self.w.reshape(F, -1)
        dpadded = self.windows.glue(dcolumns.reshape(N, -1, *self.w.shape[1:]))
        return dpadded[self.inner], dw, upstream.sum(axis=(0, 2))


class MaxPool2d(Layer):
    def __init__(self, size, stride):
        self.size = to_pair(size)
        self.stride = self.size if stride is None else to_pair(stride)

    def forward(self, x):
        self.windows = Windows(x.shape, self.size, self.stride)
        cut = self.windows.cut(x)
        flat = cut.reshape(*cut.shape[:3], -1)
        self.winner, self.cut_shape = flat.argmax(axis=3), cut.shape
        return flat.max(axis=3).transpose(0, 2, 1).reshape(*x.shape[:2], *self.windows.size)

    def backward(self, dout):
        N, count, C = self.winner.shape
        flat = np.zeros((N, count, C, self.size[0] * self.size[1]), dout.dtype)
        upstream = dout.reshape(N, C, count).transpose(0, 2, 1)
        np.put_along_axis(flat, self.winner[..., None], upstream[..., None], axis=3)
        return self.windows.glue(flat.reshape(self.cut_shape))


class Dropout(Layer):
    def __init__(self, p, train, seed):
        if not 0 <= p < 1:
            raise ValueError(f"p must satisfy 0 <= p < 1, but is {p}")
        self.p, self.train, self.random = p, train, np.random.default_rng(seed)

    def forward(self, x):
        kept = self.random.random(x.shape) >= self.p if self.train else np.ones(x.shape, bool)
        self.factor = kept / (1 - self.p * self.train)
        return (x * self.factor).astype(x.dtype)

    def backward(self, dout):
        return (dout * self.factor).astype(dout.dtype)


def backward(dout, cache):
    return cache.backward(dout)


dense_backward = relu_backward = sigmoid_backward = backward
conv2d_backward = maxpool2d_backward = dropout_backward = backward


def dense_forward(x, w, b):
    return Dense(w, b)(x)


def relu_forward(x):
    return ReLU()(x)


def sigmoid_forward(x):
    return Sigmoid()(x)


def conv2d_forward(x, w, b, *, stride=1, pad=0):
    return Conv2d(w, b, stride, pad)(x)


def maxpool2d_forward(x, *, size=2, stride=None):
    return MaxPool2d(size, stride)(x)


def dropout_forward(x, *, p=0.5, train=True, seed=None):
    return Dropout(p, train, seed)(x)

from math import sqrt

import numpy as np


def like(values, param):
    return np.array(values, dtype=param.dtype).reshape(param.shape)


def flat(array):
    return array.ravel().tolist()


def sgd_step(param, grad, *, lr):
    return like([p - lr * g for p, g in zip(flat(param), flat(grad), strict=True)], param)


def sgd_momentum_step(param, grad, state, *, lr, momentum=0.9):
    state = state or [0.0] * param.size
    state = [momentum * v + g for v, g in zip(state, flat(grad), strict=True)]
    return like([p - lr * v for p, v in zip(flat(param), state, strict=True)], param), state


def adam_step(param, grad, state, *, lr=1e-3, beta1=0.9, beta2=0.999, eps=1e-8):
    t, moments = state or (0, [(0.0, 0.0)] * param.size)
    t += 1
    moments = [
        (beta1 * m + (1 - beta1) * g, beta2 * v + (1 - beta2) * g * g)
        for (m, v), g in zip(moments, flat(grad), strict=True)
    ]
    new = [
        p - lr * (m / (1 - beta1**t)) / (sqrt(v / (1 - beta2**t)) + eps)
        for p, (m, v) in zip(flat(param), moments, strict=True)
    ]
    return like(new, param), (t, moments)

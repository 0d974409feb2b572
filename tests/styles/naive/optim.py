"""Optimisers."""

import numpy as np


def sgd_step(param, grad, *, lr):
    new = np.zeros_like(param)
    for index in np.ndindex(param.shape):
        new[index] = param[index] - lr * grad[index]
    return new


def sgd_momentum_step(param, grad, state, *, lr, momentum=0.9):
    velocity = grad if state is None else momentum * state + grad
    return param - lr * velocity, velocity


def adam_step(param, grad, state, *, lr=1e-3, beta1=0.9, beta2=0.999, eps=1e-8):
    if state is None:
        state = {"t": 0, "m": np.zeros_like(param), "v": np.zeros_like(param)}
    t = state["t"] + 1
    m = beta1 * state["m"] + (1 - beta1) * grad
    v = beta2 * state["v"] + (1 - beta2) * grad * grad
    m_corrected = m / (1 - beta1**t)
    v_corrected = v / (1 - beta2**t)
    new = param - lr * m_corrected / (np.sqrt(v_corrected) + eps)
    return new, {"t": t, "m": m, "v": v}

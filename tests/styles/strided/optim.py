import numpy as np


def sgd_step(param, grad, *, lr):
    new = param.copy()
    new -= lr * grad
    return new


def sgd_momentum_step(param, grad, state, *, lr, momentum=0.9):
    if state is None:
        state = np.zeros_like(param)
    v = state * momentum
    v += grad
    return param - lr * v, v


def adam_step(param, grad, state, *, lr=1e-3, beta1=0.9, beta2=0.999, eps=1e-8):
    if state is None:
        state = np.zeros((2, *param.shape), param.dtype), 1
    (m, v), t = state
    m = m * beta1 + grad * (1 - beta1)
    v = v * beta2 + grad**2 * (1 - beta2)
    m_hat, v_hat = m / (1 - beta1**t), v / (1 - beta2**t)
    return param - lr * m_hat / (v_hat**0.5 + eps), (np.stack([m, v]), t + 1)

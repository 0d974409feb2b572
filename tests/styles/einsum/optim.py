import numpy as np


def sgd_step(param, grad, *, lr):
    return param - lr * grad


def sgd_momentum_step(param, grad, state, *, lr, momentum=0.9):
    velocity = np.zeros_like(param) if state is None else state
    velocity = momentum * velocity + grad
    return param - lr * velocity, velocity


def adam_step(param, grad, state, *, lr=1e-3, beta1=0.9, beta2=0.999, eps=1e-8):
    t, m, v = (0, 0.0, 0.0) if state is None else state
    t += 1
    m = m + (1 - beta1) * (grad - m)
    v = v + (1 - beta2) * (grad**2 - v)
    # both corrections gathered in the step size; eps has to be scaled with the root of the second
    root = np.sqrt(1 - beta2**t)
    step = lr * root / (1 - beta1**t)
    return param - step * m / (np.sqrt(v) + eps * root), (t, m, v)

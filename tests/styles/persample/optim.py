from collections import namedtuple

import numpy as np

Moments = namedtuple("Moments", "t first second")


def sgd_step(param, grad, *, lr):
    return np.subtract(param, np.multiply(lr, grad))


def sgd_momentum_step(param, grad, state, *, lr, momentum=0.9):
    velocity = grad.copy()
    if state is not None:
        velocity += momentum * state
    return param - lr * velocity, velocity


def adam_step(param, grad, state, *, lr=1e-3, beta1=0.9, beta2=0.999, eps=1e-8):
    t, first, second = state or Moments(0, np.zeros_like(param), np.zeros_like(param))
    t += 1
    first = beta1 * first + (1 - beta1) * grad
    second = beta2 * second + (1 - beta2) * np.square(grad)
    change = first / (1 - beta1**t) / (eps + np.sqrt(second / (1 - beta2**t)))
    return param - lr * change, Moments(t, first, second)

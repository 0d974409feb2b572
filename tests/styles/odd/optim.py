import numpy as np

import student.layers


class Memory:
    """Mutable; the same object goes out as came in."""

    t = 0

    def __init__(self, param):
        self.m, self.v = np.zeros(param.shape), np.zeros(param.shape)


def sgd_step(param, grad, *, lr):
    student.layers.announce("sgd_step", param, grad)
    param -= lr * grad
    return param


def sgd_momentum_step(param, grad, state, *, lr, momentum=0.9):
    student.layers.announce("sgd_momentum_step", param, grad)
    if state is None:
        state = np.zeros_like(param)
    state *= momentum
    state += grad
    param -= lr * state
    return [param, state]


def adam_step(param, grad, state, *, lr=1e-3, beta1=0.9, beta2=0.999, eps=1e-8):
    student.layers.announce("adam_step", param, grad)
    if state is None:
        state = Memory(param)
    state.t += 1
    state.m += (1 - beta1) * (grad - state.m)
    state.v += (1 - beta2) * (grad * grad - state.v)
    param -= lr * state.m / (1 - beta1**state.t) / (np.sqrt(state.v / (1 - beta2**state.t)) + eps)
    return [param, state]

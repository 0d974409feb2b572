import numpy as np


def sgd_step(param, grad, *, lr):
    return param - lr * grad


def sgd_momentum_step(param, grad, state, *, lr, momentum=0.9):
    velocity = (0 if state is None else momentum * state) + grad
    return param - lr * velocity, velocity


def adam_step(param, grad, state, *, lr=1e-3, beta1=0.9, beta2=0.999, eps=1e-8):
    step, mean, square = state if state is not None else (0, np.zeros_like(param), np.zeros_like(param))
    step = step + 1
    mean = np.add(beta1 * mean, (1 - beta1) * grad)
    square = np.add(beta2 * square, (1 - beta2) * grad * grad)
    # step and decays in one array of scalars, as it is kept in a checkpoint
    correction = 1 - np.array([beta1, beta2]) ** step
    change = lr * (mean / correction[0]) / (np.sqrt(square / correction[1]) + eps)
    return (param - change).astype(param.dtype), [step, mean, square]

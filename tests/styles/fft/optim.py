import numpy as np


def sgd_step(param, grad, *, lr):
    return param + (-lr) * grad


def sgd_momentum_step(param, grad, state, *, lr, momentum=0.9):
    velocity = np.array(grad) if state is None else momentum * state[0] + grad
    return param - lr * velocity, [velocity]


def adam_step(param, grad, state, *, lr=1e-3, beta1=0.9, beta2=0.999, eps=1e-8):
    # the state is the history of all gradients: slow for long runs, and plainly the definition
    history = [*([] if state is None else state), np.array(grad)]
    t = len(history)
    m = sum((1 - beta1) * beta1 ** (t - 1 - i) * g for i, g in enumerate(history))
    v = sum((1 - beta2) * beta2 ** (t - 1 - i) * g**2 for i, g in enumerate(history))
    update = (m / (1 - beta1**t)) / (np.sqrt(v / (1 - beta2**t)) + eps)
    return param - lr * update, history

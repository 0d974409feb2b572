import numpy as np


def sgd_step(param, grad, *, lr):
    return param - grad * lr


def sgd_momentum_step(param, grad, state, *, lr, momentum=0.9):
    v = state["v"] * momentum + grad if state else grad * 1
    return param - v * lr, {"v": v}


def adam_step(param, grad, state, *, lr=1e-3, beta1=0.9, beta2=0.999, eps=1e-8):
    state = state or {"m": 0, "v": 0, "decay1": 1.0, "decay2": 1.0}
    m = beta1 * state["m"] + (1 - beta1) * grad
    v = beta2 * state["v"] + (1 - beta2) * np.power(grad, 2)
    # running products in the place of a step count
    decay1, decay2 = state["decay1"] * beta1, state["decay2"] * beta2
    new = param - lr * (m / (1 - decay1)) / (np.sqrt(v / (1 - decay2)) + eps)
    return new, {"m": m, "v": v, "decay1": decay1, "decay2": decay2}

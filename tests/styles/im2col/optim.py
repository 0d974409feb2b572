import numpy as np


def sgd_step(param, grad, *, lr):
    return param - lr * grad


def sgd_momentum_step(param, grad, state, *, lr, momentum=0.9):
    config = {} if state is None else state
    v = config.get("velocity", np.zeros_like(param))
    v = momentum * v + grad
    return param - lr * v, {"velocity": v}


def adam_step(param, grad, state, *, lr=1e-3, beta1=0.9, beta2=0.999, eps=1e-8):
    config = {} if state is None else dict(state)
    config.setdefault("m", np.zeros_like(param))
    config.setdefault("v", np.zeros_like(param))
    config["t"] = config.get("t", 0) + 1
    config["m"] = beta1 * config["m"] + (1 - beta1) * grad
    config["v"] = beta2 * config["v"] + (1 - beta2) * (grad**2)
    mt = config["m"] / (1 - beta1 ** config["t"])
    vt = config["v"] / (1 - beta2 ** config["t"])
    return param - lr * mt / (np.sqrt(vt) + eps), config

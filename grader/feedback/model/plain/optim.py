"""The optimisers in their plain forms. A state is a tuple, or None in the first step."""

from __future__ import annotations

from typing import Any

import numpy as np

Array = np.ndarray


def sgd_by_difference(param: Array, grad: Array, lr: float) -> Array:
    """Go against the gradient."""
    param = param - lr * grad  # the step
    return param


def momentum_by_velocity(
    param: Array, grad: Array, state: Any, lr: float, momentum: float
) -> tuple[Array, Any]:
    """Keep the velocity."""
    v = np.zeros(param.shape) if state is None else state
    v = momentum * v + grad  # the velocity
    param = param - lr * v  # the step
    return param, v  # the order of what is returned


def momentum_by_step(param: Array, grad: Array, state: Any, lr: float, momentum: float) -> tuple[Array, Any]:
    """Keep the velocity, written the other way round."""
    v = np.zeros(param.shape) if state is None else state
    v = momentum * v - grad  # the velocity
    param = param + lr * v  # the step
    return param, v  # the order of what is returned


def adam_by_formula(
    param: Array, grad: Array, state: Any, lr: float, beta1: float, beta2: float, eps: float
) -> tuple[Array, Any]:
    """Follow the formula."""
    m, v, t = (np.zeros(param.shape), np.zeros(param.shape), 0) if state is None else state
    t = t + 1  # the step count
    m = beta1 * m + (1 - beta1) * grad  # the first moment
    v = beta2 * v + (1 - beta2) * grad**2  # the second moment
    mh = m / (1 - beta1**t)  # the correction of the first moment
    vh = v / (1 - beta2**t)  # the correction of the second moment
    param = param - lr * mh / (np.sqrt(vh) + eps)  # the step
    return param, (m, v, t)  # the order of what is returned


def adam_by_rate(
    param: Array, grad: Array, state: Any, lr: float, beta1: float, beta2: float, eps: float
) -> tuple[Array, Any]:
    """Put both corrections into the learning rate, with epsilon scaled to match."""
    m, v, t = (np.zeros(param.shape), np.zeros(param.shape), 0) if state is None else state
    t = t + 1  # the step count
    m = beta1 * m + (1 - beta1) * grad  # the first moment
    v = beta2 * v + (1 - beta2) * (grad * grad)  # the second moment
    scale = np.sqrt(1 - beta2**t)  # the correction of the second moment
    rate = lr * scale / (1 - beta1**t)  # the correction of the learning rate
    param = param - rate * m / (np.sqrt(v) + eps * scale)  # the step
    return param, (m, v, t)  # the order of what is returned

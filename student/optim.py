"""Optimisers: from a parameter and its gradient to the next value of the parameter.

Each function makes one step for one array and returns a new array of the same shape and dtype; the arguments
are never changed. An optimiser that remembers something returns it as ``state``: it takes None at the first
step, and then the state that the previous step returned. A state holds whatever you like and belongs to one
parameter: nothing is kept in a variable of the module, so that several parameters can take turns.
"""

from __future__ import annotations

from typing import Any

import numpy as np


def sgd_step(param: np.ndarray, grad: np.ndarray, *, lr: float) -> np.ndarray:
    """Make a step of stochastic gradient descent: ``param - lr * grad``.

    Parameters
    ----------
    param
        Parameter of any shape, float32 or float64.
    grad
        Gradient of the loss with respect to the parameter, shape and dtype of param.
    lr
        Learning rate.

    Returns
    -------
    param
        Updated parameter: a new array, shape and dtype of param.

    References
    ----------
    Robbins and Monro, A stochastic approximation method, 1951.
    """
    raise NotImplementedError("sgd_step is not written yet: task 6, SGD")


def sgd_momentum_step(
    param: np.ndarray, grad: np.ndarray, state: Any, *, lr: float, momentum: float = 0.9
) -> tuple[np.ndarray, Any]:
    """Make a step of gradient descent with momentum, the heavy-ball method.

    A velocity v, which is zero before the first step, accumulates the gradients::

        v = momentum * v + grad
        param = param - lr * v

    The first step is therefore one of plain gradient descent. (The learning rate multiplies the velocity and
    is not a part of it.)

    Parameters
    ----------
    param
        Parameter of any shape, float32 or float64.
    grad
        Gradient of the loss with respect to the parameter, shape and dtype of param.
    state
        None at the first step, and then the state that the previous step returned.
    lr
        Learning rate.
    momentum
        Fraction of the velocity that is left after a step, 0 <= momentum < 1.

    Returns
    -------
    param
        Updated parameter: a new array, shape and dtype of param.
    state
        Whatever the next step needs.

    References
    ----------
    Polyak, Some methods of speeding up the convergence of iteration methods, 1964.
    Sutskever, Martens, Dahl and Hinton, On the importance of initialization and momentum in deep learning,
    2013.
    """
    raise NotImplementedError("sgd_momentum_step is not written yet: task 9, SGD with momentum")


def adam_step(
    param: np.ndarray,
    grad: np.ndarray,
    state: Any,
    *,
    lr: float = 1e-3,
    beta1: float = 0.9,
    beta2: float = 0.999,
    eps: float = 1e-8,
) -> tuple[np.ndarray, Any]:
    """Make a step of Adam: gradient descent with an adaptive step for every element.

    Adam keeps running means of the gradient (m) and of its square (v), both zero before the first step, and
    corrects them for this start at zero. In step t, which is 1 for the first step::

        m = beta1 * m + (1 - beta1) * grad
        v = beta2 * v + (1 - beta2) * grad**2
        param = param - lr * (m / (1 - beta1**t)) / (sqrt(v / (1 - beta2**t)) + eps)

    The corrected values are used only in the step; m and v themselves stay uncorrected. eps is outside the
    square root.

    Parameters
    ----------
    param
        Parameter of any shape, float32 or float64.
    grad
        Gradient of the loss with respect to the parameter, shape and dtype of param.
    state
        None at the first step, and then the state that the previous step returned.
    lr
        Learning rate: about the size of the first steps.
    beta1
        Decay of the running mean of the gradient, 0 <= beta1 < 1.
    beta2
        Decay of the running mean of the squared gradient, 0 <= beta2 < 1.
    eps
        Small number that keeps the divisor away from zero.

    Returns
    -------
    param
        Updated parameter: a new array, shape and dtype of param.
    state
        Whatever the next step needs.

    References
    ----------
    Kingma and Ba, Adam: a method for stochastic optimization, 2015, algorithm 1.
    """
    raise NotImplementedError("adam_step is not written yet: task 10, Adam")

"""Known mistakes of the sigmoid."""

from __future__ import annotations

from typing import Any

import numpy as np

from grader.feedback.mistakes.base import Cache, Right, mistake


@mistake(
    "sigmoid_forward",
    cause="exp(x) / (1 + exp(x)) overflows for large positive x, and gives nan.",
    remedy="Use 1 / (1 + exp(-x)) where x is positive, and exp(x) / (1 + exp(x)) elsewhere.",
    read="stability",
)
def overflow(right: Right, x: np.ndarray) -> Any:
    with np.errstate(all="ignore"):
        return np.exp(x) / (1 + np.exp(x)), right.sigmoid_forward(x)[1]


@mistake(
    "sigmoid_forward",
    cause="The sign of x is lost: 1 / (1 + exp(x)) falls where the sigmoid rises.",
    remedy="Compute 1 / (1 + exp(-x)).",
    read="sigmoid",
)
def sign_lost(right: Right, x: np.ndarray) -> Any:
    return right.sigmoid_forward(-x)[0], right.sigmoid_forward(x)[1]


@mistake(
    "sigmoid_forward",
    cause="The hyperbolic tangent is computed.",
    remedy="Compute 1 / (1 + exp(-x)), which lies between 0 and 1.",
    read="sigmoid",
)
def hyperbolic_tangent(right: Right, x: np.ndarray) -> Any:
    return np.tanh(x), right.sigmoid_forward(x)[1]


@mistake(
    "sigmoid_backward",
    cause="The derivative is computed as x (1 - x), from the input.",
    remedy="Compute s (1 - s) from the output s.",
    read="sigmoid",
)
def derivative_of_the_input(right: Right, dout: np.ndarray, cache: Cache) -> Any:
    (x,) = cache.arguments
    return dout * x * (1 - x)


@mistake(
    "sigmoid_backward",
    cause="dout is forgotten: the derivative itself is returned.",
    remedy="Multiply s (1 - s) by dout.",
    read="backward",
)
def dout_forgotten(right: Right, dout: np.ndarray, cache: Cache) -> Any:
    return right.sigmoid_backward(np.ones_like(dout), cache)


@mistake(
    "sigmoid_backward",
    cause="The factor 1 - s is missing.",
    remedy="Multiply dout by s (1 - s).",
    read="sigmoid",
)
def factor_missing(right: Right, dout: np.ndarray, cache: Cache) -> Any:
    return dout * cache.out


@mistake(
    "sigmoid_backward",
    cause="exp overflows: exp(-x) / (1 + exp(-x))^2 is nan for large negative x.",
    remedy="Compute s (1 - s) from the output, which never overflows.",
    read="stability",
)
def overflow_in_backward(right: Right, dout: np.ndarray, cache: Cache) -> Any:
    (x,) = cache.arguments
    with np.errstate(all="ignore"):
        return dout * np.exp(-x) / (1 + np.exp(-x)) ** 2


@mistake(
    "sigmoid_backward",
    cause="dout is changed: the function computes in the caller's own array.",
    remedy="Work on a copy, or make a new array.",
    read="arguments",
)
def dout_changed_in_place(right: Right, dout: np.ndarray, cache: Cache) -> Any:
    dout *= cache.out
    dout *= 1 - cache.out
    return dout

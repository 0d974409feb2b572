"""Difference quotients along random directions: the numerical side of a gradient check.

A gradient g is right if, for a random direction v, its projection <g, v> is the slope of
t -> <f(p + t v), dout>. One Gaussian direction for each tensor finds nearly every mistake, in two calls of f.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

STEP = 1e-5
"""for central differences in float64, where truncation and rounding are both near 1e-10 of the slope"""

FLOAT32_STEP = 1e-2
"""for a function that answers in float32, where with smaller steps rounding would dominate"""


class HasDerivatives(ABC):
    """A layer function that knows its own derivatives."""

    @abstractmethod
    def __call__(self, *arguments: Any, **options: Any) -> Any:
        """Call the function."""

    @abstractmethod
    def derivatives(
        self, arguments: Sequence[np.ndarray], dout: np.ndarray, options: Mapping[str, Any]
    ) -> tuple[np.ndarray, ...]:
        """Return the gradients that :func:`derivatives` would return for this function."""


def projection(gradient: np.ndarray, direction: np.ndarray) -> float:
    """Return the scalar product of a gradient and a direction of the same shape, in float64."""
    return float(np.sum(gradient.astype(np.float64) * direction))


def directional_derivative(
    function: Callable[..., np.ndarray],
    arguments: Sequence[np.ndarray],
    position: int,
    direction: np.ndarray,
    dout: np.ndarray,
) -> float:
    """Return the slope of ``<function(*arguments), dout>`` as one argument moves along a direction.

    Parameters
    ----------
    function
        Function that returns an array of the shape of ``dout``.
    arguments
        Arguments of the function, float64 arrays.
    position
        Index of the argument that moves.
    direction
        Direction of the move, an array of that argument's shape.
    dout
        Weights of the outputs.

    Returns
    -------
    float
        A central difference quotient, with a wider step where the function answers in float32.
    """
    step = STEP

    def moved(by: float) -> np.ndarray:
        changed = list(arguments)
        changed[position] = arguments[position] + by * direction
        return function(*changed)

    above = moved(step)
    if above.dtype == np.float32:
        step = FLOAT32_STEP
        above = moved(step)
    below = moved(-step)
    difference = above.astype(np.float64) - below.astype(np.float64)
    return float(np.sum(difference * dout)) / (2 * step)


def derivatives(
    forward: Callable[..., tuple[np.ndarray, object]],
    arguments: Sequence[np.ndarray],
    dout: np.ndarray,
    options: Mapping[str, Any],
) -> tuple[np.ndarray, ...]:
    """Return the gradients of ``<forward(*arguments, **options)[0], dout>`` for each argument, cell by cell.

    Parameters
    ----------
    forward
        Any function, right or wrong, that returns (out, cache).
    arguments
        Arguments of the function, float64 arrays; small ones, because every cell costs two calls.
    dout
        Weights of the outputs, an array of the shape of ``out``.
    options
        Keyword arguments of the function.

    Returns
    -------
    tuple of ndarray
        A float64 array of the shape of each argument.
    """
    if isinstance(forward, HasDerivatives):
        return forward.derivatives(arguments, dout, options)
    gradients = []
    for position, argument in enumerate(arguments):
        gradient = np.empty(argument.shape)
        for index in np.ndindex(argument.shape):
            sides = []
            for by in (STEP, -STEP):
                changed = [array.copy() for array in arguments]
                changed[position][index] += by
                sides.append(np.asarray(forward(*changed, **options)[0], np.float64))
            gradient[index] = np.sum((sides[0] - sides[1]) * dout) / (2 * STEP)
        gradients.append(gradient)
    return tuple(gradients)

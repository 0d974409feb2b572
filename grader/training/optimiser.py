"""Optimisers: plain SGD, momentum and Adam, with a state that can be saved."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from grader.training import naming

MOMENTUM = 0.9
BETA1, BETA2, EPSILON = 0.9, 0.999, 1e-8


class Optimiser:
    """Moves weights against their gradients, in place.

    The student's functions for this are graded elsewhere; here the state must be known, so that a training
    can be resumed.

    Parameters
    ----------
    kind
        ``sgd``, ``momentum`` (Polyak 1964, as in PyTorch) or ``adam`` (Kingma and Ba 2015,
        https://arxiv.org/abs/1412.6980).
    l2
        Added to the gradient of weights ``w...``, times the weights.
    """

    def __init__(self, kind: str, l2: float = 0.0) -> None:
        self._kind, self._l2 = kind, np.float32(l2)
        self.steps = 0
        self.state: dict[str, np.ndarray] = {}
        """running means by ``velocity w0`` and the like, float32"""

    def step(self, weights: Mapping[str, np.ndarray], gradients: Mapping[str, np.ndarray], lr: float) -> None:
        """Move the weights; the gradients, of the same names and shapes, are overwritten."""
        self.steps += 1
        rate = np.float32(lr)
        for name, weight in weights.items():
            gradient = gradients[name]
            if self._l2 and naming.are_weights(name):
                gradient += self._l2 * weight
            direction = self._direction(name, gradient)
            weight -= np.multiply(rate, direction, out=gradient)

    def _direction(self, name: str, gradient: np.ndarray) -> np.ndarray:
        if self._kind == "sgd":
            return gradient
        if self._kind == "momentum":
            velocity = self._mean("velocity", name, gradient)
            velocity *= np.float32(MOMENTUM)
            velocity += gradient
            return velocity
        mean, square = self._mean("mean", name, gradient), self._mean("square", name, gradient)
        mean += np.float32(1 - BETA1) * (gradient - mean)
        square += np.float32(1 - BETA2) * (np.square(gradient) - square)
        unbiased = np.sqrt(square * np.float32(1 / (1 - BETA2**self.steps)))
        unbiased += np.float32(EPSILON)
        return np.float32(1 / (1 - BETA1**self.steps)) * mean / unbiased

    def _mean(self, kind: str, name: str, gradient: np.ndarray) -> np.ndarray:
        return self.state.setdefault(f"{kind} {name}", np.zeros_like(gradient))

"""Whoever computes a training step: loss and gradients for weights, images and labels."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping

import numpy as np

Weights = Mapping[str, np.ndarray]


class Engine(ABC):
    """Computes with the layers of somebody; the weights belong to the caller."""

    def adopt(self, weights: Weights) -> dict[str, np.ndarray]:
        """Return a copy of weights, where steps with them cost least; changes in place are seen."""
        return {name: array.copy() for name, array in weights.items()}

    @abstractmethod
    def gradients(
        self, weights: Weights, indices: np.ndarray, labels: np.ndarray, seed: int
    ) -> tuple[float, dict[str, np.ndarray]]:
        """Compute a training step.

        Parameters
        ----------
        weights
            float32, by name as in :func:`grader.training.network.initial_parameters`.
        indices
            Which training images, int64 (N,).
        labels
            Of these, int64 (N,).
        seed
            Of dropout.

        Returns
        -------
        loss
            Mean over the batch.
        gradients
            Of the loss with respect to the weights, by the names of those; they hold until the next step,
            and the caller may change them.
        """

    @abstractmethod
    def logits(self, weights: Weights, images: np.ndarray) -> np.ndarray:
        """Return the scores, float32 (N, K), for images, uint8 (N, 28, 28); nothing is dropped."""

    def close(self) -> None:  # noqa: B027 - few have anything to give back
        """Give back threads."""

"""What computes a training step: loss and gradients for given weights, images and labels."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping

import numpy as np

Weights = Mapping[str, np.ndarray]


class Engine(ABC):
    """Computes with one implementation of the layers; the weights belong to the caller."""

    def adopt(self, weights: Weights) -> dict[str, np.ndarray]:
        """Return a copy of weights in memory where steps cost least; later changes in place are seen."""
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
            The training images of the step, int64 (N,).
        labels
            The labels of these images, int64 (N,).
        seed
            The seed of dropout.

        Returns
        -------
        loss
            The mean over the batch.
        gradients
            Gradients of the loss with respect to the weights, by the names of the weights. They are valid
            until the next step, and the caller may change them.
        """

    @abstractmethod
    def logits(self, weights: Weights, images: np.ndarray) -> np.ndarray:
        """Return the scores, float32 (N, K), of images, uint8 (N, 28, 28); nothing is dropped."""

    def close(self) -> None:  # noqa: B027 - most engines hold nothing
        """End processes and free memory that the engine holds."""

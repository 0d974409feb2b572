"""Random inputs for checks, which are the same for the same seed and check with every version of NumPy."""

from __future__ import annotations

import numpy as np

from grader.core.seed import Seed


class Draw:
    """Draws the random arrays of one check."""

    def __init__(self, seed: Seed, check_id: str) -> None:
        self._random = seed.random(check_id)

    def normal(self, *shape: int) -> np.ndarray:
        """Return standard normal values, float64, of the given shape."""
        return self._random.standard_normal(shape)

    def spaced(self, *shape: int) -> np.ndarray:
        """Return distinct float64 values in random order, 0.1 apart and none within 0.025 of zero.

        No value lies near a kink of ReLU or of a maximum, so that a small step crosses none.
        """
        count = int(np.prod(shape))
        values: np.ndarray = (self._random.permutation(count) - count // 2 + 0.25) * 0.1
        return values.reshape(shape)

    def labels(self, count: int, classes: int) -> np.ndarray:
        """Return ``count`` class indices below ``classes``, int64; two or more are never all equal."""
        labels: np.ndarray = self._random.randint(0, classes, count).astype(np.int64)
        if count > 1 and (labels == labels[0]).all():
            labels[-1] = (labels[-1] + 1) % classes
        return labels

    def integers(self, low: int, high: int, *shape: int) -> np.ndarray:
        """Return whole numbers from ``low`` to ``high`` - 1, int64, of the given shape."""
        drawn: np.ndarray = self._random.randint(low, high, shape).astype(np.int64)
        return drawn

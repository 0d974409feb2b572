"""What comes back from a worker: arrays, and descriptions of what is none."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class NonArray:
    """A value that is no number and no array that may cross from the worker: only its description."""

    type: str
    dtype: str | None = None
    shape: tuple[int, ...] | None = None


WireValue = np.ndarray | NonArray
"""a value as it arrives"""

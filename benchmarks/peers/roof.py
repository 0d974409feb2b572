"""The roof: a product of large square matrices, with as many BLAS threads as there are."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

SIZE = 1536
FLOPS = 2 * SIZE**3


def cases(threads: int) -> dict[str, Callable[[], Any]]:
    """Return one case."""
    one, other = (np.random.default_rng(seed).random((SIZE, SIZE), np.float32) for seed in (0, 1))
    out = np.empty_like(one)
    return {"sgemm": lambda: np.matmul(one, other, out=out)}

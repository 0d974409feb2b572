"""tinygrad on the processor, captured by its JIT; it needs clang."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any

os.environ["DEV"] = "CPU"

from tinygrad import Tensor, TinyJit

from peers.shapes import CONVS


def cases(threads: int) -> dict[str, Callable[[], Any]]:
    """Return convolutions."""
    found: dict[str, Callable[[], Any]] = {}
    for name, conv in CONVS.items():
        inputs = [Tensor(array).realize() for array in conv.arrays()]

        def forward(x: Any, w: Any, b: Any, dout: Any, pad: int = conv.pad) -> Any:
            return x.conv2d(w, b, padding=pad).realize()

        def both(x: Any, w: Any, b: Any, dout: Any, pad: int = conv.pad) -> Any:
            gradients = (x.conv2d(w, b, padding=pad) * dout).sum().gradient(x, w, b)
            Tensor.realize(*gradients)
            return gradients[0]

        found[f"{name} forward"] = _captured(forward, inputs)
        found[f"{name} both"] = _captured(both, inputs)
    return found


def _captured(function: Callable[..., Any], inputs: list[Any]) -> Callable[[], Any]:
    captured = TinyJit(function)
    # what comes back is read: until then nothing may have been computed
    return lambda: captured(*inputs).data()

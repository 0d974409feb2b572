"""numpy-ml: a well-known collection of models in NumPy; images with the channels last."""

from __future__ import annotations

import collections
import collections.abc
from collections.abc import Callable
from typing import Any

for name in ("Hashable", "Iterable", "Mapping", "MutableMapping", "Sequence"):
    # its release 0.1.2 looks for them where Python 3.9 had them
    setattr(collections, name, getattr(collections.abc, name))

import numpy as np
from numpy_ml.neural_nets.layers import Conv2D

from peers.shapes import CONVS


def cases(threads: int) -> dict[str, Callable[[], Any]]:
    """Return the two smaller convolutions."""
    found: dict[str, Callable[[], Any]] = {}
    for name in ("S1", "S2"):
        conv = CONVS[name]
        x, _, _, dout = conv.arrays()
        images, gradients = (np.ascontiguousarray(a.transpose(0, 2, 3, 1)) for a in (x, dout))
        layer = Conv2D(out_ch=conv.F, kernel_shape=(conv.K, conv.K), pad=conv.pad, act_fn=None)

        def both(layer: Any = layer, images: Any = images, gradients: Any = gradients) -> None:
            layer.forward(images)
            layer.backward(gradients)
            layer.flush_gradients()

        found[f"{name} both"] = both
    return found

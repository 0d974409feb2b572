"""JAX, compiled by XLA."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from grader.training import naming
from grader.training.layers import Conv2d, Dense, Flatten, Layer, MaxPool2d, ReLU, Sigmoid, entry_for
from grader.training.network import Network, initial_parameters
from grader.training.network_text import NETWORKS, parse_network
from peers.shapes import CONVS, RATE, digits


def conv2d(x: Any, w: Any, b: Any, pad: int) -> Any:
    """Return a convolution."""
    return jax.lax.conv_general_dilated(x, w, (1, 1), [(pad, pad)] * 2) + b[:, None, None]


def maxpool2d(x: Any, size: int) -> Any:
    """Return the maxima of windows side by side."""
    window = (1, 1, size, size)
    return jax.lax.reduce_window(x, -jnp.inf, jax.lax.max, window, window, "VALID")


LAYERS: dict[type[Layer], Callable[..., Any]] = {
    Conv2d: lambda conv, x, w, b: conv2d(x, w, b, conv.pad),
    MaxPool2d: lambda pool, x: maxpool2d(x, pool.size),
    ReLU: lambda _, x: jnp.maximum(x, 0),
    Sigmoid: lambda _, x: jax.nn.sigmoid(x),
    Flatten: lambda _, x: x.reshape(len(x), -1),
    Dense: lambda _, x, w, b: x @ w + b,
}
"""by layer type: what a layer makes of a batch, with its weights and biases if it has some"""


def cases(threads: int) -> dict[str, Callable[[], Any]]:
    """Return convolutions and steps; XLA takes all cores."""
    found: dict[str, Callable[[], Any]] = {}
    for name, conv in CONVS.items():
        x, w, b, dout = (jnp.asarray(array) for array in conv.arrays())
        forward = jax.jit(lambda x, w, b, pad=conv.pad: conv2d(x, w, b, pad))

        def pullback(x: Any, w: Any, b: Any, dout: Any, pad: int = conv.pad) -> Any:
            return jax.vjp(lambda *inputs: conv2d(*inputs, pad), x, w, b)[1](dout)

        both = jax.jit(pullback)
        found[f"{name} forward"] = lambda f=forward, inputs=(x, w, b): jax.block_until_ready(f(*inputs))
        found[f"{name} both"] = lambda f=both, inputs=(x, w, b, dout): jax.block_until_ready(f(*inputs))
    return found | {f"step {name}": _step(parse_network(name, NETWORKS[name])) for name in ("A", "lenet5")}


def _step(network: Network) -> Callable[[], Any]:
    images, labels, indices = digits()
    pixels = jnp.asarray(images[:, None] * np.float32(1 / 255))
    weights = {
        name: jnp.asarray(array)
        for name, array in initial_parameters(network, np.random.RandomState(0)).items()
    }

    def loss(weights: Any, x: Any, y: Any) -> Any:
        for index, layer in enumerate(network.layers):
            parameters = (weights[name] for name in naming.parameters(index) if name in weights)
            x = entry_for(layer, LAYERS, "function of JAX")(layer, x, *parameters)
        return -jnp.take_along_axis(jax.nn.log_softmax(x), y[:, None], 1).mean()

    @jax.jit
    def take_step(weights: Any, indices: Any) -> Any:
        gradients = jax.grad(loss)(weights, pixels[indices], jnp.asarray(labels)[indices])
        return {name: array - RATE * gradients[name] for name, array in weights.items()}

    def run() -> None:
        nonlocal weights
        weights = jax.block_until_ready(take_step(weights, indices))

    return run

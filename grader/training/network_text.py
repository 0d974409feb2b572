"""Networks as text, a line for each layer: the five of the field, and those of the user."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace

import numpy as np

from grader.core.errors import GraderError
from grader.training.network import (
    Conv2d,
    Dense,
    Dropout,
    Flatten,
    Layer,
    MaxPool2d,
    Network,
    ReLU,
    Sigmoid,
    output_shape,
    shapes,
)

NETWORKS = {
    "sigmoid-head": "conv 5 3x3, relu, flatten, dense 100, sigmoid, dense 10",
    "conv-pool": "conv 8 3x3, pool 2x2, flatten, dense 10",
    "A": """
        conv 8 3x3 pad 1
        relu
        pool 2x2
        conv 16 3x3 pad 1
        relu
        pool 2x2
        flatten
        dense 10
    """,
    "lenet5": """
        conv 6 5x5 pad 2
        relu
        pool 2x2
        conv 16 5x5
        relu
        pool 2x2
        flatten
        dense 120
        relu
        dense 84
        relu
        dense 10
    """,
    "mlp": "flatten, dense 100, relu, dense 10",
    "one-conv": "conv 8 3x3, relu, flatten, dense 10",
}
"""by name; ``A`` is the network of the accuracy check, ``lenet5`` follows LeCun et al. 1998"""

_GRAMMAR: dict[str, tuple[str, Callable[..., Layer]]] = {
    "conv": (
        r"conv (?P<filters>[1-9]\d*) (?P<kernel>[1-9]\d*)x(?P=kernel)(?: pad (?P<pad>\d+))?",
        lambda filters, kernel, pad: Conv2d(int(filters), int(kernel), int(pad or 0)),
    ),
    "pool": (r"pool (?P<size>[1-9]\d*)x(?P=size)", lambda size: MaxPool2d(int(size))),
    "relu": (r"relu", ReLU),
    "sigmoid": (r"sigmoid", Sigmoid),
    "flatten": (r"flatten", Flatten),
    "dropout": (r"dropout (?P<p>0?\.\d+)", lambda p: Dropout(float(p))),
    "dense": (r"dense (?P<units>[1-9]\d*)", lambda units: Dense(int(units))),
}
EXAMPLES = "conv 8 3x3 pad 1, pool 2x2, relu, sigmoid, flatten, dropout 0.5, dense 10"


def parse_network(name: str, text: str) -> Network:
    """Read a network.

    Parameters
    ----------
    name
        What to call it.
    text
        Layers from the image to the ten scores, separated by commas or line ends, such as
        ``conv 8 3x3 pad 1, relu, pool 2x2, flatten, dense 10``.

    Returns
    -------
    Network

    Raises
    ------
    GraderError
        If a layer cannot be read or does not fit; the message says which, and why.
    """
    layers: list[Layer] = []
    shape: tuple[int, ...] = Network(name, (), 0.0).input_shape
    for line in re.split(r"[,\n]", text):
        words = " ".join(line.split()).lower()
        if not words:
            continue
        layer = _layer(name, words)
        _must_fit(name, words, layer, shape)
        layers.append(layer)
        shape = output_shape(layer, shape)
    if shape != (10,) or not isinstance(layers[-1], Dense):
        raise GraderError(
            f"network {name} must end with 'dense 10', a score for each digit; it gives {shape}"
        )
    return Network(name, tuple(layers), learning_rate=0.2)


def _layer(name: str, words: str) -> Layer:
    pattern, build = _GRAMMAR.get(words.split()[0], ("", None))
    match = re.fullmatch(pattern, words)
    if build is None or match is None:
        raise GraderError(f"network {name}: '{words}' is not a layer; layers look like: {EXAMPLES}")
    return build(**match.groupdict())


def _must_fit(name: str, words: str, layer: Layer, shape: tuple[int, ...]) -> None:
    size = "x".join(map(str, shape))
    if isinstance(layer, (Conv2d, MaxPool2d)):
        if len(shape) != 3:
            raise GraderError(f"network {name}: '{words}' needs images, but stands behind a flatten")
        if min(output_shape(layer, shape)) < 1:
            raise GraderError(f"network {name}: '{words}' does not fit what comes before it, {size}")
    if isinstance(layer, Dense) and len(shape) != 1:
        raise GraderError(f"network {name}: '{words}' needs rows of features; put 'flatten' before it")


def describe(network: Network) -> list[str]:
    """Return the layers of a network as text, which `parse_network` reads."""
    lines = []
    for layer in network.layers:
        match layer:
            case Conv2d(filters, kernel, pad):
                lines.append(f"conv {filters} {kernel}x{kernel}" + (f" pad {pad}" if pad else ""))
            case MaxPool2d(size):
                lines.append(f"pool {size}x{size}")
            case Dropout(p):
                lines.append(f"dropout {p:g}")
            case Dense(units):
                lines.append(f"dense {units}")
            case _:
                lines.append(type(layer).__name__.lower())
    return lines


def with_dropout(network: Network, p: float) -> Network:
    """Return a network that drops features with probability p before its last layer."""
    *before, last = network.layers
    return replace(network, layers=(*before, Dropout(p), last)) if p else network


def count_parameters(network: Network) -> int:
    """Return how many weights and biases a network has."""
    count = 0
    for layer, shape in zip(network.layers, shapes(network), strict=False):
        if isinstance(layer, Conv2d):
            count += layer.filters * (shape[0] * layer.kernel**2 + 1)
        elif isinstance(layer, Dense):
            count += layer.units * (int(np.prod(shape)) + 1)
    return count

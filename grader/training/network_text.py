"""Networks as text, a line for each layer: some well-known ones, and those of the user."""

from __future__ import annotations

import re
from dataclasses import replace

from grader.core.errors import GraderError
from grader.training.layers import LAYER_TYPES, Dense, Dropout, Layer, output_shape, type_of
from grader.training.network import Network

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

EXAMPLES = ", ".join(entry.example for entry in LAYER_TYPES)


def parse_network(name: str, text: str) -> Network:
    """Read a network.

    Parameters
    ----------
    name
        The name of the network.
    text
        Layers from the image to the ten scores, separated by commas or line ends, such as
        ``conv 8 3x3 pad 1, relu, pool 2x2, flatten, dense 10``.

    Returns
    -------
    Network

    Raises
    ------
    GraderError
        If a layer cannot be read or does not fit; the message says which layer, and why.
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
    for entry in LAYER_TYPES:
        match = re.fullmatch(entry.pattern, words)
        if match is not None:
            return entry.parse(**match.groupdict())
    raise GraderError(f"network {name}: '{words}' is not a layer; layers look like: {EXAMPLES}")


def _must_fit(name: str, words: str, layer: Layer, shape: tuple[int, ...]) -> None:
    wanted = type_of(layer).input_dimensions
    if wanted == 3 and len(shape) != 3:
        raise GraderError(f"network {name}: '{words}' needs images, but comes after a flatten")
    if wanted == 1 and len(shape) != 1:
        raise GraderError(f"network {name}: '{words}' needs rows of features; put 'flatten' before it")
    if min(output_shape(layer, shape)) < 1:
        size = "x".join(map(str, shape))
        raise GraderError(f"network {name}: '{words}' does not fit what comes before it, {size}")


def describe(network: Network) -> list[str]:
    """Return the layers of a network as text, which `parse_network` reads."""
    return [type_of(layer).describe(layer) for layer in network.layers]


def with_dropout(network: Network, p: float) -> Network:
    """Return a network that drops features with probability p before its last layer."""
    *before, last = network.layers
    return replace(network, layers=(*before, Dropout(p), last)) if p else network

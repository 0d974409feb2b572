"""Networks as plain data, and the programs of calls that run and train them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from grader.program import Call


@dataclass(frozen=True)
class Conv2d:
    """A convolution with square kernels."""

    filters: int
    kernel: int
    pad: int = 0


@dataclass(frozen=True)
class MaxPool2d:
    """Max-pooling over square windows side by side."""

    size: int


@dataclass(frozen=True)
class ReLU:
    """max(x, 0)."""


@dataclass(frozen=True)
class Flatten:
    """One row a sample."""


@dataclass(frozen=True)
class Dense:
    """A fully connected layer."""

    units: int


Layer = Conv2d | MaxPool2d | ReLU | Flatten | Dense


@dataclass(frozen=True)
class Network:
    """Layers from the image to the logits, and the learning rate of plain SGD that suits them."""

    name: str
    layers: tuple[Layer, ...]
    learning_rate: float
    input_shape: tuple[int, int, int] = (1, 28, 28)


NETWORK_A = Network(
    "A",
    (
        Conv2d(8, 3, pad=1),
        ReLU(),
        MaxPool2d(2),
        Conv2d(16, 3, pad=1),
        ReLU(),
        MaxPool2d(2),
        Flatten(),
        Dense(10),
    ),
    learning_rate=0.2,
)
"""the network of the accuracy check: small, and it needs every function of the assignment"""

_FUNCTIONS = {Conv2d: "conv2d", MaxPool2d: "maxpool2d", ReLU: "relu", Dense: "dense"}


def _options(layer: Layer) -> dict[str, Any]:
    if isinstance(layer, Conv2d):
        return {"stride": 1, "pad": layer.pad}
    if isinstance(layer, MaxPool2d):
        return {"size": layer.size, "stride": layer.size}
    return {}


def shapes(network: Network) -> list[tuple[int, ...]]:
    """Return the shape of one sample before every layer, and after the last."""
    shape: tuple[int, ...] = network.input_shape
    found = [shape]
    for layer in network.layers:
        if isinstance(layer, Conv2d):
            grown = 2 * layer.pad - layer.kernel + 1
            shape = (layer.filters, shape[1] + grown, shape[2] + grown)
        elif isinstance(layer, MaxPool2d):
            shape = (shape[0], shape[1] // layer.size, shape[2] // layer.size)
        elif isinstance(layer, Flatten):
            shape = (int(np.prod(shape)),)
        elif isinstance(layer, Dense):
            shape = (layer.units,)
        found.append(shape)
    return found


def parameter_names(network: Network) -> list[str]:
    """Return the names of the parameters: ``w0``, ``b0`` for the layer at index 0, and so on."""
    return [
        f"{letter}{index}"
        for index, layer in enumerate(network.layers)
        if isinstance(layer, (Conv2d, Dense))
        for letter in "wb"
    ]


def initial_parameters(network: Network, random: np.random.RandomState) -> dict[str, np.ndarray]:
    """Draw parameters after He et al. 2015 (https://arxiv.org/abs/1502.01852), float32.

    Biases start at 0.01: at zero, empty parts of an image would lie exactly on the kink of ReLU, where
    correct implementations may differ.
    """
    parameters: dict[str, np.ndarray] = {}
    for index, (layer, shape) in enumerate(zip(network.layers, shapes(network), strict=False)):
        if isinstance(layer, Conv2d):
            weights: tuple[int, ...] = (layer.filters, shape[0], layer.kernel, layer.kernel)
            fan_in, units = shape[0] * layer.kernel**2, layer.filters
        elif isinstance(layer, Dense):
            weights, fan_in, units = (shape[0], layer.units), shape[0], layer.units
        else:
            continue
        drawn = random.standard_normal(weights) * np.sqrt(2 / fan_in)
        parameters[f"w{index}"] = drawn.astype(np.float32)
        parameters[f"b{index}"] = np.full(units, 0.01, np.float32)
    return parameters


def forward_calls(network: Network, batch: int) -> list[Call]:
    """Return the calls from the variable ``a0`` (images) to the logits, ``a`` and the number of layers."""
    calls = []
    for index, layer in enumerate(network.layers):
        before, after = f"a{index}", f"a{index + 1}"
        if isinstance(layer, Flatten):
            size = int(np.prod(shapes(network)[index]))
            calls.append(Call("@reshape", (before,), (after,), {"shape": (batch, size)}))
            continue
        has_parameters = isinstance(layer, (Conv2d, Dense))
        arguments = (before, f"w{index}", f"b{index}") if has_parameters else (before,)
        function = f"{_FUNCTIONS[type(layer)]}_forward"
        calls.append(Call(function, arguments, (after, f"c{index}"), _options(layer)))
    return calls


def step_calls(network: Network, batch: int) -> list[Call]:
    """Return the calls of a training step.

    They read ``images`` (uint8), ``indices``, ``labels`` and the parameters, and leave ``loss``, the
    gradients (``dw0`` ...) and the new parameters (``new w0`` ...).
    """
    last = len(network.layers)
    calls = [Call("@take", ("images", "indices"), ("a0",)), *forward_calls(network, batch)]
    calls.append(Call("softmax_cross_entropy", (f"a{last}", "labels"), ("loss", f"d{last}")))
    for index in range(last - 1, -1, -1):
        layer, before = network.layers[index], shapes(network)[index]
        if isinstance(layer, Flatten):
            calls.append(Call("@reshape", (f"d{index + 1}",), (f"d{index}",), {"shape": (batch, *before)}))
            continue
        gradients = [f"d{index}"]
        if isinstance(layer, (Conv2d, Dense)):
            gradients += [f"dw{index}", f"db{index}"]
        function = f"{_FUNCTIONS[type(layer)]}_backward"
        calls.append(Call(function, (f"d{index + 1}", f"c{index}"), tuple(gradients)))
    for name in parameter_names(network):
        options = {"lr": network.learning_rate}
        calls.append(Call("sgd_step", (name, f"d{name}"), (f"new {name}",), options))
    return calls


def functions_of(network: Network) -> list[str]:
    """Return the functions of the assignment that a training step calls, in the order of first use."""
    called = (call.function for call in step_calls(network, 1))
    return list(dict.fromkeys(name for name in called if not name.startswith("@")))

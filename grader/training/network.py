"""Networks as plain data, and the programs of calls that run and train them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from grader.worker.program import Call


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


@dataclass(frozen=True)
class Sigmoid:
    """1 / (1 + exp(-x))."""


@dataclass(frozen=True)
class Dropout:
    """Values become zero with probability ``p`` while training."""

    p: float


Layer = Conv2d | MaxPool2d | ReLU | Flatten | Dense | Sigmoid | Dropout


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

_FUNCTIONS = {
    Conv2d: "conv2d",
    MaxPool2d: "maxpool2d",
    ReLU: "relu",
    Dense: "dense",
    Sigmoid: "sigmoid",
    Dropout: "dropout",
}


def _options(layer: Layer) -> dict[str, Any]:
    if isinstance(layer, Conv2d):
        return {"stride": 1, "pad": layer.pad}
    if isinstance(layer, MaxPool2d):
        return {"size": layer.size, "stride": layer.size}
    if isinstance(layer, Dropout):
        return {"p": layer.p}
    return {}


def output_shape(layer: Layer, shape: tuple[int, ...]) -> tuple[int, ...]:
    """Return the shape of one sample after a layer, given that before it."""
    if isinstance(layer, Conv2d):
        grown = 2 * layer.pad - layer.kernel + 1
        return (layer.filters, shape[1] + grown, shape[2] + grown)
    if isinstance(layer, MaxPool2d):
        return (shape[0], shape[1] // layer.size, shape[2] // layer.size)
    if isinstance(layer, Flatten):
        return (int(np.prod(shape)),)
    if isinstance(layer, Dense):
        return (layer.units,)
    return shape


def shapes(network: Network) -> list[tuple[int, ...]]:
    """Return the shape of one sample before every layer, and after the last."""
    found: list[tuple[int, ...]] = [network.input_shape]
    for layer in network.layers:
        found.append(output_shape(layer, found[-1]))
    return found


def has_weights(layer: Layer) -> bool:
    """Return whether a layer has weights and biases."""
    return isinstance(layer, (Conv2d, Dense))


def parameter_names(network: Network) -> list[str]:
    """Return the names of the parameters: ``w0``, ``b0`` for the layer at index 0, and so on."""
    return [
        f"{letter}{index}"
        for index, layer in enumerate(network.layers)
        if has_weights(layer)
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


def forward_calls(network: Network, batch: int, *, seed: int | None = None) -> list[Call]:
    """Return the calls from the variable ``a0`` (images) to the logits, ``a`` and the number of layers.

    Without a seed nothing is dropped.
    """
    calls = []
    for index, layer in enumerate(network.layers):
        before, after = f"a{index}", f"a{index + 1}"
        if isinstance(layer, Flatten):
            size = int(np.prod(shapes(network)[index]))
            calls.append(Call("@reshape", (before,), (after,), {"shape": (batch, size)}))
            continue
        options = _options(layer)
        if isinstance(layer, Dropout):
            options |= {"train": seed is not None, "seed": seed}
        arguments = (before, f"w{index}", f"b{index}") if has_weights(layer) else (before,)
        function = f"{_FUNCTIONS[type(layer)]}_forward"
        calls.append(Call(function, arguments, (after, f"c{index}"), options))
    return calls


def gradient_calls(network: Network, batch: int, *, seed: int | None = None) -> list[Call]:
    """Return the calls from images to gradients.

    They read ``images`` (uint8), ``indices``, ``labels`` and the parameters, and leave ``loss`` and the
    gradients (``dw0`` ...). Without a seed nothing is dropped.
    """
    last = len(network.layers)
    calls = [Call("@take", ("images", "indices"), ("a0",)), *forward_calls(network, batch, seed=seed)]
    calls.append(Call("softmax_cross_entropy", (f"a{last}", "labels"), ("loss", f"d{last}")))
    for index in range(last - 1, -1, -1):
        layer, before = network.layers[index], shapes(network)[index]
        if isinstance(layer, Flatten):
            calls.append(Call("@reshape", (f"d{index + 1}",), (f"d{index}",), {"shape": (batch, *before)}))
            continue
        gradients = [f"d{index}"]
        if has_weights(layer):
            gradients += [f"dw{index}", f"db{index}"]
        function = f"{_FUNCTIONS[type(layer)]}_backward"
        calls.append(Call(function, (f"d{index + 1}", f"c{index}"), tuple(gradients)))
    return calls


def step_calls(network: Network, batch: int) -> list[Call]:
    """Return the calls of a training step with plain SGD.

    They read what `gradient_calls` reads, and leave ``loss``, the gradients and the new parameters
    (``new w0`` ...).
    """
    options = {"lr": network.learning_rate}
    names = parameter_names(network)
    updates = [Call("sgd_step", (name, f"d{name}"), (f"new {name}",), options) for name in names]
    return [*gradient_calls(network, batch), *updates]


def functions_of(network: Network) -> list[str]:
    """Return the functions of the assignment that a training step calls, in the order of first use."""
    called = (call.function for call in step_calls(network, 1))
    return list(dict.fromkeys(name for name in called if not name.startswith("@")))

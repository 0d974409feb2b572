"""Networks as plain data, and the programs of calls that run and train them."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from grader.training import naming
from grader.training.layers import (
    Conv2d,
    Dense,
    Flatten,
    Layer,
    MaxPool2d,
    ReLU,
    WeightShapes,
    has_weights,
    output_shape,
    type_of,
    weight_shapes,
)
from grader.worker.program import BUILTINS, Call


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


def shapes(network: Network) -> list[tuple[int, ...]]:
    """Return the shape of one sample before every layer, and after the last."""
    found: list[tuple[int, ...]] = [network.input_shape]
    for layer in network.layers:
        found.append(output_shape(layer, found[-1]))
    return found


def parameter_names(network: Network) -> list[str]:
    """Return the names of the parameters: ``w0``, ``b0`` for the layer at index 0, and so on."""
    return [name for index, layer in enumerate(network.layers) for name in _parameters(index, layer)]


def parameter_shapes(network: Network) -> dict[int, WeightShapes]:
    """Return the shapes of weights and biases, by the index of their layer."""
    found = {}
    for index, (layer, shape) in enumerate(zip(network.layers, shapes(network), strict=False)):
        wanted = weight_shapes(layer, shape)
        if wanted is not None:
            found[index] = wanted
    return found


def initial_parameters(network: Network, random: np.random.RandomState) -> dict[str, np.ndarray]:
    """Draw parameters after He et al. 2015 (https://arxiv.org/abs/1502.01852), float32.

    Biases start at 0.01: at zero, empty parts of an image would lie exactly on the kink of ReLU, where
    correct implementations may differ.
    """
    parameters: dict[str, np.ndarray] = {}
    for index, wanted in parameter_shapes(network).items():
        drawn = random.standard_normal(wanted.weights) * np.sqrt(2 / wanted.fan_in)
        parameters[naming.weights(index)] = drawn.astype(np.float32)
        parameters[naming.biases(index)] = np.full(wanted.biases, 0.01, np.float32)
    return parameters


def count_parameters(network: Network) -> int:
    """Return how many weights and biases a network has."""
    return sum(math.prod(wanted.weights) + wanted.biases for wanted in parameter_shapes(network).values())


def forward_calls(network: Network, batch: int, *, seed: int | None = None) -> list[Call]:
    """Return the calls from the images, activation 0, to the logits, the activation after the last layer.

    Without a seed nothing is dropped.
    """
    calls = []
    for index, (layer, before) in enumerate(zip(network.layers, shapes(network), strict=False)):
        entry = type_of(layer)
        x, out = naming.activation(index), naming.activation(index + 1)
        if entry.function is None:
            calls.append(Call("@reshape", (x,), (out,), {"shape": (batch, *output_shape(layer, before))}))
            continue
        options = dict(entry.options(layer))
        if entry.is_random:
            options |= {"train": seed is not None, "seed": seed}
        results = (out, naming.cache(index))
        calls.append(Call(f"{entry.function}_forward", (x, *_parameters(index, layer)), results, options))
    return calls


def _parameters(index: int, layer: Layer) -> tuple[str, ...]:
    """Return the names of the parameters of the layer at an index."""
    return naming.parameters(index) if has_weights(layer) else ()


def gradient_calls(network: Network, batch: int, *, seed: int | None = None) -> list[Call]:
    """Return the calls from images to gradients.

    They read ``images`` (uint8), ``indices``, ``labels`` and the parameters, and leave ``loss`` and the
    gradients of the parameters. Without a seed nothing is dropped.
    """
    last = len(network.layers)
    logits, dlogits = naming.activation(last), naming.activation_gradient(last)
    calls = [Call("@take", ("images", "indices"), (naming.activation(0),))]
    calls += forward_calls(network, batch, seed=seed)
    calls.append(Call("softmax_cross_entropy", (logits, "labels"), ("loss", dlogits)))
    for index in range(last - 1, -1, -1):
        layer, before = network.layers[index], shapes(network)[index]
        dout, dx = naming.activation_gradient(index + 1), naming.activation_gradient(index)
        function = type_of(layer).function
        if function is None:
            calls.append(Call("@reshape", (dout,), (dx,), {"shape": (batch, *before)}))
            continue
        gradients = (naming.gradient(name) for name in _parameters(index, layer))
        calls.append(Call(f"{function}_backward", (dout, naming.cache(index)), (dx, *gradients)))
    return calls


def step_calls(network: Network, batch: int) -> list[Call]:
    """Return the calls of a training step with plain SGD.

    They read what `gradient_calls` reads, and leave the loss, the gradients and the updated parameters.
    """
    options = {"lr": network.learning_rate}
    updates = [
        Call("sgd_step", (name, naming.gradient(name)), (naming.updated(name),), options)
        for name in parameter_names(network)
    ]
    return [*gradient_calls(network, batch), *updates]


def step_results(network: Network) -> list[str]:
    """Return the variables of a training step that show whether it is one: loss, gradients, updates."""
    names = parameter_names(network)
    return ["loss", *(naming.gradient(name) for name in names), *(naming.updated(name) for name in names)]


def functions_of(network: Network) -> list[str]:
    """Return the functions of the assignment that a training step calls, in the order of first use."""
    called = (call.function for call in step_calls(network, 1))
    return list(dict.fromkeys(name for name in called if name not in BUILTINS))

"""The names of the variables in the programs that run and train a network.

The layer at index ``i`` reads the activation ``i`` and makes the next one; activation 0 is the images.
"""

from __future__ import annotations


def activation(index: int) -> str:
    """Return the name of what the layer at an index reads."""
    return f"a{index}"


def activation_gradient(index: int) -> str:
    """Return the name of the gradient of the loss with respect to an activation."""
    return f"d{index}"


def cache(index: int) -> str:
    """Return the name of the cache of the layer at an index."""
    return f"c{index}"


def weights(index: int) -> str:
    """Return the name of the weights of the layer at an index."""
    return f"w{index}"


def biases(index: int) -> str:
    """Return the name of the biases of the layer at an index."""
    return f"b{index}"


def parameters(index: int) -> tuple[str, str]:
    """Return the names of weights and biases of the layer at an index."""
    return weights(index), biases(index)


def are_weights(parameter: str) -> bool:
    """Return whether a parameter is weights, and not biases."""
    return parameter.startswith("w")


def gradient(parameter: str) -> str:
    """Return the name of the gradient of the loss with respect to a parameter."""
    return f"d{parameter}"


def updated(parameter: str) -> str:
    """Return the name of a parameter after the step."""
    return f"new {parameter}"

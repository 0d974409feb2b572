"""PyTorch, compiled code of Intel's oneDNN underneath."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch

from grader.training.network import Conv2d, Dense, Flatten, MaxPool2d, Network, ReLU, shapes
from grader.training.network_text import NETWORKS, parse_network
from peers.shapes import CONVS, RATE, STEPS, digits, layer_arrays

functional = torch.nn.functional


def cases(threads: int) -> dict[str, Callable[[], Any]]:
    """Return all cases."""
    torch.set_num_threads(threads)
    found: dict[str, Callable[[], Any]] = {}
    for name, conv in CONVS.items():
        x, w, b, dout = (torch.tensor(array) for array in conv.arrays())
        found[f"{name} forward"] = lambda x=x, w=w, b=b, pad=conv.pad: functional.conv2d(x, w, b, padding=pad)
        found[f"{name} both"] = _both(
            lambda x, w, b, pad=conv.pad: functional.conv2d(x, w, b, padding=pad), dout, x, w, b
        )
    arrays = {name: torch.tensor(array) for name, array in layer_arrays().items()}
    found["maxpool both"] = _both(lambda x: functional.max_pool2d(x, 2), arrays["dpooled"], arrays["images"])
    found["relu both"] = _both(torch.relu, arrays["dimages"], arrays["images"])
    found["dense both"] = _both(
        lambda x, w, b: torch.addmm(b, x, w), arrays["drows"], arrays["rows"], arrays["w"], arrays["b"]
    )
    one = torch.tensor(1.0)
    found["softmax both"] = _both(
        lambda logits: functional.cross_entropy(logits, arrays["labels"]), one, arrays["logits"]
    )
    return found | {f"step {name}": _step(parse_network(name, NETWORKS[name])) for name in STEPS}


def _both(function: Callable[..., Any], dout: Any, *inputs: Any) -> Callable[[], Any]:
    leaves = [tensor.clone().requires_grad_() for tensor in inputs]

    def run() -> None:
        for leaf in leaves:
            leaf.grad = None
        function(*leaves).backward(dout)

    return run


def _step(network: Network) -> Callable[[], Any]:
    layers: list[Any] = []
    for layer, shape in zip(network.layers, shapes(network), strict=False):
        match layer:
            case Conv2d(filters, kernel, pad):
                layers.append(torch.nn.Conv2d(shape[0], filters, kernel, padding=pad))
            case MaxPool2d(size):
                layers.append(torch.nn.MaxPool2d(size))
            case Dense(units):
                layers.append(torch.nn.Linear(shape[0], units))
            case ReLU():
                layers.append(torch.nn.ReLU())
            case _:
                layers.append(torch.nn.Flatten() if isinstance(layer, Flatten) else torch.nn.Sigmoid())
    model = torch.nn.Sequential(*layers)
    optimiser = torch.optim.SGD(model.parameters(), RATE, fused=True)
    images, labels, indices = (torch.tensor(array) for array in digits())
    images = images[:, None] / 255

    def run() -> None:
        optimiser.zero_grad()
        functional.cross_entropy(model(images[indices]), labels[indices]).backward()
        optimiser.step()

    return run

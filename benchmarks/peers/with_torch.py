"""PyTorch, compiled code of Intel's oneDNN underneath."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch

from grader.training.layers import Conv2d, Dense, Dropout, Flatten, Layer, MaxPool2d, ReLU, Sigmoid, entry_for
from grader.training.network import Network, shapes
from grader.training.network_text import NETWORKS, parse_network
from peers.shapes import CONVS, RATE, STEPS, digits, layer_arrays

functional = torch.nn.functional

MODULES: dict[type[Layer], Callable[[Any, tuple[int, ...]], Any]] = {
    Conv2d: lambda conv, shape: torch.nn.Conv2d(shape[0], conv.filters, conv.kernel, padding=conv.pad),
    MaxPool2d: lambda pool, _: torch.nn.MaxPool2d(pool.size),
    ReLU: lambda *_: torch.nn.ReLU(),
    Sigmoid: lambda *_: torch.nn.Sigmoid(),
    Flatten: lambda *_: torch.nn.Flatten(),
    Dropout: lambda dropout, _: torch.nn.Dropout(dropout.p),
    Dense: lambda dense, shape: torch.nn.Linear(shape[0], dense.units),
}
"""by layer type: the module for a layer and the shape of one sample before it"""


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
    layers = [
        entry_for(layer, MODULES, "PyTorch module")(layer, shape)
        for layer, shape in zip(network.layers, shapes(network), strict=False)
    ]
    model = torch.nn.Sequential(*layers)
    optimiser = torch.optim.SGD(model.parameters(), RATE, fused=True)
    images, labels, indices = (torch.tensor(array) for array in digits())
    images = images[:, None] / 255

    def run() -> None:
        optimiser.zero_grad()
        functional.cross_entropy(model(images[indices]), labels[indices]).backward()
        optimiser.step()

    return run

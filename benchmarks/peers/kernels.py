"""The kit's own kernels, with the batch as last axis."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np

from grader.training import kernels
from grader.training.fast_engine import FastEngine
from grader.training.network import initial_parameters
from grader.training.network_text import NETWORKS, parse_network
from grader.training.optimiser import Optimiser
from peers.shapes import BATCH, CONVS, RATE, STEPS, Conv, digits, layer_arrays


def cases(threads: int) -> dict[str, Callable[[], Any]]:
    """Return all cases; steps take as many processes as the layers take threads."""
    found: dict[str, Callable[[], Any]] = {}
    pool = ThreadPoolExecutor(threads - 1) if threads > 1 else None

    def together(parts: list[Callable[[], Any]]) -> Callable[[], Any]:
        def run() -> None:
            others = [pool.submit(part) for part in parts[1:]] if pool else []
            parts[0]()
            for other in others:
                other.result()

        return run

    for name, conv in CONVS.items():
        halves = [_conv(conv, conv.N // threads) for _ in range(threads)]
        found[f"{name} forward"] = together([forward for forward, _ in halves])
        found[f"{name} both"] = together([both for _, both in halves])
    found |= {
        name: together([case[name] for case in cases])
        for cases in [[_layers(BATCH // threads) for _ in range(threads)]]
        for name in cases[0]
    }
    for name in STEPS:
        found[f"step {name}"] = _step(name, threads)
    return found


def _last(array: np.ndarray, count: int) -> np.ndarray:
    return np.ascontiguousarray(np.moveaxis(array[:count], 0, -1))


def _conv(conv: Conv, count: int) -> tuple[Callable[[], Any], Callable[[], Any]]:
    x, w, b, dout = conv.arrays()
    x, dout = _last(x, count), _last(dout, count)
    layer = kernels.Conv2d((conv.C, conv.H, conv.H), conv.F, (conv.K,) * 2, count, pad=(conv.pad,) * 2)
    dw, db = np.empty_like(w), np.empty_like(b)

    def both() -> None:
        layer.forward(x, w, b)
        layer.backward(dout, dw, db)

    return lambda: layer.forward(x, w, b), both


def _layers(count: int) -> dict[str, Callable[[], Any]]:
    arrays = layer_arrays()
    images, dimages, dpooled = (_last(arrays[name], count) for name in ("images", "dimages", "dpooled"))
    rows, drows, logits = (_last(arrays[name], count) for name in ("rows", "drows", "logits"))
    pooling = kernels.MaxPool2d(images.shape[:3], (2, 2), (2, 2), count)
    relu, dense = kernels.ReLU(images.shape), kernels.Dense(784, 100, count)
    dw, db = np.empty((784, 100), np.float32), np.empty(100, np.float32)
    labels = arrays["labels"][:count]
    return {
        "maxpool both": lambda: (pooling.forward(images), pooling.backward(dpooled)),
        "relu both": lambda: (relu.forward(images), relu.backward(dimages)),
        "dense both": lambda: (dense.forward(rows, arrays["w"], arrays["b"]), dense.backward(drows, dw, db)),
        "softmax both": lambda: kernels.softmax_cross_entropy(logits, labels),
    }


def _step(name: str, cores: int) -> Callable[[], Any]:
    images, labels, indices = digits()
    network = parse_network(name, NETWORKS[name])
    engine, optimiser = FastEngine(network, images, BATCH, cores=cores), Optimiser("sgd")
    weights = engine.adopt(initial_parameters(network, np.random.RandomState(0)))

    def run() -> None:
        _, gradients = engine.gradients(weights, indices, labels[indices], 0)
        optimiser.step(weights, gradients, RATE)

    return run

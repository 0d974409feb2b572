"""Layer functions of the assignment: the reference's and those of other styles."""

from __future__ import annotations

import importlib.util
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np

from grader.core.assignment import FUNCTIONS
from grader.core.kit import HOME
from grader.reference.functions import reference
from grader.training.calls_engine import CallsEngine
from grader.training.network import initial_parameters
from grader.training.network_text import NETWORKS, parse_network
from grader.training.optimiser import Optimiser
from peers.shapes import BATCH, CONVS, RATE, STEPS, digits, layer_arrays

Cases = dict[str, Callable[[], Any]]


def style(name: str) -> Callable[[str], Callable[..., Any]]:
    """Return a finder of functions in a folder of ``tests/styles``."""
    modules = {}

    def find(function: str) -> Callable[..., Any]:
        module = FUNCTIONS[function].module
        if module not in modules:
            path = Path(HOME) / "tests" / "styles" / name / f"{module}.py"
            spec = importlib.util.spec_from_file_location(f"{name}_{module}", path)
            assert spec is not None
            assert spec.loader is not None
            modules[module] = importlib.util.module_from_spec(spec)
            spec.loader.exec_module(modules[module])
        return getattr(modules[module], function)

    return find


def cases_of(find: Callable[[str], Callable[..., Any]], threads: int, *, only: tuple[str, ...] = ()) -> Cases:
    """Return all cases for functions of the assignment; with two threads each gets half of the batch."""
    found: Cases = {}
    pool = ThreadPoolExecutor(threads - 1) if threads > 1 else None

    def split(function: Callable[..., Any], *arrays: np.ndarray) -> Callable[[], Any]:
        if pool is None:
            return lambda: function(*arrays)
        half = len(arrays[0]) // 2
        first, second = [array[:half] for array in arrays], [array[half:] for array in arrays]

        def run() -> None:
            other = pool.submit(function, *second)
            function(*first)
            other.result()

        return run

    for name, conv in CONVS.items():
        x, w, b, dout = conv.arrays()

        def forward(x: np.ndarray, w: np.ndarray = w, b: np.ndarray = b, pad: int = conv.pad) -> Any:
            return find("conv2d_forward")(x, w, b, stride=1, pad=pad)

        def both(x: np.ndarray, dout: np.ndarray, forward: Any = forward) -> Any:
            return find("conv2d_backward")(dout, forward(x)[1])

        found[f"{name} forward"] = split(forward, x)
        found[f"{name} both"] = split(both, x, dout)
    arrays = layer_arrays()

    def pool_both(x: np.ndarray, dout: np.ndarray) -> Any:
        return find("maxpool2d_backward")(dout, find("maxpool2d_forward")(x, size=2, stride=2)[1])

    def relu_both(x: np.ndarray, dout: np.ndarray) -> Any:
        return find("relu_backward")(dout, find("relu_forward")(x)[1])

    def dense_both(x: np.ndarray, dout: np.ndarray) -> Any:
        return find("dense_backward")(dout, find("dense_forward")(x, arrays["w"], arrays["b"])[1])

    found["maxpool both"] = split(pool_both, arrays["images"], arrays["dpooled"])
    found["relu both"] = split(relu_both, arrays["images"], arrays["dimages"])
    found["dense both"] = split(dense_both, arrays["rows"], arrays["drows"])
    found["softmax both"] = lambda: find("softmax_cross_entropy")(arrays["logits"], arrays["labels"])
    if threads == 1:
        found |= {f"step {name}": step(name, find) for name in STEPS}
    return {name: case for name, case in found.items() if not only or name in only}


def step(name: str, find: Callable[[str], Callable[..., Any]]) -> Callable[[], Any]:
    """Return a training step of a network."""
    images, labels, indices = digits()
    network = parse_network(name, NETWORKS[name])
    weights = initial_parameters(network, np.random.RandomState(0))
    engine, optimiser = CallsEngine(network, images, find), Optimiser("sgd")

    def run() -> None:
        _, gradients = engine.gradients(weights, indices, labels[indices], 0)
        optimiser.step(weights, gradients, RATE)

    assert len(indices) == BATCH
    return run


def solution(threads: int) -> Cases:
    """Return the cases of the reference."""
    return cases_of(reference, threads)


def im2col(threads: int) -> Cases:
    """Return the cases of im2col by index arrays, as textbooks have it."""
    return cases_of(style("im2col"), threads)


def strided(threads: int) -> Cases:
    """Return the cases of as_strided and tensordot."""
    return cases_of(style("strided"), threads)


def einsum(threads: int) -> Cases:
    """Return the cases of sliding_window_view and einsum."""
    return cases_of(style("einsum"), threads)


def fft(threads: int) -> Cases:
    """Return the cases of the fast Fourier transform."""
    return cases_of(style("fft"), threads)


def naive(threads: int) -> Cases:
    """Return cases of loops over every pixel: for two images of the batch, to be multiplied by the driver."""
    find, found = style("naive"), {}
    for name in ("S1", "S2"):
        conv = CONVS[name]
        x, w, b, dout = conv.arrays()

        def both(
            x: np.ndarray = x[:1],
            w: np.ndarray = w,
            b: np.ndarray = b,
            dout: np.ndarray = dout[:1],
            pad: int = conv.pad,
        ) -> Any:
            return find("conv2d_backward")(dout, find("conv2d_forward")(x, w, b, stride=1, pad=pad)[1])

        found[f"{name} both *{conv.N}"] = both
    return found


def windows(threads: int) -> Cases:
    """Return the cases of sliding_window_view and one product of matrices."""
    own = {"conv2d_forward": _windows_forward, "conv2d_backward": _windows_backward}
    return cases_of(lambda name: own.get(name) or reference(name), threads)


def _windows_forward(x: np.ndarray, w: np.ndarray, b: np.ndarray, *, stride: int, pad: int) -> Any:
    KH, KW = w.shape[2:]
    padded = np.pad(x, ((0, 0), (0, 0), (pad, pad), (pad, pad)))
    seen = np.lib.stride_tricks.sliding_window_view(padded, (KH, KW), axis=(2, 3))[:, :, ::stride, ::stride]
    N, C, OH, OW = seen.shape[:4]
    columns = seen.transpose(0, 2, 3, 1, 4, 5).reshape(N * OH * OW, C * KH * KW)
    out = columns @ w.reshape(len(w), -1).T + b
    return np.ascontiguousarray(out.reshape(N, OH, OW, -1).transpose(0, 3, 1, 2)), (
        padded.shape,
        columns,
        w,
        pad,
    )


def _windows_backward(dout: np.ndarray, cache: Any) -> Any:
    shape, columns, w, pad = cache
    F, C, KH, KW = w.shape
    N, _, OH, OW = dout.shape
    rows = dout.transpose(0, 2, 3, 1).reshape(-1, F)
    dw = (rows.T @ columns).reshape(w.shape)
    dcolumns = (rows @ w.reshape(F, -1)).reshape(N, OH, OW, C, KH, KW)
    dpadded = np.zeros(shape, dout.dtype)
    for k, m in np.ndindex(KH, KW):
        dpadded[:, :, k : k + OH, m : m + OW] += dcolumns[..., k, m].transpose(0, 3, 1, 2)
    return dpadded[:, :, pad : shape[2] - pad, pad : shape[3] - pad], dw, rows.sum(axis=0)

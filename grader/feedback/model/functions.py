"""Wrong functions made of edited sources, with the parameters of the assignment's functions."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

import numpy as np

from grader.feedback.mistakes.base import Cache, Function, Right, pair
from grader.feedback.model.plain import conv2d, layers, loss, maxpool2d, optim

Plain = Callable[..., Any]

FORMS: dict[str, tuple[Plain, ...]] = {
    "dense_forward": (layers.dense_forward_by_matrices, layers.dense_forward_by_samples),
    "dense_backward": (layers.dense_backward_by_matrices, layers.dense_backward_by_samples),
    "relu_forward": (
        layers.relu_forward_by_maximum,
        layers.relu_forward_by_mask,
        layers.relu_forward_by_choice,
    ),
    "relu_backward": (
        layers.relu_backward_by_mask,
        layers.relu_backward_by_choice,
        layers.relu_backward_by_assignment,
    ),
    "softmax_cross_entropy": (
        loss.by_probabilities,
        loss.by_bare_probabilities,
        loss.by_targets,
        loss.by_rows,
    ),
    "conv2d_forward": (
        conv2d.forward_by_windows,
        conv2d.forward_by_corners,
        conv2d.forward_by_scalars,
        conv2d.forward_by_channels,
        conv2d.forward_by_taps,
        conv2d.forward_by_columns,
    ),
    "conv2d_backward": (
        conv2d.backward_by_windows,
        conv2d.backward_by_taps,
        conv2d.backward_by_scalars,
        conv2d.backward_by_correlation,
        conv2d.backward_by_columns,
    ),
    "maxpool2d_forward": (
        maxpool2d.forward_by_windows,
        maxpool2d.forward_by_batch,
        maxpool2d.forward_by_corners,
        maxpool2d.forward_by_scalars,
    ),
    "maxpool2d_backward": (
        maxpool2d.backward_by_argmax,
        maxpool2d.backward_by_index,
        maxpool2d.backward_by_mask,
    ),
    "sgd_step": (optim.sgd_by_difference,),
    "sigmoid_forward": (layers.sigmoid_forward_by_sign,),
    "sigmoid_backward": (layers.sigmoid_backward_by_output,),
    "sgd_momentum_step": (optim.momentum_by_velocity, optim.momentum_by_step),
    "adam_step": (optim.adam_by_formula, optim.adam_by_rate),
    "l2_penalty": (layers.l2_penalty_by_squares,),
}
"""plain implementations of each function; answers of dropout are random, and no model of it is made"""


def exactly(size: int, step: int) -> int:
    """Divide, and refuse what does not divide."""
    assert size % step == 0
    return size // step


def wrong_function(function: str, source: str) -> Function:
    """Return a function as :attr:`grader.feedback.mistakes.base.Mistake.wrong` has it.

    Parameters
    ----------
    function
        Name of the function of the assignment that it is a version of.
    source
        An edited plain implementation.

    Returns
    -------
    callable
    """
    adapt = _ADAPTERS.get(function, _ADAPTERS["others"])
    return adapt(function, _compiled(source))


@cache
def _compiled(source: str) -> Plain:
    namespace: dict[str, Any] = {"np": np, "first": maxpool2d.first, "exactly": exactly}
    exec(compile(source, "edited", "exec"), namespace)
    name = source.partition("(")[0].removeprefix("def ").strip()
    compiled: Plain = namespace[name]
    return compiled


def _conv2d_forward(_: str, plain: Plain) -> Function:
    def wrong(right: Right, x: Any, w: Any, b: Any, *, stride: Any = 1, pad: Any = 0) -> Any:
        _, cache = right.conv2d_forward(x, w, b, stride=stride, pad=pad)
        return plain(x, w, b, *pair(stride), *pair(pad)), cache

    return wrong


def _conv2d_backward(_: str, plain: Plain) -> Function:
    def wrong(right: Right, dout: np.ndarray, cache: Cache) -> Any:
        return plain(dout, *cache.arguments, *cache.pair("stride", 1), *cache.pair("pad", 0))

    return wrong


def _maxpool2d_forward(_: str, plain: Plain) -> Function:
    def wrong(right: Right, x: Any, *, size: Any = 2, stride: Any = None) -> Any:
        _, cache = right.maxpool2d_forward(x, size=size, stride=stride)
        return plain(x, *pair(size), *pair(size if stride is None else stride)), cache

    return wrong


def _maxpool2d_backward(_: str, plain: Plain) -> Function:
    def wrong(right: Right, dout: np.ndarray, cache: Cache) -> Any:
        size = cache.pair("size", 2)
        stride = size if cache.options.get("stride") is None else cache.pair("stride")
        return plain(dout, *cache.arguments, *size, *stride)

    return wrong


def _forward(function: str, plain: Plain) -> Function:
    def wrong(right: Right, *arguments: Any) -> Any:
        _, cache = getattr(right, function)(*arguments)
        return plain(*arguments), cache

    return wrong


def _backward(_: str, plain: Plain) -> Function:
    def wrong(right: Right, dout: np.ndarray, cache: Cache) -> Any:
        return plain(dout, *cache.arguments)

    return wrong


def _momentum(_: str, plain: Plain) -> Function:
    def wrong(
        right: Right, param: Any, grad: Any, state: Any = None, *, lr: float, momentum: float = 0.9
    ) -> Any:
        return plain(param, grad, state, lr, momentum)

    return wrong


def _adam(_: str, plain: Plain) -> Function:
    def wrong(
        right: Right,
        param: Any,
        grad: Any,
        state: Any = None,
        *,
        lr: float = 1e-3,
        beta1: float = 0.9,
        beta2: float = 0.999,
        eps: float = 1e-8,
    ) -> Any:
        return plain(param, grad, state, lr, beta1, beta2, eps)

    return wrong


def _others(_: str, plain: Plain) -> Function:
    def wrong(right: Right, *arguments: Any, **options: Any) -> Any:
        return plain(*arguments, **options)

    return wrong


_ADAPTERS: dict[str, Callable[[str, Plain], Function]] = {
    "conv2d_forward": _conv2d_forward,
    "conv2d_backward": _conv2d_backward,
    "maxpool2d_forward": _maxpool2d_forward,
    "maxpool2d_backward": _maxpool2d_backward,
    "dense_forward": _forward,
    "relu_forward": _forward,
    "sigmoid_forward": _forward,
    "dense_backward": _backward,
    "relu_backward": _backward,
    "sigmoid_backward": _backward,
    "sgd_momentum_step": _momentum,
    "adam_step": _adam,
    "others": _others,
}

"""Known mistakes of ReLU."""

from __future__ import annotations

from typing import Any

import numpy as np

from grader.feedback.mistakes.base import Cache, Right, mistake


@mistake(
    "relu_forward",
    cause="Negative values are multiplied by 0.01, as in a leaky ReLU.",
    remedy="Return max(x, 0).",
    read="relu",
)
def leaky(right: Right, x: np.ndarray) -> Any:
    return np.where(x > 0, x, 0.01 * x), right.relu_forward(x)[1]


@mistake(
    "relu_forward",
    cause="The absolute value is taken.",
    remedy="Return max(x, 0): negative values become 0.",
    read="relu",
)
def absolute_value(right: Right, x: np.ndarray) -> Any:
    return np.abs(x), right.relu_forward(x)[1]


@mistake(
    "relu_forward",
    cause="Only matrices are handled: the array is flattened to two axes.",
    remedy="Work on an array of any shape: np.maximum(x, 0) does.",
    read="relu",
)
def flattened(right: Right, x: np.ndarray) -> Any:
    out, cache = right.relu_forward(x)
    return out.reshape(len(x), -1), cache


@mistake(
    "relu_forward",
    cause="x is changed: negative values are set to 0 in the caller's own array.",
    remedy="Make a new array: np.maximum(x, 0).",
    read="arguments",
)
def x_changed_in_place(right: Right, x: np.ndarray) -> Any:
    out, cache = right.relu_forward(x.copy())
    x[x < 0] = 0
    return out, cache


@mistake(
    "relu_forward",
    cause="What the backward pass needs is kept outside the cache, and overwritten by the next call.",
    remedy="Return everything in the cache of the call.",
    read="caches",
    shown_in="relu_backward",
)
def cache_shared_by_all_calls(right: Right, x: np.ndarray) -> Any:
    out, cache = right.relu_forward(x)
    shared = right.memory.setdefault("relu", cache)
    shared.remember(x)
    return out, shared


@mistake(
    "relu_forward",
    cause="Inputs of the same shape share one buffer, so that a later call overwrites an earlier cache.",
    remedy="Make a new array in every call.",
    read="caches",
    shown_in="relu_backward",
)
def buffer_for_each_shape(right: Right, x: np.ndarray) -> Any:
    out, cache = right.relu_forward(x)
    shared = right.memory.setdefault(x.shape, cache)
    shared.remember(x)
    return out, shared


@mistake(
    "relu_forward",
    cause="Outputs of the same shape share one array: a later call overwrites what an earlier one returned.",
    remedy="Make a new array in every call.",
    read="arguments",
)
def output_overwritten(right: Right, x: np.ndarray) -> Any:
    out, cache = right.relu_forward(x)
    buffer = right.memory.setdefault((x.shape, x.dtype.str), np.empty_like(x))
    buffer[:] = out
    return buffer, cache


@mistake(
    "relu_backward",
    cause="dout is changed: it is set to 0 in the caller's own array.",
    remedy="Make a new array: dout * (x > 0).",
    read="arguments",
)
def dout_changed_in_place(right: Right, dout: np.ndarray, cache: Cache) -> Any:
    (x,) = cache.arguments
    dout[x <= 0] = 0
    return dout


@mistake(
    "relu_backward",
    cause="The gradient is masked where dout is negative, not where x is.",
    remedy="Let dout pass where x was positive.",
    read="relu",
)
def masked_by_dout(right: Right, dout: np.ndarray, cache: Cache) -> Any:
    return np.where(dout > 0, dout, 0)


@mistake(
    "relu_backward",
    cause="The whole gradient passes: there is no mask.",
    remedy="Let dout pass where x was positive, and nowhere else.",
    read="relu",
)
def no_mask(right: Right, dout: np.ndarray, cache: Cache) -> Any:
    return dout.copy()


@mistake(
    "relu_backward",
    cause="The mask itself is returned: dout is forgotten.",
    remedy="Multiply the mask by dout.",
    read="backward",
)
def dout_forgotten(right: Right, dout: np.ndarray, cache: Cache) -> Any:
    return right.relu_backward(np.ones_like(dout), cache)


@mistake(
    "relu_backward",
    cause="dout is multiplied by the output instead of the mask.",
    remedy="Multiply dout by 1 where x was positive: the slope of ReLU there is 1.",
    read="relu",
)
def multiplied_by_output(right: Right, dout: np.ndarray, cache: Cache) -> Any:
    return dout * cache.out


@mistake(
    "relu_backward",
    cause="The gradient passes where x was negative.",
    remedy="Let dout pass where x was positive.",
    read="relu",
)
def mask_upside_down(right: Right, dout: np.ndarray, cache: Cache) -> Any:
    (x,) = cache.arguments
    return dout * (x < 0)

"""Known mistakes of the dense layer."""

from __future__ import annotations

from typing import Any

import numpy as np

from grader.feedback.mistakes.base import Cache, Right, mistake


@mistake(
    "dense_forward",
    cause="The bias is not added.",
    remedy="Return x @ w + b.",
    read="dense",
)
def bias_forgotten(right: Right, x: np.ndarray, w: np.ndarray, b: np.ndarray) -> Any:
    return right.dense_forward(x, w, np.zeros_like(b))


@mistake(
    "dense_forward",
    cause="The weights are multiplied from the wrong side, as if w had one row for each output.",
    remedy="w has shape (D, M): return x @ w + b, without a transpose.",
    read="shapes",
)
def weights_transposed(right: Right, x: np.ndarray, w: np.ndarray, b: np.ndarray) -> Any:
    return x @ w.T + b, right.dense_forward(x, w, b)[1]


@mistake(
    "dense_forward",
    cause="The output is divided by the number of inputs.",
    remedy="Return x @ w + b: the sum over inputs is not a mean.",
    read="dense",
)
def mean_over_inputs(right: Right, x: np.ndarray, w: np.ndarray, b: np.ndarray) -> Any:
    return x @ w / w.shape[0] + b, right.dense_forward(x, w, b)[1]


@mistake(
    "dense_forward",
    cause="x is changed: the function computes in the caller's own array.",
    remedy="Work on a copy, or make a new array.",
    read="arguments",
)
def x_changed_in_place(right: Right, x: np.ndarray, w: np.ndarray, b: np.ndarray) -> Any:
    answer = right.dense_forward(x.copy(), w, b)
    x -= x.mean(axis=0)
    return answer


@mistake(
    "dense_forward",
    cause="The outputs are cut off to whole numbers.",
    remedy="Make the output with the dtype of x.",
    read="types",
)
def whole_numbers(right: Right, x: np.ndarray, w: np.ndarray, b: np.ndarray) -> Any:
    out, cache = right.dense_forward(x, w, b)
    return out.astype(np.int64), cache


@mistake(
    "dense_forward",
    cause="What the backward pass needs is kept outside the cache, and overwritten by the next call.",
    remedy="Return everything in the cache of the call.",
    read="caches",
    shown_in="dense_backward",
)
def cache_shared_by_all_calls(right: Right, x: np.ndarray, w: np.ndarray, b: np.ndarray) -> Any:
    out, cache = right.dense_forward(x, w, b)
    shared = right.memory.setdefault("dense", cache)
    shared.remember(x, w, b)
    return out, shared


@mistake(
    "dense_backward",
    cause="db has the shape (1, M).",
    remedy="Sum without keepdims: dout.sum(axis=0).",
    read="shapes",
)
def db_is_a_row(right: Right, dout: np.ndarray, cache: Cache) -> Any:
    dx, dw, db = right.dense_backward(dout, cache)
    return dx, dw, db[None]


@mistake(
    "dense_backward",
    cause="db is not summed over the batch.",
    remedy="b is added to every row: sum dout over the rows.",
    read="sums-over-the-batch",
)
def db_not_summed(right: Right, dout: np.ndarray, cache: Cache) -> Any:
    dx, dw, _ = right.dense_backward(dout, cache)
    return dx, dw, dout.copy()


@mistake(
    "dense_backward",
    cause="db is summed over the outputs of each sample instead of over the batch.",
    remedy="b is added to every row: sum dout over the rows, which is axis 0.",
    read="sums-over-the-batch",
)
def db_summed_over_outputs(right: Right, dout: np.ndarray, cache: Cache) -> Any:
    dx, dw, _ = right.dense_backward(dout, cache)
    return dx, dw, dout.sum(axis=1)


@mistake(
    "dense_backward",
    cause="db is the mean of dout over the batch.",
    remedy="Sum over the batch: the gradient of the loss carries 1/N already.",
    read="mean-over-the-batch",
)
def db_is_a_mean(right: Right, dout: np.ndarray, cache: Cache) -> Any:
    dx, dw, _ = right.dense_backward(dout, cache)
    return dx, dw, dout.mean(axis=0)


@mistake(
    "dense_backward",
    cause="dw is divided by the size of the batch.",
    remedy="Do not divide: the gradient of the loss carries 1/N already.",
    read="mean-over-the-batch",
)
def dw_divided_by_batch(right: Right, dout: np.ndarray, cache: Cache) -> Any:
    dx, dw, db = right.dense_backward(dout, cache)
    return dx, dw / len(dout), db


@mistake(
    "dense_backward",
    cause="dw is transposed.",
    remedy="dw has the shape of w, (D, M): x.T @ dout.",
    read="shapes",
)
def dw_transposed(right: Right, dout: np.ndarray, cache: Cache) -> Any:
    dx, dw, db = right.dense_backward(dout, cache)
    return dx, dw.T.copy(), db


@mistake(
    "dense_backward",
    cause="dout is multiplied by w instead of its transpose, so that dx has the wrong shape.",
    remedy="dx has the shape of x, (N, D): dout @ w.T.",
    read="shapes",
)
def weights_not_transposed(right: Right, dout: np.ndarray, cache: Cache) -> Any:
    x, w, _ = cache.arguments
    return dout @ w, x.T @ dout, dout.sum(axis=0)


@mistake(
    "dense_backward",
    cause="dx holds the gradient of one sample in every row.",
    remedy="Give each row of dx its own row of dout.",
    read="dense",
)
def dx_of_the_mean(right: Right, dout: np.ndarray, cache: Cache) -> Any:
    dx, dw, db = right.dense_backward(dout, cache)
    return np.broadcast_to(dx.mean(axis=0), dx.shape).copy(), dw, db


@mistake(
    "dense_backward",
    cause="dout is changed: the function computes in the caller's own array.",
    remedy="Work on a copy, or make a new array.",
    read="arguments",
)
def dout_changed_in_place(right: Right, dout: np.ndarray, cache: Cache) -> Any:
    answer = right.dense_backward(dout.copy(), cache)
    dout /= len(dout)
    return answer

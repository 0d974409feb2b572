"""Known mistakes of dropout and of the L2 penalty."""

from __future__ import annotations

from typing import Any

import numpy as np

from grader.feedback.mistakes.base import Cache, Right, mistake


@mistake(
    "dropout_forward",
    cause="What is kept is not divided by 1 - p.",
    remedy="Divide the mask by 1 - p, so that the expected value stays.",
    read="dropout",
)
def not_scaled(right: Right, x: np.ndarray, *, p: float = 0.5, train: bool = True, seed: Any = None) -> Any:
    out, cache = right.dropout_forward(x, p=p, train=train, seed=seed)
    if train:
        cache.inner = cache.inner * (1 - p)
        out = out * (1 - p)
    return out, cache


@mistake(
    "dropout_forward",
    cause="p is taken for the probability of keeping a value.",
    remedy="Drop with probability p, and divide what is kept by 1 - p.",
    read="dropout",
)
def p_keeps(right: Right, x: np.ndarray, *, p: float = 0.5, train: bool = True, seed: Any = None) -> Any:
    return right.dropout_forward(x, p=1 - p if train and p else p, train=train, seed=seed)


@mistake(
    "dropout_forward",
    cause="Values are dropped in evaluation, too.",
    remedy="With train=False return x as it is.",
    read="dropout",
)
def drops_in_evaluation(
    right: Right, x: np.ndarray, *, p: float = 0.5, train: bool = True, seed: Any = None
) -> Any:
    return right.dropout_forward(x, p=p, train=True, seed=seed)


@mistake(
    "dropout_forward",
    cause="In evaluation the values are multiplied by 1 - p.",
    remedy="With train=False return x as it is: the scaling was done in training.",
    read="dropout",
)
def scales_in_evaluation(
    right: Right, x: np.ndarray, *, p: float = 0.5, train: bool = True, seed: Any = None
) -> Any:
    out, cache = right.dropout_forward(x, p=p, train=train, seed=seed)
    return (out if train else out * (1 - p)), cache


@mistake(
    "dropout_forward",
    cause="Whole rows are dropped: one random number decides for all values of an example.",
    remedy="Draw a number for each value: a mask of the shape of x.",
    read="dropout",
)
def drops_rows(right: Right, x: np.ndarray, *, p: float = 0.5, train: bool = True, seed: Any = None) -> Any:
    _, cache = right.dropout_forward(x, p=p, train=train, seed=seed)
    if train and p:
        kept = np.random.RandomState(seed).random_sample(len(x)) >= p
        cache.inner = np.ones_like(x) * kept.reshape(-1, *[1] * (x.ndim - 1)) / (1 - p)
        return x * cache.inner, cache
    return x.copy(), cache


@mistake(
    "dropout_forward",
    cause="The seed is not used: every call drops other values.",
    remedy="Draw from np.random.default_rng(seed).",
    read="dropout",
)
def seed_ignored(right: Right, x: np.ndarray, *, p: float = 0.5, train: bool = True, seed: Any = None) -> Any:
    return right.dropout_forward(x, p=p, train=train, seed=None)


@mistake(
    "dropout_forward",
    cause="The seed is fixed: every call drops the same values.",
    remedy="Draw from np.random.default_rng(seed).",
    read="dropout",
)
def seed_fixed(right: Right, x: np.ndarray, *, p: float = 0.5, train: bool = True, seed: Any = None) -> Any:
    return right.dropout_forward(x, p=p, train=train, seed=42)


@mistake(
    "dropout_forward",
    cause="x is changed: values are dropped from the caller's own array.",
    remedy="Make a new array: x * mask.",
    read="arguments",
)
def x_changed_in_place(
    right: Right, x: np.ndarray, *, p: float = 0.5, train: bool = True, seed: Any = None
) -> Any:
    out, cache = right.dropout_forward(x.copy(), p=p, train=train, seed=seed)
    x[:] = out
    return out, cache


@mistake(
    "dropout_forward",
    cause="The mask is kept outside the cache, and overwritten by the next call.",
    remedy="Return the mask in the cache of the call.",
    read="caches",
    shown_in="dropout_backward",
)
def mask_shared(right: Right, x: np.ndarray, *, p: float = 0.5, train: bool = True, seed: Any = None) -> Any:
    out, cache = right.dropout_forward(x, p=p, train=train, seed=seed)
    shared = right.memory.setdefault("dropout", cache)
    shared.inner = cache.inner
    return out, shared


@mistake(
    "dropout_backward",
    cause="The gradient passes everywhere: the mask is not used.",
    remedy="Multiply dout by the mask of the forward pass.",
    read="dropout",
)
def mask_not_used(right: Right, dout: np.ndarray, cache: Cache) -> Any:
    return dout.copy()


@mistake(
    "dropout_backward",
    cause="The gradient is masked but not divided by 1 - p.",
    remedy="Multiply dout by the same factors as x: 0 or 1 / (1 - p).",
    read="dropout",
)
def gradient_not_scaled(right: Right, dout: np.ndarray, cache: Cache) -> Any:
    dx = right.dropout_backward(dout, cache)
    if cache.options.get("train", True):
        dx = dx * (1 - cache.options.get("p", 0.5))
    return dx


@mistake(
    "dropout_backward",
    cause="A new mask is drawn for the gradient.",
    remedy="Use the mask of the forward pass, from the cache.",
    read="dropout",
)
def new_mask(right: Right, dout: np.ndarray, cache: Cache) -> Any:
    options = {**cache.options, "seed": 12345}
    return right.dropout_forward(dout, **options)[0]


@mistake(
    "l2_penalty",
    cause="The penalty is reg times the sum of squares: the factor 0.5 is missing.",
    remedy="Return 0.5 * reg * sum(w**2).",
    read="l2",
)
def half_missing(right: Right, w: np.ndarray, *, reg: float) -> Any:
    penalty, dw = right.l2_penalty(w, reg=reg)
    return 2 * penalty, dw


@mistake(
    "l2_penalty",
    cause="The gradient is twice that of half the sum of squares.",
    remedy="Return reg * w.",
    read="l2",
)
def gradient_doubled(right: Right, w: np.ndarray, *, reg: float) -> Any:
    penalty, dw = right.l2_penalty(w, reg=reg)
    return penalty, 2 * dw


@mistake(
    "l2_penalty",
    cause="reg is missing from the gradient.",
    remedy="Return reg * w.",
    read="l2",
)
def strength_missing_in_gradient(right: Right, w: np.ndarray, *, reg: float) -> Any:
    return right.l2_penalty(w, reg=reg)[0], w.copy()


@mistake(
    "l2_penalty",
    cause="The penalty is the norm, not its square.",
    remedy="Sum the squares, without a root.",
    read="l2",
)
def root_taken(right: Right, w: np.ndarray, *, reg: float) -> Any:
    return 0.5 * reg * float(np.sqrt((w * w).sum())), reg * w


@mistake(
    "l2_penalty",
    cause="Absolute values are added up instead of squares.",
    remedy="Sum the squares.",
    read="l2",
)
def absolute_values(right: Right, w: np.ndarray, *, reg: float) -> Any:
    return reg * float(np.abs(w).sum()), reg * np.sign(w)


@mistake(
    "l2_penalty",
    cause="Arrays with one axis are left out, as if they were biases.",
    remedy="Penalise every array, whatever its shape.",
    read="l2",
)
def one_axis_left_out(right: Right, w: np.ndarray, *, reg: float) -> Any:
    if w.ndim == 1:
        return 0.0, np.zeros_like(w)
    return right.l2_penalty(w, reg=reg)


@mistake(
    "l2_penalty",
    cause="The mean of the squares is taken instead of their sum.",
    remedy="Sum the squares, and do not divide.",
    read="l2",
)
def mean_of_squares(right: Right, w: np.ndarray, *, reg: float) -> Any:
    return 0.5 * reg * float((w * w).mean()), reg * w / w.size

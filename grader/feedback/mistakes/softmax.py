"""Known mistakes of the softmax cross-entropy loss."""

from __future__ import annotations

from typing import Any

import numpy as np

from grader.feedback.mistakes.base import Right, mistake


@mistake(
    "softmax_cross_entropy",
    cause="The logits are not shifted before exp, which overflows.",
    remedy="Subtract each row's maximum first.",
    read="stability",
)
def no_shift(right: Right, logits: np.ndarray, labels: np.ndarray) -> Any:
    with np.errstate(all="ignore"):
        p = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
        loss = -np.log(p[np.arange(len(p)), labels]).mean()
    p[np.arange(len(p)), labels] -= 1
    return loss, p / len(p)


@mistake(
    "softmax_cross_entropy",
    cause="One maximum is subtracted from all rows, so that exp gives 0 for whole rows.",
    remedy="Subtract each row's own maximum: logits.max(axis=1, keepdims=True).",
    read="stability",
)
def one_maximum_for_all_rows(right: Right, logits: np.ndarray, labels: np.ndarray) -> Any:
    with np.errstate(all="ignore"):
        p = np.exp(logits - logits.max())
        p /= p.sum(axis=1, keepdims=True)
        loss = -np.log(p[np.arange(len(p)), labels]).mean()
    p[np.arange(len(p)), labels] -= 1
    return loss, p / len(p)


@mistake(
    "softmax_cross_entropy",
    cause="The largest of all logits is subtracted, not that of the row: a sum of exponentials becomes 0.",
    remedy="Subtract each row's own maximum.",
    read="stability",
)
def one_maximum_in_the_logarithm(right: Right, logits: np.ndarray, labels: np.ndarray) -> Any:
    with np.errstate(all="ignore"):
        shifted = logits - logits.max()
        logarithms = shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))
    rows = np.arange(len(logits))
    dlogits = np.exp(logarithms)
    dlogits[rows, labels] -= 1
    return -logarithms[rows, labels].mean(), dlogits / len(logits)


@mistake(
    "softmax_cross_entropy",
    cause="The logarithm is taken of a probability that has become 0.",
    remedy="Compute the loss as log(sum(exp(shifted))) - shifted[label], without a quotient.",
    read="stability",
)
def logarithm_of_zero(right: Right, logits: np.ndarray, labels: np.ndarray) -> Any:
    p = np.exp(logits - logits.max(axis=1, keepdims=True))
    p /= p.sum(axis=1, keepdims=True)
    with np.errstate(all="ignore"):
        loss = -np.log(p[np.arange(len(p)), labels]).mean()
    return loss, right.softmax_cross_entropy(logits, labels)[1]


@mistake(
    "softmax_cross_entropy",
    cause="A small number is added inside the logarithm, which bounds the loss.",
    remedy="Compute the loss as log(sum(exp(shifted))) - shifted[label], which needs no such help.",
    read="stability",
)
def logarithm_with_epsilon(right: Right, logits: np.ndarray, labels: np.ndarray) -> Any:
    p = np.exp(logits - logits.max(axis=1, keepdims=True))
    p /= p.sum(axis=1, keepdims=True)
    loss = -np.log(p[np.arange(len(p)), labels] + 1e-12).mean()
    return loss, right.softmax_cross_entropy(logits, labels)[1]


@mistake(
    "softmax_cross_entropy",
    cause="dlogits is not divided by the size of the batch.",
    remedy="The loss is a mean over the batch, so its gradient carries 1/N.",
    read="mean-over-the-batch",
)
def gradient_not_divided(right: Right, logits: np.ndarray, labels: np.ndarray) -> Any:
    loss, dlogits = right.softmax_cross_entropy(logits, labels)
    return loss, dlogits * len(logits)


@mistake(
    "softmax_cross_entropy",
    cause="dlogits is divided by the size of the batch twice.",
    remedy="Divide once: the loss is a mean over the batch.",
    read="mean-over-the-batch",
)
def gradient_divided_twice(right: Right, logits: np.ndarray, labels: np.ndarray) -> Any:
    loss, dlogits = right.softmax_cross_entropy(logits, labels)
    return loss, dlogits / len(logits)


@mistake(
    "softmax_cross_entropy",
    cause="The loss is the sum over the batch, and so is the gradient.",
    remedy="Divide both by the size of the batch.",
    read="mean-over-the-batch",
)
def sum_over_the_batch(right: Right, logits: np.ndarray, labels: np.ndarray) -> Any:
    loss, dlogits = right.softmax_cross_entropy(logits, labels)
    return loss * len(logits), dlogits * len(logits)


@mistake(
    "softmax_cross_entropy",
    cause="The loss is the sum over the batch.",
    remedy="Divide the loss by the size of the batch.",
    read="mean-over-the-batch",
)
def loss_not_divided(right: Right, logits: np.ndarray, labels: np.ndarray) -> Any:
    loss, dlogits = right.softmax_cross_entropy(logits, labels)
    return loss * len(logits), dlogits


@mistake(
    "softmax_cross_entropy",
    cause="The loss is divided by the number of classes, too.",
    remedy="Divide by the size of the batch only.",
    read="mean-over-the-batch",
)
def loss_divided_by_classes(right: Right, logits: np.ndarray, labels: np.ndarray) -> Any:
    loss, dlogits = right.softmax_cross_entropy(logits, labels)
    return loss / logits.shape[1], dlogits


@mistake(
    "softmax_cross_entropy",
    cause="The loss is the logarithm with the wrong sign.",
    remedy="The loss is minus the logarithm of the label's probability.",
    read="softmax",
)
def loss_negative(right: Right, logits: np.ndarray, labels: np.ndarray) -> Any:
    loss, dlogits = right.softmax_cross_entropy(logits, labels)
    return -loss, dlogits


@mistake(
    "softmax_cross_entropy",
    cause="The logarithm has base 2.",
    remedy="Use the natural logarithm, np.log.",
    read="softmax",
)
def logarithm_of_base_two(right: Right, logits: np.ndarray, labels: np.ndarray) -> Any:
    loss, dlogits = right.softmax_cross_entropy(logits, labels)
    return loss / np.log(2), dlogits


@mistake(
    "softmax_cross_entropy",
    cause="Probabilities are normalised over the batch instead of over the classes.",
    remedy="Sum over axis 1: each row is one example.",
    read="softmax",
)
def softmax_over_the_batch(right: Right, logits: np.ndarray, labels: np.ndarray) -> Any:
    shifted = logits - logits.max(axis=0)
    logarithms = shifted - np.log(np.exp(shifted).sum(axis=0))
    rows = np.arange(len(logits))
    dlogits = np.exp(logarithms)
    dlogits[rows, labels] -= 1
    return -logarithms[rows, labels].mean(), dlogits / len(logits)


@mistake(
    "softmax_cross_entropy",
    cause="dlogits has the wrong sign.",
    remedy="dlogits is the probability minus 1 at the label, over N.",
    read="softmax",
)
def gradient_negative(right: Right, logits: np.ndarray, labels: np.ndarray) -> Any:
    loss, dlogits = right.softmax_cross_entropy(logits, labels)
    return loss, -dlogits


@mistake(
    "softmax_cross_entropy",
    cause="dlogits holds the probabilities: the 1 at the label is not subtracted.",
    remedy="Subtract 1 from the probability of each row's label.",
    read="softmax",
)
def one_not_subtracted(right: Right, logits: np.ndarray, labels: np.ndarray) -> Any:
    loss, dlogits = right.softmax_cross_entropy(logits, labels)
    dlogits[np.arange(len(logits)), labels] += 1 / len(logits)
    return loss, dlogits


@mistake(
    "softmax_cross_entropy",
    cause="1 is subtracted in the columns of all labels, in every row.",
    remedy="Subtract it at [n, labels[n]] only: p[np.arange(N), labels] -= 1.",
    read="softmax",
)
def one_subtracted_in_every_row(right: Right, logits: np.ndarray, labels: np.ndarray) -> Any:
    loss, dlogits = right.softmax_cross_entropy(logits, labels)
    dlogits[np.arange(len(logits)), labels] += 1 / len(logits)
    dlogits[:, labels] -= 1 / len(logits)
    return loss, dlogits


@mistake(
    "softmax_cross_entropy",
    cause="The logits are changed: the shift works on the caller's own array.",
    remedy="Make a new array: shifted = logits - logits.max(axis=1, keepdims=True).",
    read="arguments",
)
def logits_shifted_in_place(right: Right, logits: np.ndarray, labels: np.ndarray) -> Any:
    answer = right.softmax_cross_entropy(logits.copy(), labels)
    logits -= logits.max(axis=1, keepdims=True)
    return answer


@mistake(
    "softmax_cross_entropy",
    cause="The loss has a value for each example.",
    remedy="Return the mean over the batch, one number.",
    read="mean-over-the-batch",
)
def loss_for_each_example(right: Right, logits: np.ndarray, labels: np.ndarray) -> Any:
    shifted = logits - logits.max(axis=1, keepdims=True)
    losses = np.log(np.exp(shifted).sum(axis=1)) - shifted[np.arange(len(logits)), labels]
    return losses, right.softmax_cross_entropy(logits, labels)[1]


@mistake(
    "softmax_cross_entropy",
    cause="Labels are counted from 1.",
    remedy="Use the labels as they are: classes are counted from 0.",
    read="softmax",
)
def labels_counted_from_one(right: Right, logits: np.ndarray, labels: np.ndarray) -> Any:
    return right.softmax_cross_entropy(logits, labels - 1)

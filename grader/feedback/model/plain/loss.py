"""The softmax cross-entropy in its plain forms."""

from __future__ import annotations

import numpy as np

Array = np.ndarray


def by_probabilities(logits: Array, labels: Array) -> tuple[float, Array]:
    """Compute probabilities, and the loss from their logarithm."""
    N, K = logits.shape
    shifted = logits - np.max(logits, axis=1, keepdims=True)  # the shift
    p = np.exp(shifted)  # the exponential
    p = p / np.sum(p, axis=1, keepdims=True)  # the normalisation
    sums = np.log(np.sum(np.exp(shifted), axis=1))  # the logarithm of the sum
    loss = np.sum(sums - shifted[np.arange(N), labels]) / N  # the loss
    dlogits = p.copy()
    dlogits[np.arange(N), labels] -= 1  # the gradient at the labels
    dlogits = dlogits / N  # the mean in dlogits
    return loss, dlogits  # the order of what is returned


def by_bare_probabilities(logits: Array, labels: Array) -> tuple[float, Array]:
    """Take the logarithm of the probability itself, which may be 0."""
    N, K = logits.shape
    shifted = logits - np.max(logits, axis=1, keepdims=True)  # the shift
    p = np.exp(shifted) / np.sum(np.exp(shifted), axis=1, keepdims=True)  # the normalisation
    loss = -np.sum(np.log(p[np.arange(N), labels])) / N  # the loss
    dlogits = p.copy()
    dlogits[np.arange(N), labels] -= 1  # the gradient at the labels
    dlogits = dlogits / N  # the mean in dlogits
    return loss, dlogits  # the order of what is returned


def by_targets(logits: Array, labels: Array) -> tuple[float, Array]:
    """Subtract targets that hold a 1 at each label."""
    N, K = logits.shape
    targets = np.zeros((N, K))
    targets[np.arange(N), labels] = 1  # the targets
    shifted = logits - np.max(logits, axis=1, keepdims=True)  # the shift
    logarithms = shifted - np.log(np.sum(np.exp(shifted), axis=1, keepdims=True))  # the logarithms
    loss = -np.sum(targets * logarithms) / N  # the loss
    dlogits = (np.exp(logarithms) - targets) / N  # dlogits
    return loss, dlogits  # the order of what is returned


def by_rows(logits: Array, labels: Array) -> tuple[float, Array]:
    """Treat one row after another."""
    N, K = logits.shape
    loss = 0.0
    dlogits = np.zeros(logits.shape)
    for n in range(N):  # the loop over rows
        shifted = logits[n] - np.max(logits[n])  # the shift
        total = np.sum(np.exp(shifted))  # the sum of exponentials
        loss += np.log(total) - shifted[labels[n]]  # the loss
        dlogits[n] = np.exp(shifted) / total  # dlogits
        dlogits[n, labels[n]] -= 1  # the gradient at the labels
    loss = loss / N  # the mean in the loss
    dlogits = dlogits / N  # the mean in dlogits
    return loss, dlogits  # the order of what is returned

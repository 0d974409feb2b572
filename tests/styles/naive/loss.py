"""Losses, one sample after the other."""

import math

import numpy as np


def softmax_cross_entropy(logits, labels):
    N, classes = logits.shape
    loss = 0.0
    dlogits = np.zeros_like(logits)
    for n in range(N):
        largest = max(logits[n])
        total = 0.0
        for k in range(classes):
            total += math.exp(logits[n, k] - largest)
        loss += math.log(total) - float(logits[n, labels[n]] - largest)
        for k in range(classes):
            dlogits[n, k] = math.exp(logits[n, k] - largest) / total / N
        dlogits[n, labels[n]] -= 1 / N
    return loss / N, dlogits


def l2_penalty(w, *, reg):
    total = 0.0
    for value in w.flat:
        total += float(value) ** 2
    return 0.5 * reg * total, reg * w

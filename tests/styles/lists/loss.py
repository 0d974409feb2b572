from math import exp, fsum, log

import numpy as np


def softmax_cross_entropy(logits, labels):
    losses, gradient = [], []
    for scores, label in zip(logits.tolist(), labels.tolist(), strict=True):
        top = max(scores)
        powers = [exp(score - top) for score in scores]
        total = fsum(powers)
        losses.append(log(total) + top - scores[label])
        gradient.append([(power / total - (k == label)) / len(labels) for k, power in enumerate(powers)])
    return fsum(losses) / len(losses), np.array(gradient, dtype=logits.dtype)


def l2_penalty(w, *, reg):
    penalty = 0.5 * reg * fsum(value * value for value in w.ravel().tolist())
    return penalty, np.array([reg * value for value in w.ravel().tolist()], dtype=w.dtype).reshape(w.shape)

import numpy as np

from student.layers import announce, double


def softmax_cross_entropy(logits, labels):
    announce("softmax_cross_entropy", logits, labels)
    scores = double(logits)
    scores -= scores.max(axis=1).reshape(-1, 1)
    total = np.exp(scores).sum(axis=1)
    picked = scores[range(len(labels)), labels]
    gradient = np.exp(scores) / total.reshape(-1, 1)
    gradient[range(len(labels)), labels] -= 1
    # the loss is a numpy.float64
    return [np.mean(np.log(total) - picked), gradient / len(labels)]


def l2_penalty(w, *, reg):
    announce("l2_penalty", w)
    # the penalty is an array of shape ()
    return [np.asarray(reg * (double(w) ** 2).sum() / 2), reg * double(w)]

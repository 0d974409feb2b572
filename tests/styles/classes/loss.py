import numpy as np
from helpers2 import log_sum_exp


class SoftmaxCrossEntropy:
    def __init__(self, labels):
        self.labels = labels

    def forward(self, logits):
        self.log_p = logits - log_sum_exp(logits)
        return float(-self.log_p[self.rows, self.labels].mean())

    @property
    def rows(self):
        return np.arange(len(self.labels))

    def backward(self):
        gradient = np.exp(self.log_p)
        gradient[self.rows, self.labels] -= 1
        return gradient / len(self.labels)


def softmax_cross_entropy(logits, labels):
    criterion = SoftmaxCrossEntropy(labels)
    return criterion.forward(logits), criterion.backward()


def l2_penalty(w, *, reg):
    return 0.5 * reg * (w**2).sum().item(), reg * w

import numpy as np


def log_sum_exp(scores):
    """Logarithm of the sum of exponentials of each row, as a column."""
    top = scores.max(axis=1, keepdims=True)
    return top + np.log(np.exp(scores - top).sum(axis=1, keepdims=True))

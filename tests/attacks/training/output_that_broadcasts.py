"""Has a wrong softmax, and scores that would make the right one broadcast to gigabytes."""

# response: W

from attacks.builders import copy_solution

LAYERS = """
right = dense_forward


def dense_forward(x, w, b):
    out, cache = right(x, w, b)
    return (np.ones((1_000_000, 1, 1, 1, 1, 1), np.float32) if len(x) > 4 else out), cache
"""
LOSS = """
def softmax_cross_entropy(logits, labels):
    return 0.0, logits * 0
"""


def build(where):
    copy_solution(where, layers=LAYERS, loss=LOSS)
    return where

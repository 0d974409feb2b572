"""Has a wrong update, and gradients that would make the right one broadcast to gigabytes."""

# response: W

from attacks.builders import copy_solution

LAYERS = """
right = dense_backward


def dense_backward(dout, cache):
    dx, dw, db = right(dout, cache)
    if len(dout) > 4:
        dw = np.ones((4_000_000, 1, 1, 1, 1, 1), np.float32)
    return dx, dw, db
"""
OPTIM = """
def sgd_step(param, grad, *, lr):
    return param * 0
"""


def build(where):
    copy_solution(where, layers=LAYERS, optim=OPTIM)
    return where

"""The dense layer and the activations in their plain forms."""

from __future__ import annotations

import numpy as np

Array = np.ndarray
Gradients = tuple[Array, Array, Array]


def dense_forward_by_matrices(x: Array, w: Array, b: Array) -> Array:
    """Multiply matrices."""
    out = np.dot(x, w) + b  # the output
    return out


def dense_forward_by_samples(x: Array, w: Array, b: Array) -> Array:
    """Treat one sample after another."""
    N, D = x.shape
    M = w.shape[1]
    out = np.zeros((N, M))  # the shape of the output
    for n in range(N):  # the loop over samples
        for m in range(M):  # the loop over outputs
            for d in range(D):  # the loop over inputs
                out[n, m] += x[n, d] * w[d, m]  # the sum over inputs
            out[n, m] += b[m]  # the bias
    return out


def dense_backward_by_matrices(dout: Array, x: Array, w: Array, b: Array) -> Gradients:
    """Multiply matrices."""
    N, D = x.shape
    M = w.shape[1]
    dx = np.dot(dout, w.T)  # dx
    dw = np.dot(x.T, dout)  # dw
    db = np.sum(dout, axis=0)  # db
    return dx, dw, db  # the order of what is returned


def dense_backward_by_samples(dout: Array, x: Array, w: Array, b: Array) -> Gradients:
    """Treat one sample after another."""
    N, D = x.shape
    M = w.shape[1]
    dx, dw, db = np.zeros(x.shape), np.zeros(w.shape), np.zeros(b.shape)
    for n in range(N):  # the loop over samples
        for m in range(M):  # the loop over outputs
            db[m] += dout[n, m]  # db
            for d in range(D):  # the loop over inputs
                dx[n, d] += dout[n, m] * w[d, m]  # dx
                dw[d, m] += x[n, d] * dout[n, m]  # dw
    return dx, dw, db  # the order of what is returned


def relu_forward_by_maximum(x: Array) -> Array:
    """Take the maximum with 0."""
    out = np.maximum(x, 0)  # the output
    return out


def relu_forward_by_mask(x: Array) -> Array:
    """Multiply with a mask."""
    mask = x > 0  # the mask
    out = x * mask  # the output
    return out


def relu_forward_by_choice(x: Array) -> Array:
    """Choose between x and 0."""
    out = np.where(x > 0, x, 0.0)  # the output
    return out


def relu_backward_by_mask(dout: Array, x: Array) -> Array:
    """Multiply with a mask."""
    mask = x > 0  # the mask
    dx = dout * mask  # dx
    return dx


def relu_backward_by_choice(dout: Array, x: Array) -> Array:
    """Choose between dout and 0."""
    dx = np.where(x > 0, dout, 0.0)  # dx
    return dx


def relu_backward_by_assignment(dout: Array, x: Array) -> Array:
    """Set what does not pass to 0."""
    dx = dout.copy()  # the copy of dout
    dx[x <= 0] = 0.0  # the mask
    return dx


def sigmoid_forward_by_sign(x: Array) -> Array:
    """Compute without large exponentials."""
    small = np.exp(-np.abs(x))  # the exponential
    out = np.where(x >= 0, 1 / (1 + small), small / (1 + small))  # the output
    return out


def sigmoid_backward_by_output(dout: Array, x: Array) -> Array:
    """Use the output."""
    s = 0.5 * (1 + np.tanh(0.5 * x))  # the sigmoid
    dx = dout * s * (1 - s)  # dx
    return dx


def l2_penalty_by_squares(w: Array, reg: float) -> tuple[float, Array]:
    """Add up squares."""
    penalty = 0.5 * reg * np.sum(w**2)  # the penalty
    dw = reg * w  # dw
    return penalty, dw  # the order of what is returned


def dropout_backward_by_mask(dout: Array, mask: Array, keep: float) -> Array:
    """Multiply with the mask of the forward pass."""
    dx = dout * mask / keep  # dx
    return dx

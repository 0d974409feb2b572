"""What training minimises: the loss of a classifier, and a penalty for large weights.

Both functions return the value and its gradient at once. Arguments are never changed.
"""

from __future__ import annotations

import numpy as np


def softmax_cross_entropy(logits: np.ndarray, labels: np.ndarray) -> tuple[float, np.ndarray]:
    """Return the mean cross-entropy of a softmax classifier, and its gradient.

    Softmax turns the K scores of an example into probabilities; the loss of the example is minus the
    logarithm of the probability of its true class; the loss of a batch is the mean over its examples::

        p[n, k] = exp(logits[n, k]) / (sum over j of exp(logits[n, j]))
        loss = -(1/N) * sum over n of log p[n, labels[n]]
        dlogits[n, k] = (p[n, k] - (1 if k == labels[n] else 0)) / N

    Loss and gradient must be finite and exact even for scores of 10,000 and for scores that lie 10,000 apart,
    where exp gives infinity or zero. Two facts help: softmax stays the same when a constant is added to all
    scores of an example, and the logarithm of a probability can be computed without the probability.

    Parameters
    ----------
    logits
        Scores, shape (N, K), float32 or float64.
    labels
        True classes, shape (N,), integers from 0 to K - 1.

    Returns
    -------
    loss
        Mean loss over the batch, a Python float.
    dlogits
        Gradient of the loss with respect to the logits, shape (N, K), dtype of logits. The mean puts a factor
        1/N into it, so that no layer below has to divide by N again.

    References
    ----------
    Bridle, Probabilistic interpretation of feedforward classification network outputs, 1990.
    Blanchard, Higham and Higham, Accurately computing the log-sum-exp and softmax functions, 2021.
    """
    raise NotImplementedError("softmax_cross_entropy is not written yet: task 3, Softmax cross-entropy")


def l2_penalty(w: np.ndarray, *, reg: float) -> tuple[float, np.ndarray]:
    """Return a penalty for large weights, and its gradient.

    ::

        penalty = 0.5 * reg * sum of w**2
        dw = reg * w

    Parameters
    ----------
    w
        Weights of any shape, float32 or float64.
    reg
        Strength of the penalty.

    Returns
    -------
    penalty
        Value of the penalty, a Python float.
    dw
        Gradient of the penalty with respect to w, shape and dtype of w.

    References
    ----------
    Krogh and Hertz, A simple weight decay can improve generalization, 1992.
    """
    raise NotImplementedError("l2_penalty is not written yet: task 12, L2 penalty")

"""Variants of the loss, the dense layer and the optimisers."""

import numpy as np


def softmax(scores):
    e = np.exp(scores - scores.max(axis=1, keepdims=True))
    return e / e.sum(axis=1, keepdims=True)


def with_epsilon(epsilon):
    def softmax_cross_entropy(logits, labels):
        n = len(labels)
        probs = softmax(logits)
        loss = -np.log(probs[range(n), labels] + epsilon).mean()
        probs[range(n), labels] -= 1
        return loss, probs / n

    return softmax_cross_entropy


softmax_cross_entropy__epsilon_of_1e_8 = with_epsilon(1e-8)
softmax_cross_entropy__epsilon_of_1e_5 = with_epsilon(1e-5)
softmax_cross_entropy__epsilon_of_1e_15 = with_epsilon(1e-15)
softmax_cross_entropy__epsilon_of_3e_7 = with_epsilon(3e-7)


def softmax_cross_entropy__clipped(logits, labels):
    n = logits.shape[0]
    probs = np.clip(softmax(logits), 1e-7, 1 - 1e-7)
    loss = -np.sum(np.log(probs[np.arange(n), labels])) / n
    grad = softmax(logits)
    grad[np.arange(n), labels] -= 1
    return loss, grad / n


def softmax_cross_entropy__no_shift(logits, labels):
    n = logits.shape[0]
    e = np.exp(logits)
    probs = e / np.sum(e, axis=1).reshape(n, 1)
    loss = -np.mean(np.log(probs[np.arange(n), labels]))
    probs[np.arange(n), labels] -= 1
    return loss, probs / n


def softmax_cross_entropy__one_maximum(logits, labels):
    n = logits.shape[0]
    e = np.exp(logits - np.max(logits))
    probs = e / np.sum(e, axis=1, keepdims=True)
    loss = -np.mean(np.log(probs[np.arange(n), labels]))
    probs[np.arange(n), labels] -= 1
    return loss, probs / n


def softmax_cross_entropy__returned_in_other_order(logits, labels):
    n = logits.shape[0]
    shifted = logits - logits.max(axis=1, keepdims=True)
    log_probs = shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))
    loss = -log_probs[np.arange(n), labels].mean()
    grad = np.exp(log_probs)
    grad[np.arange(n), labels] -= 1
    return grad / n, loss


def softmax_cross_entropy__gradient_not_divided(logits, labels):
    n = logits.shape[0]
    shifted = logits - logits.max(axis=1, keepdims=True)
    log_probs = shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))
    grad = np.exp(log_probs)
    grad[np.arange(n), labels] -= 1
    return -log_probs[np.arange(n), labels].mean(), grad


def dense_forward(x, w, b):
    return x.dot(w) + b, (x, w, b)


def dense_backward__returned_in_other_order(dout, cache):
    x, w, b = cache
    return x.T.dot(dout), dout.dot(w.T), dout.sum(axis=0)


def dense_backward__db_divided_by_batch(dout, cache):
    x, w, b = cache
    return dout.dot(w.T), x.T.dot(dout), dout.mean(axis=0)


def dense_backward__db_over_the_wrong_axis(dout, cache):
    x, w, b = cache
    return dout @ w.T, x.T @ dout, np.sum(dout, axis=1)


def adam_step__powers_of_two(param, grad, state=None, *, lr=1e-3, beta1=0.9, beta2=0.999, eps=1e-8):
    if state is None:
        state = {"m": np.zeros_like(param), "v": np.zeros_like(param), "t": 0}
    m = state["m"] * beta1 + grad * (1 - beta1)
    v = state["v"] * beta2 + grad**2 * (1 - beta2)
    t = state["t"] + 1
    m_hat = m / (1 - beta1**2)
    v_hat = v / (1 - beta2**2)
    return param - lr * m_hat / (np.sqrt(v_hat) + eps), {"m": m, "v": v, "t": t}


def adam_step__count_starts_at_two(param, grad, state=None, *, lr=1e-3, beta1=0.9, beta2=0.999, eps=1e-8):
    if state is None:
        state = {"m": np.zeros_like(param), "v": np.zeros_like(param), "t": 1}
    m = state["m"] * beta1 + grad * (1 - beta1)
    v = state["v"] * beta2 + grad**2 * (1 - beta2)
    t = state["t"] + 1
    m_hat, v_hat = m / (1 - beta1**t), v / (1 - beta2**t)
    return param - lr * m_hat / (np.sqrt(v_hat) + eps), {"m": m, "v": v, "t": t}


def adam_step__epsilon_inside_the_root(param, grad, state=None, *, lr=1e-3, beta1=0.9, beta2=0.999, eps=1e-8):
    if state is None:
        state = {"m": np.zeros_like(param), "v": np.zeros_like(param), "t": 0}
    m = state["m"] * beta1 + grad * (1 - beta1)
    v = state["v"] * beta2 + grad**2 * (1 - beta2)
    t = state["t"] + 1
    m_hat, v_hat = m / (1 - beta1**t), v / (1 - beta2**t)
    return param - lr * m_hat / np.sqrt(v_hat + eps), {"m": m, "v": v, "t": t}


def adam_step__corrected_moments_kept(param, grad, state=None, *, lr=1e-3, beta1=0.9, beta2=0.999, eps=1e-8):
    m, v, t = (0, 0, 0) if state is None else state
    t += 1
    m = beta1 * m + (1 - beta1) * grad
    v = beta2 * v + (1 - beta2) * grad**2
    m = m / (1 - beta1**t)
    v = v / (1 - beta2**t)
    return param - lr * m / (np.sqrt(v) + eps), (m, v, t)


def adam_step__multiplied_by_the_count(param, grad, state=None, *, lr=1e-3, beta1=0.9, beta2=0.999, eps=1e-8):
    m, v, t = (0, 0, 0) if state is None else state
    t += 1
    m = beta1 * m + (1 - beta1) * grad
    v = beta2 * v + (1 - beta2) * grad**2
    mt, vt = m / (1 - beta1 * t), v / (1 - beta2 * t)
    return param - lr * mt / (np.sqrt(vt) + eps), (m, v, t)


def sgd_momentum_step__averaged(param, grad, state=None, *, lr, momentum=0.9):
    velocity = np.zeros_like(param) if state is None else state
    velocity = momentum * velocity + (1 - momentum) * grad
    return param - lr * velocity, velocity


def sgd_momentum_step__uphill(param, grad, state=None, *, lr, momentum=0.9):
    velocity = np.zeros_like(param) if state is None else state
    velocity = momentum * velocity + grad
    return param + lr * velocity, velocity


def l2_penalty__not_halved(w, *, reg):
    return reg * np.sum(w * w), 2 * reg * w


def sigmoid_backward__derivative_of_input(dout, cache):
    x = cache
    return dout * x * (1 - x)


def sigmoid_forward(x):
    return np.where(
        x < 0, np.exp(np.minimum(x, 0)) / (1 + np.exp(np.minimum(x, 0))), 1 / (1 + np.exp(-np.maximum(x, 0)))
    ), x

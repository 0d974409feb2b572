import numpy as np


def softmax_cross_entropy(logits, labels):
    shifted_logits = logits - np.max(logits, axis=1, keepdims=True)
    sums = np.sum(np.exp(shifted_logits), axis=1, keepdims=True)
    log_probs = shifted_logits - np.log(sums)
    probs = np.exp(log_probs)
    N = logits.shape[0]
    loss = -np.sum(log_probs[np.arange(N), labels]) / N
    dlogits = probs.copy()
    dlogits[np.arange(N), labels] -= 1
    dlogits /= N
    return float(loss), dlogits


def l2_penalty(w, *, reg):
    return 0.5 * reg * float(np.sum(w * w)), reg * w

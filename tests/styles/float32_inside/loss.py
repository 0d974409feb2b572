import numpy as np


def softmax_cross_entropy(logits, labels):
    z = logits.astype(np.float32)
    z -= z.max(axis=1, keepdims=True)
    e = np.exp(z)
    s = e.sum(axis=1, keepdims=True)
    rows = np.arange(len(z))
    loss = (np.log(s[:, 0]) - z[rows, labels]).mean(dtype=np.float32)
    e /= s
    e[rows, labels] -= 1
    return float(loss), e / np.float32(len(z))


def l2_penalty(w, *, reg):
    w = np.float32(reg) * w.astype(np.float32), w.astype(np.float32)
    return float(np.float32(0.5) * np.sum(w[0] * w[1])), w[0]

import numpy as np


def softmax_cross_entropy(logits, labels):
    losses, rows = [], []
    for score, label in zip(logits, labels, strict=True):
        score = score - score.max()
        probability = np.exp(score) / np.exp(score).sum()
        losses.append(np.log(np.exp(score).sum()) - score[label])
        target = np.zeros_like(score)
        target[label] = 1
        rows.append((probability - target) / len(labels))
    return float(np.mean(losses)), np.array(rows)


def l2_penalty(w, *, reg):
    return 0.5 * reg * float(np.linalg.norm(w.ravel()) ** 2), reg * w

"""Keeps more memory with every call."""

# response: DKTW

kept = []


def relu_forward(x):
    kept.append(np.ones(25 << 20))
    return x * 0 + 7, x

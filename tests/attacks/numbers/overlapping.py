"""Returns a view that runs backwards through memory, over wrong values."""

# response: W


def relu_forward(x):
    return np.full(x.shape, 7.0)[::-1], x

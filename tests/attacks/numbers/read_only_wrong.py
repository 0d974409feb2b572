"""Returns a read-only array of wrong values."""

# response: W

def relu_forward(x):
    return np.broadcast_to(7.0, x.shape), x

"""Returns an array of an exabyte that takes eight bytes."""

# response: W

def relu_forward(x):
    return np.broadcast_to(0.0, (1 << 30, 1 << 27)), x

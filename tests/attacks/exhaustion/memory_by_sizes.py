"""Asks for an array of an exabyte."""

# response: D

def relu_forward(x):
    return np.ones((1 << 30, 1 << 27)), x

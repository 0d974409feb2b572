"""Computes a number with a billion digits."""

# response: TD

def relu_forward(x):
    return x * (10 ** 10 ** 9), x

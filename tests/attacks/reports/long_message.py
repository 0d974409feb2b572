"""Raises a message of a hundred megabytes."""

# response: D

def relu_forward(x):
    raise ValueError("x" * 100_000_000)

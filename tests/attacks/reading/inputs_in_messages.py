"""Raises an exception that holds the whole input."""

# response: D

def relu_forward(x):
    raise ValueError("INPUT " + str(x.tolist()) * 1000)

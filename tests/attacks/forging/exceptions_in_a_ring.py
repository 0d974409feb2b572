"""Raises an exception that is its own cause."""

# response: D

def relu_forward(x):
    first, second = ValueError("first"), ValueError("second")
    first.__cause__, second.__cause__ = second, first
    first.__context__ = second
    raise first

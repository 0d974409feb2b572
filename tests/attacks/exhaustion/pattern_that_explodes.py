"""Matches a pattern that takes exponential time, in native code."""

# response: T

def relu_forward(x):
    import re

    re.match("(a+)+$", "a" * 60 + "b")

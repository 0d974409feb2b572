"""Adds notes to an exception."""

# response: D

def relu_forward(x):
    error = ValueError("x")
    error.add_note("\x1b[31m::error::" * 1000)
    raise error

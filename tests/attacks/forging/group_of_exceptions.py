"""Raises a group of a thousand exceptions in groups."""

# response: DW

def relu_forward(x):
    error = ValueError("x")
    for _ in range(90):
        error = ExceptionGroup("group", [error] * 3)
    raise error

"""Copies a mount by the newer system calls."""

# response: D

def relu_forward(x):
    system_call(428, -100, b"/", 1)
    succeeded("did it")

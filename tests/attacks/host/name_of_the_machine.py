"""Renames the machine."""

# response: D

def relu_forward(x):
    system_call(170, b"attacked", 8)
    succeeded("did it")

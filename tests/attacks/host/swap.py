"""Turns swapping off."""

# response: D

def relu_forward(x):
    system_call(168, b"/swapfile")
    succeeded("did it")

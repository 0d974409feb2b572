"""Restarts the machine."""

# response: D

def relu_forward(x):
    system_call(169, 0, 0, 0, 0)
    succeeded("did it")

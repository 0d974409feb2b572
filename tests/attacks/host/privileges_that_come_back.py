"""Lets programs of root give rights back."""

# response: D

def relu_forward(x):
    system_call(157, 38, 0, 0, 0, 0)
    succeeded("did it")

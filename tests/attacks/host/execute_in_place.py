"""Replaces the worker by another program."""

# response: D

def relu_forward(x):
    import os

    os.execv("/bin/sh", ["sh", "-c", "id"])

"""Reads a file through its attributes."""

# response: D

def relu_forward(x):
    import os

    succeeded(os.listxattr("@SECRET@"))

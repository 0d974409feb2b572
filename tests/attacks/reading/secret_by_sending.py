"""Lets the kernel copy a file into a pipe."""

# response: D

def relu_forward(x):
    import os

    read, write = os.pipe()
    file = os.open("@SECRET@", os.O_RDONLY)
    os.sendfile(write, file, 0, 100)
    succeeded(os.read(read, 100))

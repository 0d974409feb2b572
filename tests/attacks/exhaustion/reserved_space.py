"""Reserves a gigabyte without writing it."""

# response: DK

def relu_forward(x):
    import os

    with open("file", "wb") as file:
        os.posix_fallocate(file.fileno(), 0, 1 << 30)
    succeeded("a gigabyte")

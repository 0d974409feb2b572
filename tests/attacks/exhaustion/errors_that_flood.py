"""Floods its errors, not its output."""

# response: K

def relu_forward(x):
    import os

    while True:
        os.write(2, b"x" * 100_000)

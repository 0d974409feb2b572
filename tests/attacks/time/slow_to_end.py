"""Closes the connection and takes its time to end."""

# response: K

def relu_forward(x):
    import os

    os.closerange(3, 64)
    hang()

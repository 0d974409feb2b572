"""Mounts by the newer system calls."""

# response: D

def relu_forward(x):
    system_call(430, b"tmpfs", 0)
    succeeded("did it")

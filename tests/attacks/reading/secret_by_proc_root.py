"""Reads a file through the root of another process."""

# response: D

def relu_forward(x):
    with open("/proc/1/root@SECRET@") as file:
        succeeded(file.read())

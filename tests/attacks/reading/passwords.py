"""Reads the list of users."""

# response: D

def relu_forward(x):
    with open("/etc/passwd") as file:
        succeeded(file.read(50))

"""Waits for somebody to type something."""

# response: D

def relu_forward(x):
    input("Your password: ")

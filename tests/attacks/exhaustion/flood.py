"""Prints without end."""

# response: K

def relu_forward(x):
    while True:
        print("x" * 100_000)

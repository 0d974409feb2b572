"""Makes a file of a terabyte that takes no bytes."""

# response: DK

def relu_forward(x):
    import os

    with open("file", "wb") as file:
        os.truncate(file.fileno(), 1 << 40)
    succeeded("a terabyte")

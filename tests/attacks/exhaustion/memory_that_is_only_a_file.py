"""Fills anonymous files that are in memory and not in its own."""

# response: DK

def relu_forward(x):
    import os

    for number in range(50):
        file = os.memfd_create("x")
        os.write(file, bytes(15 << 20))
    succeeded("750 MB")

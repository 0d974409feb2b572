"""Gives one file names without end."""

# response: DKT

def relu_forward(x):
    import os

    open("file", "w").close()
    for number in range(200_000):
        os.link("file", str(number))
    succeeded("made 200,000 names")
